/**
 * Saved life: how long an agent has been known, its day so far, and what it is, as they rest in its state.
 *
 * The strangest answers of the day go by the names of their channels, so that they survive a change of
 * detectors; what is zero or not known is left out.
 */
import { z } from 'zod'
import {
  type Bits,
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putNumber,
  putText,
  takeBits,
  takeNumber,
  takeSize,
  takeText,
} from '../math/bits.ts'
import { NAME_WIDTH, nameKey } from '../scoring/calibrate.ts'
import { channels, DAY, DAY_CHANNELS } from '../scoring/channels.ts'
import type { AgentState } from './agent-state.ts'

export type Life = Pick<
  AgentState,
  | 'day'
  | 'dayTail'
  | 'events'
  | 'firstMs'
  | 'releasedMs'
  | 'ofDay'
  | 'release'
  | 'blueprint'
  | 'latestId'
  | 'isAwaited'
  | 'isMissed'
>
/** What was not stored at first. */
const NOT_AWAITED = { latestId: '', isAwaited: false, isMissed: false }

const DAY_NAMES = channels.slice(DAY)
const DAY_KEYS = DAY_NAMES.map(nameKey)

export function saveLife(life: Life): Uint8Array<ArrayBuffer> {
  const { day, dayTail, events, firstMs, releasedMs, ofDay, release, blueprint } = life
  const { latestId, isAwaited, isMissed } = life
  const held = Array.from(ofDay.keys()).filter((channel) => ofDay[channel]! > 0)
  return bitsWritten((bits) => {
    for (const value of [day, dayTail, events, firstMs, releasedMs]) putNumber(bits, value)
    putCount(bits, held.length)
    for (const channel of held) {
      putBits(bits, DAY_KEYS[channel]!, NAME_WIDTH)
      putNumber(bits, ofDay[channel]!)
    }
    putBits(bits, release === undefined ? 0 : 1, 1)
    if (release !== undefined) {
      putName(bits, release.version)
      putName(bits, release.model)
    }
    putName(bits, blueprint)
    putText(bits, latestId)
    putBits(bits, isAwaited ? 1 : 0, 1)
    putBits(bits, isMissed ? 1 : 0, 1)
  })
}

/** Reads what `saveLife` wrote, or wrote before it said whether the agent is awaited. Throws MEMORY_INVALID. */
export function loadLife(saved: Uint8Array, saysAwaited: boolean): Life {
  const bits = bitsIn(saved)
  const [day, dayTail, events] = [takeNumber(bits), takeNumber(bits), takeNumber(bits)]
  const [firstMs, releasedMs] = [takeNumber(bits), takeNumber(bits)]
  const ofDay = new Float64Array(DAY_CHANNELS)
  for (let left = takeSize(bits, NAME_WIDTH); left > 0; left--) {
    const channel = DAY_KEYS.indexOf(takeBits(bits, NAME_WIDTH))
    const nats = takeNumber(bits)
    if (channel >= 0) ofDay[channel] = nats
  }
  const isReleased = takeBits(bits, 1) === 1
  const release = isReleased ? releaseOf(takeName(bits), takeName(bits)) : undefined
  const blueprint = takeName(bits)
  const life = { day, dayTail, events, firstMs, releasedMs, ofDay, release, blueprint }
  if (!saysAwaited) return { ...life, ...NOT_AWAITED }
  const latestId = takeText(bits)
  const [isAwaited, isMissed] = [takeBits(bits, 1) === 1, takeBits(bits, 1) === 1]
  return { ...life, latestId, isAwaited, isMissed }
}

/** With what an event says alone. */
export function releaseOf(
  version: string | undefined,
  model: string | undefined,
): NonNullable<Life['release']> {
  return {
    ...(version === undefined ? {} : { version }),
    ...(model === undefined ? {} : { model }),
  }
}

function putName(bits: Bits, name: string | undefined): void {
  putBits(bits, name === undefined ? 0 : 1, 1)
  if (name !== undefined) putText(bits, name)
}

function takeName(bits: Bits): string | undefined {
  return takeBits(bits, 1) === 1 ? takeText(bits) : undefined
}

/** As it rested until v5 of the state, field by field among its others. */
export const plainLife = z.object({
  day: z.number(),
  ofDay: z.record(z.string(), z.number()),
  dayTail: z.number(),
  events: z.number(),
  firstMs: z.number(),
  // Since releases are told apart.
  releasedMs: z.number().optional(),
  release: z.object({ version: z.string().optional(), model: z.string().optional() }).optional(),
  blueprint: z.string().optional(),
})

export function lifeFrom(plain: z.infer<typeof plainLife>): Life {
  const { day, dayTail, events, firstMs, releasedMs = 0, blueprint } = plain
  const ofDay = Float64Array.from(DAY_NAMES, (name) => plain.ofDay[name] ?? 0)
  const release = plain.release && releaseOf(plain.release.version, plain.release.model)
  return { day, dayTail, events, firstMs, releasedMs, ofDay, release, blueprint, ...NOT_AWAITED }
}
