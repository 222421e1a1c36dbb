/**
 * Snapshots: an agent's state as it was at the end of each of its latest days, to go back to.
 *
 * A day is kept where the first event of a later one comes, so that it follows from the stream and not
 * from a clock. It goes into the slot its number names, over what was there before: so an agent has at
 * most as many as there are slots, and nothing has to be read to keep one.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { ChainableCommander, Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { DAY_MS } from '../agent/context.ts'
import { answersTo } from './connection.ts'
import type { Keys } from './keys.ts'
import { SNAPSHOTS_MAX } from './options.ts'

/** Where what was replaced by hand last is kept, beyond the slots of days. */
const REPLACED_SLOT = SNAPSHOTS_MAX

export interface Snapshot {
  readonly key: string
  /** Days since the epoch, UTC; or what was there before it was replaced by hand. */
  readonly day: number | 'replaced'
  /** A saved state, packed. */
  readonly state: Buffer
}

/** Adds to a transaction. */
export function keepSnapshots(
  multi: ChainableCommander,
  keys: Keys,
  partition: number,
  snapshots: readonly Snapshot[],
  slots: number,
): void {
  for (const { key, day, state } of snapshots) {
    const slot = day === 'replaced' ? REPLACED_SLOT : day % slots
    const kept = pack([day, deflateRawSync(state)])
    multi.hset(keys.snapshots(partition, slot), { [key]: kept })
  }
}

/** What an agent can go back to: the days, latest first, then what was replaced by hand. */
export async function readSnapshots(
  client: Redis,
  keys: Keys,
  partition: number,
  key: string,
): Promise<Snapshot[]> {
  const pipeline = client.pipeline()
  for (let slot = 0; slot <= REPLACED_SLOT; slot++) {
    pipeline.hgetBuffer(keys.snapshots(partition, slot), key)
  }
  const snapshots: Snapshot[] = []
  for (const bytes of await answersTo(pipeline)) {
    if (bytes === null) continue
    const [day, state] = unpack(bytes as Buffer) as [Snapshot['day'], Buffer]
    snapshots.push({ key, day, state: inflateRawSync(state) })
  }
  return snapshots.sort((a, b) => dayNumber(b) - dayNumber(a))
}

/** The date of a snapshot, `2026-03-04`. */
export function dateOf({ day }: Snapshot): string {
  return day === 'replaced' ? day : new Date(day * DAY_MS).toISOString().slice(0, 10)
}

function dayNumber({ day }: Snapshot): number {
  return day === 'replaced' ? -1 : day
}
