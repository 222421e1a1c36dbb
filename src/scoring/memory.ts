/** Memory: everything learned of one holder, an agent or a group: every baseline's, and calibration. */
import { z } from 'zod'
import type { Baseline, Holder } from '../baselines/baseline.ts'
import { type BaselineName, baselineNames, baselines, type Memories } from '../baselines/index.ts'
import { EngineError } from '../errors.ts'
import {
  bitsIn,
  bitsWritten,
  putBits,
  putBytes,
  putCount,
  putNumber,
  takeBits,
  takeBytes,
  takeCount,
  takeNumber,
  takeSize,
} from '../math/bits.ts'
import { gainAt, rescale } from '../math/decay.ts'
import {
  blankCalibration,
  type Calibration,
  clearCalibration,
  loadCalibration,
  mergeCalibration,
  NAME_WIDTH,
  nameKey,
  saveCalibration,
  scaleCalibration,
} from './calibrate.ts'
import { channels, OWN } from './channels.ts'

export interface Memory {
  readonly memories: Memories
  /** The same memories in the order of the shelf, for what does not look into them. */
  readonly inOrder: readonly unknown[]
  readonly calibration: Calibration
  /** Which landmark of forward decay its weights are relative to. */
  stretch: number
}

/** Baselines whose memories and readings are not looked into here, in the order of the shelf. */
export const shelf: readonly Baseline<unknown, unknown>[] = baselineNames.map(
  (name) => baselines[name] as unknown as Baseline<unknown, unknown>,
)

/** Of an agent not every answer of a day is kept: its days are too few to tell by. */
const channelsOf = (holder: Holder): number => (holder === 'agent' ? OWN : channels.length)

function memoryOf(
  memory: (baseline: Baseline<unknown, unknown>) => unknown,
  calibration: Calibration,
  stretch: number,
): Memory {
  const inOrder = shelf.map(memory)
  const named = baselineNames.map((name, at): [BaselineName, unknown] => [name, inOrder[at]])
  return { memories: Object.fromEntries(named) as Memories, inOrder, calibration, stretch }
}

export function blankMemory(holder: Holder, stretch: number): Memory {
  const calibration = blankCalibration(channelsOf(holder), holder === 'agent')
  return memoryOf((baseline) => baseline.blank(holder), calibration, stretch)
}

/** Makes a memory blank again, with its weights relative to the landmark of a stretch. */
export function clearMemory(memory: Memory, stretch: number): void {
  for (let at = 0; at < shelf.length; at++) shelf[at]!.clear(memory.inOrder[at])
  clearCalibration(memory.calibration)
  memory.stretch = stretch
}

/** Moves the landmark on to a later stretch; an earlier one leaves the memory as it is. */
export function align(memory: Memory, stretch: number): void {
  if (stretch <= memory.stretch) return
  const factor = rescale(stretch - memory.stretch)
  for (let at = 0; at < shelf.length; at++) shelf[at]!.scale(memory.inOrder[at], factor)
  scaleCalibration(memory.calibration, factor)
  memory.stretch = stretch
}

/**
 * Takes what `from` has learned into `into`. Both may be moved to the later one's landmark; `lastMs`
 * is the latest moment of the two.
 */
export function mergeMemory(into: Memory, from: Memory, lastMs: number): void {
  align(into, from.stretch)
  align(from, into.stretch)
  const gain = gainAt(lastMs, into.stretch)
  for (let at = 0; at < shelf.length; at++) {
    shelf[at]!.merge(into.inOrder[at], from.inOrder[at], gain)
  }
  mergeCalibration(into.calibration, from.calibration)
}

/** Its parts, told apart by name; as it rested until v5 of an agent's state. */
export const memoryParts = z.object({
  stretch: z.number(),
  baselines: z.record(z.string(), z.tuple([z.number(), z.unknown()])),
  calibration: z.union([
    z.instanceof(Uint8Array),
    // Until it was written bit by bit.
    z.tuple([
      z.number(),
      z.number(),
      z.array(z.tuple([z.string(), z.instanceof(Uint8Array), z.instanceof(Uint8Array)])),
    ]),
  ]),
})
export type MemoryParts = z.infer<typeof memoryParts>

const NAME_KEYS = baselineNames.map(nameKey)

/** What each baseline has learned, by its name and version, so that one may come or go. */
export function saveMemory({ inOrder, calibration, stretch }: Memory): Uint8Array<ArrayBuffer> {
  const parts = shelf.map(({ save }, at) => save(inOrder[at]))
  const ofCalibration = saveCalibration(calibration, channels)
  return bitsWritten((bits) => {
    putNumber(bits, stretch)
    putBytes(bits, ofCalibration)
    putCount(bits, shelf.length)
    for (const [at, { version }] of shelf.entries()) {
      putBits(bits, NAME_KEYS[at]!, NAME_WIDTH)
      putCount(bits, version)
      putBytes(bits, parts[at]!)
    }
  })
}

/** The parts of what `saveMemory` wrote; what is said of a baseline that is no more is left out. */
export function partsOf(saved: Uint8Array): MemoryParts {
  const bits = bitsIn(saved)
  const stretch = takeNumber(bits)
  const calibration = takeBytes(bits)
  const baselines: MemoryParts['baselines'] = {}
  for (let left = takeSize(bits, NAME_WIDTH); left > 0; left--) {
    const name = baselineNames[NAME_KEYS.indexOf(takeBits(bits, NAME_WIDTH))]
    const version = takeCount(bits)
    const memory = takeBytes(bits)
    if (name !== undefined) baselines[name] = [version, memory]
  }
  return { stretch, baselines, calibration }
}

/**
 * Reads what `saveMemory` wrote, or its parts. A baseline that was not there yet starts blank.
 *
 * @throws EngineError MEMORY_INVALID where it is damaged, MEMORY_NEWER where a later build wrote it.
 */
export function loadMemory(saved: unknown, holder: Holder): Memory {
  const parts = saved instanceof Uint8Array ? partsOf(saved) : check('memory', memoryParts, saved)
  const { stretch, baselines: stored, calibration } = parts
  return memoryOf(
    (baseline) => {
      const [version, memory] = stored[baseline.name] ?? []
      if (version === undefined) return baseline.blank(holder)
      if (version > baseline.version) {
        const reads = `this build reads up to v${baseline.version}`
        throw new EngineError(
          'MEMORY_NEWER',
          `Memory of ${baseline.name} is v${version}; ${reads}.`,
        )
      }
      return baseline.load(check(baseline.name, baseline.schema, memory), holder, version)
    },
    loadCalibration(calibration, channels, channelsOf(holder), holder === 'agent'),
    stretch,
  )
}

function check<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  saved: unknown,
): z.infer<Schema> {
  const checked = schema.safeParse(saved)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const place = [name, ...(issue?.path ?? [])].join('.')
  throw new EngineError('MEMORY_INVALID', `Memory is damaged at ${place}: ${issue?.message}.`)
}
