/**
 * Leases: which worker works on which partitions.
 *
 * Every worker gives a sign of life, counts those that live, and from its place among them knows how
 * many partitions are its share. Below its share it claims what is free; above it, it gives back.
 *
 * - free:  nobody's lease. A worker below its share claims it → held.
 * - held:  the lease is renewed. The holder has too many, or stops → leaving. It dies, and the lease
 *          runs out → free.
 * - leaving: still renewed, while the holder finishes what it has begun → free.
 *
 * The lease says who may work; that nobody else writes is made sure of by `owner`, which each claim
 * overwrites and each commit is checked against. So a holder that slept through the end of its lease
 * does no harm.
 */
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RuntimeLog } from './connection.ts'
import type { Keys } from './keys.ts'

/** Signs of life within one lease: two may get lost. */
const TICKS_PER_LEASE = 3

/** Takes the partition if it is free. KEYS lease, owner. ARGV token, ms. Answers 1 or 0. */
const CLAIM = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
return 1`

/** Renews the lease unless another has claimed it. KEYS lease, owner. ARGV token, ms. 1 or 0. */
const RENEW = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** Frees the partition unless another has claimed it. KEYS lease, owner. ARGV token. 1 or 0. */
const RELEASE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1`

export interface LeaseParts {
  readonly client: Redis
  readonly keys: Keys
  readonly partitions: number
  readonly leaseMs: number
  readonly log: RuntimeLog
  /** The partition is ours to work on, as the holder of the token. */
  claimed(partition: number, token: string): void
  /** Finish what was begun; resolves when the partition may go to another. */
  leave(partition: number): Promise<void>
  /** Another worker has it; nothing that is not written can be written any more. */
  lost(partition: number): void
}

interface Lease {
  readonly token: string
  isLeaving: boolean
}

export class Leases {
  readonly worker = randomUUID()
  private readonly parts: LeaseParts
  private readonly held = new Map<number, Lease>()
  private readonly leaving = new Set<Promise<void>>()
  private timer: NodeJS.Timeout | undefined
  private ticking: Promise<void> | undefined
  private isStopping = false

  constructor(parts: LeaseParts) {
    this.parts = parts
  }

  /** Resolves after the first round of claims. */
  async start(): Promise<void> {
    await this.tick()
    const everyMs = this.parts.leaseMs / TICKS_PER_LEASE
    this.timer = setInterval(() => {
      this.ticking ??= this.tick()
        .catch((error) => this.parts.log.warn({ err: error }, 'leases were not renewed'))
        .finally(() => {
          this.ticking = undefined
        })
    }, everyMs)
  }

  /** Leaves every partition in good order, then says goodbye. */
  async stop(): Promise<void> {
    this.isStopping = true
    for (const partition of this.held.keys()) this.give(partition)
    await Promise.all(this.leaving)
    clearInterval(this.timer)
    await this.ticking
    await this.parts.client.zrem(this.parts.keys.workers, this.worker).catch(() => {})
  }

  /** The one who worked on it found that it is another's. */
  forget(partition: number): void {
    this.held.delete(partition)
  }

  private async tick(): Promise<void> {
    await this.renew()
    if (this.isStopping) return
    const share = await this.share()
    const stays = [...this.held].filter(([, { isLeaving }]) => !isLeaving)
    for (const [partition] of stays.slice(share)) this.give(partition)
    // All start their search in different places, so that they do not all ask for the same.
    const offset = Number.parseInt(this.worker.slice(0, 8), 16)
    for (let step = 0; step < this.parts.partitions; step++) {
      if (this.held.size >= share || this.isStopping) return
      const partition = (offset + step) % this.parts.partitions
      if (!this.held.has(partition)) await this.claim(partition)
    }
  }

  private async claim(partition: number): Promise<void> {
    const token = `${this.worker}/${randomUUID()}`
    const isOurs = await this.script(CLAIM, partition, token, String(this.parts.leaseMs))
    if (!isOurs) return
    if (this.isStopping) {
      await this.script(RELEASE, partition, token)
      return
    }
    this.held.set(partition, { token, isLeaving: false })
    this.parts.claimed(partition, token)
  }

  private async renew(): Promise<void> {
    const held = [...this.held]
    const answers = await Promise.all(
      held.map(([partition, { token }]) =>
        this.script(RENEW, partition, token, String(this.parts.leaseMs)),
      ),
    )
    for (const [at, [partition, lease]] of held.entries()) {
      if (answers[at] || this.held.get(partition) !== lease) continue
      this.held.delete(partition)
      if (!lease.isLeaving) this.parts.lost(partition)
    }
  }

  /** How many partitions are this worker's by its place among those that live. */
  private async share(): Promise<number> {
    const { client, keys, leaseMs, partitions } = this.parts
    const [seconds, micros] = await client.time()
    const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
    const replies = await client
      .multi()
      .zadd(keys.workers, String(nowMs), this.worker)
      .zremrangebyscore(keys.workers, '-inf', String(nowMs - leaseMs))
      .zrange(keys.workers, '0', '-1')
      .exec()
    const alive = ((replies?.[2]?.[1] ?? []) as string[]).sort()
    const rank = alive.indexOf(this.worker)
    if (rank < 0) return 0
    const even = Math.floor(partitions / alive.length)
    return even + (rank < partitions % alive.length ? 1 : 0)
  }

  private give(partition: number): void {
    const lease = this.held.get(partition)
    if (lease === undefined || lease.isLeaving) return
    lease.isLeaving = true
    const left = this.parts
      .leave(partition)
      .then(async () => {
        await this.script(RELEASE, partition, lease.token)
      })
      .catch((error) => this.parts.log.warn({ err: error, partition }, 'a lease runs out instead'))
      .finally(() => {
        if (this.held.get(partition) === lease) this.held.delete(partition)
        this.leaving.delete(left)
      })
    this.leaving.add(left)
  }

  private async script(lua: string, partition: number, ...args: string[]): Promise<boolean> {
    const { client, keys } = this.parts
    return (await client.eval(lua, 2, keys.lease(partition), keys.owner(partition), ...args)) === 1
  }
}
