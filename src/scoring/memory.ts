/** Memory: everything learned of one holder, an agent or a group: every baseline's, and calibration. */
import { z } from 'zod'
import type { Baseline, Holder } from '../baselines/baseline.ts'
import { type BaselineName, baselineNames, baselines, type Memories } from '../baselines/index.ts'
import { EngineError } from '../errors.ts'
import { rescale } from '../math/decay.ts'
import {
  blankCalibration,
  type Calibration,
  loadCalibration,
  mergeCalibration,
  saveCalibration,
  scaleCalibration,
} from './calibrate.ts'
import { channels } from './channels.ts'

export interface Memory {
  readonly memories: Memories
  readonly calibration: Calibration
  /** Which landmark of forward decay its weights are relative to. */
  stretch: number
}

/** A baseline whose memory and reading are not looked into here. */
const shelf = baselines as unknown as Readonly<Record<BaselineName, Baseline<unknown, unknown>>>

function each(value: (name: BaselineName) => unknown): Memories {
  return Object.fromEntries(baselineNames.map((name) => [name, value(name)])) as Memories
}

export function blankMemory(holder: Holder, stretch: number): Memory {
  return {
    memories: each((name) => shelf[name].blank(holder)),
    calibration: blankCalibration(channels.length),
    stretch,
  }
}

/** Moves the landmark on to a later stretch; an earlier one leaves the memory as it is. */
export function align(memory: Memory, stretch: number): void {
  if (stretch <= memory.stretch) return
  const factor = rescale(stretch - memory.stretch)
  for (const name of baselineNames) shelf[name].scale(memory.memories[name], factor)
  scaleCalibration(memory.calibration, factor)
  memory.stretch = stretch
}

/** Takes what `from` has learned into `into`. Both may be moved to the later one's landmark. */
export function mergeMemory(into: Memory, from: Memory): void {
  align(into, from.stretch)
  align(from, into.stretch)
  for (const name of baselineNames) shelf[name].merge(into.memories[name], from.memories[name])
  mergeCalibration(into.calibration, from.calibration)
}

export const savedMemorySchema = z.object({
  stretch: z.number(),
  baselines: z.record(z.string(), z.tuple([z.number(), z.unknown()])),
  calibration: z.array(
    z.tuple([z.string(), z.instanceof(Uint8Array), z.instanceof(Uint8Array), z.number()]),
  ),
})
export type SavedMemory = z.infer<typeof savedMemorySchema>

export function saveMemory({ memories, calibration, stretch }: Memory): SavedMemory {
  const saved = baselineNames.map((name): [BaselineName, [number, unknown]] => [
    name,
    [shelf[name].version, shelf[name].save(memories[name])],
  ])
  return {
    stretch,
    baselines: Object.fromEntries(saved),
    calibration: saveCalibration(calibration, channels) as SavedMemory['calibration'],
  }
}

/**
 * Reads what `saveMemory` wrote. A baseline that was not there yet starts blank.
 *
 * @throws EngineError MEMORY_INVALID where it is damaged, MEMORY_NEWER where a later build wrote it.
 */
export function loadMemory(saved: unknown, holder: Holder): Memory {
  const { stretch, baselines: stored, calibration } = check('memory', savedMemorySchema, saved)
  return {
    memories: each((name) => {
      const [version, memory] = stored[name] ?? []
      if (version === undefined) return shelf[name].blank(holder)
      if (version > shelf[name].version) {
        const reads = `this build reads up to v${shelf[name].version}`
        throw new EngineError('MEMORY_NEWER', `Memory of ${name} is v${version}; ${reads}.`)
      }
      return shelf[name].load(check(name, shelf[name].schema, memory), holder)
    }),
    calibration: loadCalibration(calibration, channels),
    stretch,
  }
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
