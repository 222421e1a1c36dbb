/** Vitals: what a worker says of itself in Redis, for those who look from outside. */
import type { Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** Vitals that are not renewed are gone after so long: the worker has stopped or died. */
const KEPT_MS = 10_000

export interface Vitals {
  readonly worker: string
  readonly host: string
  readonly pid: number
  /** When it started, epoch ms by its own clock. */
  readonly sinceMs: number
  readonly partitions: readonly number[]
  /** Events processed a second, of late. */
  readonly eventsPerS: number
  /** Alerts raised since it started. */
  readonly alerts: number
  /** Agents in its memory. */
  readonly agents: number
  /** Memory the process takes. */
  readonly memoryBytes: number
}

/** Throws what Redis says where it cannot be written to. */
export async function keepVitals(client: Redis, keys: Keys, vitals: Vitals): Promise<void> {
  await client.set(keys.vitals(vitals.worker), JSON.stringify(vitals), 'PX', KEPT_MS)
}

/** The workers that live, by name. One that has just started has not said anything yet. */
export async function readVitals(client: Redis, keys: Keys): Promise<Vitals[]> {
  const workers = await client.zrange(keys.workers, '0', '-1')
  if (workers.length === 0) return []
  const said = await client.mget(...workers.map((worker) => keys.vitals(worker)))
  return said.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Vitals]))
}
