/**
 * Due: which agents of a partition are to be looked after at which hour, in Redis; see `alert/overdue`.
 *
 * The live twin of `offline/due.ts`. A list may be as long as the partition has agents: of each tenant
 * only the earliest hour is kept in memory, and what has changed since the latest commit.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import { tenantKeyOf } from '../scoring/knowledge.ts'
import type { Keys } from './keys.ts'

/** Keys read in one command, so that no answer grows past a few MB. */
const KEYS_PER_READ = 5_000

/** The clock hour by agent; undefined where it is taken off the list. */
export type DueChanges = ReadonlyMap<string, number | undefined>

export class Due {
  private readonly place: {
    readonly partition: number
    readonly keys: Keys
    readonly client: Redis
  }
  /** By tenant, no later than the earliest hour on its list in Redis; infinite where that is empty. */
  private readonly earliest = new Map<string, number>()
  private changes = new Map<string, number | undefined>()

  constructor(place: Due['place']) {
    this.place = place
  }

  /** Puts an agent on the list, moves it there, or takes it off. */
  set(key: string, clockHour: number | undefined): void {
    this.changes.set(key, clockHour)
  }

  /** The agents of a tenant whose hour has come; in the order of their keys. */
  async upTo(tenantKey: string, clockHour: number): Promise<string[]> {
    const found: string[] = []
    for (const [key, hour] of this.changes) {
      if (hour !== undefined && hour <= clockHour && tenantKeyOf(key) === tenantKey) found.push(key)
    }
    if ((await this.earliestOf(tenantKey)) > clockHour) return found.sort()
    const { partition, keys, client } = this.place
    const list = keys.due(partition, tenantKey)
    for (let at = 0; ; at += KEYS_PER_READ) {
      const some = await client.zrangebyscore(list, '-inf', clockHour, 'LIMIT', at, KEYS_PER_READ)
      for (const key of some) if (!this.changes.has(key)) found.push(key)
      if (some.length < KEYS_PER_READ) break
    }
    this.earliest.delete(tenantKey) // another, once what was found is looked after
    return found.sort()
  }

  private async earliestOf(tenantKey: string): Promise<number> {
    const known = this.earliest.get(tenantKey)
    if (known !== undefined) return known
    const { partition, keys, client } = this.place
    const [, hour] = await client.zrange(keys.due(partition, tenantKey), '0', '0', 'WITHSCORES')
    const earliest = hour === undefined ? Number.POSITIVE_INFINITY : Number(hour)
    this.earliest.set(tenantKey, earliest)
    return earliest
  }

  /** What has changed since the last call, to be written; see `keepDue`. */
  take(): DueChanges {
    const { changes } = this
    this.changes = new Map()
    for (const [key, hour] of changes) {
      const tenantKey = tenantKeyOf(key)
      const earliest = this.earliest.get(tenantKey)
      if (earliest === undefined || hour === undefined || hour >= earliest) continue
      this.earliest.set(tenantKey, hour)
    }
    return changes
  }
}

/** Writes changes, with the rest of a commit. */
export function keepDue(
  multi: Pick<ChainableCommander, 'zadd' | 'zrem'>,
  keys: Keys,
  partition: number,
  changes: DueChanges,
): void {
  for (const [key, clockHour] of changes) {
    const list = keys.due(partition, tenantKeyOf(key))
    if (clockHour === undefined) multi.zrem(list, key)
    else multi.zadd(list, clockHour, key)
  }
}
