/**
 * Due: which agents of a partition are to be looked after at which hour, in Redis; see `alert/overdue`.
 *
 * The live twin of `offline/due.ts`. A list may be as long as the partition has agents: of each tenant
 * an hour is kept in memory before which there is nothing to read, and what has changed since the
 * latest commit.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import { tenantKeyOf } from '../scoring/knowledge.ts'
import type { Keys } from './keys.ts'

/** Keys read in one command, so that no answer grows past a few MB. */
const KEYS_PER_READ = 5_000

/** The clock hour by agent; undefined where it is taken off the list. */
export type DueChanges = ReadonlyMap<string, number | undefined>

interface DuePlace {
  readonly partition: number
  readonly keys: Keys
  readonly client: Redis
}

export class Due {
  private readonly place: DuePlace
  /** By tenant, no later than the earliest hour on its list; 0 where it was not read yet. */
  private readonly earliest: Map<string, number>
  private changes = new Map<string, number | undefined>()

  /** `tenants` are the keys of those that have a list; see `keepDue`. */
  constructor(place: DuePlace, tenants: readonly string[]) {
    this.place = place
    this.earliest = new Map(tenants.map((tenantKey) => [tenantKey, 0]))
  }

  /** Keys of the tenants that have a list. */
  get tenants(): Iterable<string> {
    return this.earliest.keys()
  }

  /** Puts an agent on the list, moves it there, or takes it off. */
  set(key: string, clockHour: number | undefined): void {
    this.changes.set(key, clockHour)
    if (clockHour === undefined) return
    const tenantKey = tenantKeyOf(key)
    const earliest = this.earliest.get(tenantKey) ?? Number.POSITIVE_INFINITY
    if (clockHour < earliest) this.earliest.set(tenantKey, clockHour)
  }

  /** Whether the hour of an agent of the tenant may have come. */
  mayBe(tenantKey: string, clockHour: number): boolean {
    return (this.earliest.get(tenantKey) ?? Number.POSITIVE_INFINITY) <= clockHour
  }

  /**
   * The agents of a tenant whose hour has come; in the order of their keys. Each of them must be `set`
   * anew.
   */
  async upTo(tenantKey: string, clockHour: number): Promise<string[]> {
    const { partition, keys, client } = this.place
    const list = keys.due(partition, tenantKey)
    const found: string[] = []
    // By rank: to pass over those of an hour that were read already takes time for each of them.
    const count = await client.zcount(list, '-inf', clockHour)
    for (let at = 0; at < count; at += KEYS_PER_READ) {
      const last = Math.min(at + KEYS_PER_READ, count) - 1
      const some = await client.zrange(list, String(at), String(last))
      for (const key of some) if (!this.changes.has(key)) found.push(key)
    }
    const [next] = await client.zrangebyscore(list, `(${clockHour}`, '+inf', 'LIMIT', 0, 1)
    const score = next === undefined ? null : await client.zscore(list, next)
    let earliest = score === null ? Number.POSITIVE_INFINITY : Number(score)
    for (const [key, hour] of this.changes) {
      if (hour === undefined || tenantKeyOf(key) !== tenantKey) continue
      if (hour <= clockHour) found.push(key)
      else if (hour < earliest) earliest = hour
    }
    this.earliest.set(tenantKey, earliest)
    return found.sort()
  }

  /** What has changed since the last call, to be written; see `keepDue`. */
  take(): DueChanges {
    const { changes } = this
    this.changes = new Map()
    return changes
  }
}

/** Writes changes, with the rest of a commit. */
export function keepDue(
  multi: Pick<ChainableCommander, 'zadd' | 'zrem' | 'sadd'>,
  keys: Keys,
  partition: number,
  changes: DueChanges,
): void {
  for (const tenantKey of new Set([...changes.keys()].map(tenantKeyOf))) {
    multi.sadd(keys.dueTenants(partition), tenantKey)
  }
  for (const [key, clockHour] of changes) {
    const list = keys.due(partition, tenantKeyOf(key))
    if (clockHour === undefined) multi.zrem(list, key)
    else multi.zadd(list, clockHour, key)
  }
}
