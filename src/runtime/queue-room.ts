/** Queue room: whether more can be taken in, by what waits, the memory of Redis, and the quotas of tenants. */
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { answersTo } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Quotas } from './quotas.ts'
import { memoryIn } from './redis-info.ts'
import { roomTaken, type TenantRoom } from './tenant-room.ts'

/**
 * Share of Redis' memory, where it has a bound, beyond which nothing is taken in: the rest is for the
 * workers, who must write before they can remove what waits.
 */
const MEMORY_SHARE_MAX = 0.9
/** How long a count of what waits is believed. */
const ROOM_MS = 200

export interface QueueRoomParts {
  readonly client: Redis
  readonly keys: Keys
  readonly queues: readonly Pick<Queue, 'toKey'>[]
  /** Jobs that may wait in all of them. */
  readonly jobsMax: number
  /** Of tenants; undefined where what is taken in is nobody's. */
  readonly quotas: Quotas | undefined
}

export class QueueRoom {
  private readonly parts: QueueRoomParts
  private jobs = 0
  private memory = { used: 0, max: 0 }
  /** Of the tenants that were asked for since the count. */
  private taken = new Map<string, number>()
  private untilMs = 0

  constructor(parts: QueueRoomParts) {
    this.parts = parts
  }

  /** Whether a job waits for every partition, on average. */
  get isBehind(): boolean {
    return this.jobs >= this.parts.queues.length
  }

  /** Throws QUEUE_FULL where more than nine tenths of the memory are used, or `jobsMax` jobs wait. */
  async find(jobsMax = this.parts.jobsMax): Promise<void> {
    if (performance.now() >= this.untilMs) await this.look()
    this.check(jobsMax)
  }

  private check(jobsMax: number): void {
    const { used, max } = this.memory
    if (max > 0 && used > MEMORY_SHARE_MAX * max) {
      const share = `${Math.round((100 * used) / max)} % of its memory`
      const message = `Redis uses ${share}: expected at most ${100 * MEMORY_SHARE_MAX} %.`
      throw new EngineError('QUEUE_FULL', message)
    }
    if (this.jobs < jobsMax) return
    const message = `${this.jobs} jobs wait: expected fewer than ${jobsMax}.`
    throw new EngineError('QUEUE_FULL', message)
  }

  /**
   * Finds room for so many events of each tenant, and takes them off its rate. Throws QUEUE_FULL, and
   * QUOTA_EXCEEDED where one of the tenants has used up what is its own.
   */
  async findFor(events: ReadonlyMap<string, number>): Promise<void> {
    const { client, keys, queues, quotas, jobsMax } = this.parts
    await this.find()
    if (quotas === undefined) return
    const { taken } = this // another count may take its place meanwhile
    const sharing = quotas.sharing(events.keys())
    const unknown = sharing.filter((tenant) => !taken.has(tenant))
    if (unknown.length > 0) {
      for (const one of await roomTaken(client, keys, queues.length, unknown)) taken.set(...one)
    }
    quotas.checkRoom(roomIn(taken, sharing), this.jobs, jobsMax)
    await quotas.draw(client, keys, events)
  }

  /**
   * Looks again at the moment of adding: many may have found the same room. Throws as `findFor`; asks
   * nobody.
   */
  confirm(events: ReadonlyMap<string, number>): void {
    const { quotas, jobsMax } = this.parts
    this.check(jobsMax)
    quotas?.checkRoom(roomIn(this.taken, quotas.sharing(events.keys())), this.jobs, jobsMax)
  }

  /** Jobs were added, with what they take of each tenant's room. */
  took(jobs: number, room: TenantRoom): void {
    this.jobs += jobs
    for (const [tenant, more] of room) {
      const before = this.taken.get(tenant)
      if (before !== undefined) this.taken.set(tenant, before + more)
    }
  }

  private async look(): Promise<void> {
    const { client, queues } = this.parts
    const sinceMs = performance.now()
    const pipeline = client.pipeline()
    pipeline.info('memory')
    for (const queue of queues) pipeline.llen(queue.toKey('wait'))
    const [info, ...lengths] = await answersTo(pipeline)
    this.memory = memoryIn(String(info))
    this.jobs = lengths.reduce<number>((sum, length) => sum + Number(length), 0)
    this.taken = new Map()
    this.untilMs = sinceMs + ROOM_MS
  }
}

/** What these tenants take, by a count that may be of before they were asked for. */
function roomIn(taken: TenantRoom, tenants: readonly string[]): TenantRoom {
  return new Map(tenants.map((tenant) => [tenant, taken.get(tenant) ?? 0]))
}
