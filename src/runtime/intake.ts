/**
 * Intake: numbers the events of the stream and puts them into the queues of their partitions.
 *
 * Events get the numbers 0, 1, 2 … in the order in which Redis takes them, whoever sends them, and
 * without a gap; where an epoch ends follows from the numbers alone. Numbers and jobs are written in
 * one transaction, guarded by optimistic locking: of two intakes that meet, one tries again. Batches
 * that arrive while a transaction is under way share the next one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Job, type Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { agentKey, partitionOf } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { epochOf } from '../scoring/knowledge.ts'
import { settledFrom } from '../scoring/settled.ts'
import { type Audit, keepAudits } from './audit.ts'
import {
  answersTo,
  beginOn,
  closeClient,
  JOB_OPTIONS,
  openClient,
  openQueue,
  type RuntimeLog,
  storeFailure,
} from './connection.ts'
import { eventQueueName, type Keys, keysAt } from './keys.ts'
import { fixPartitions } from './meta.ts'
import type { QuotaOptions, StreamOptions } from './options.ts'
import { QueueRoom } from './queue-room.ts'
import { Quotas } from './quotas.ts'
import { probeWrite } from './readiness.ts'
import type { RedisAddress } from './redis-address.ts'
import { addRoom, roomOf, roomOfJob, takeRoom } from './tenant-room.ts'
import { LINKS_MAX } from './tracing.ts'

/** Events numbered in one transaction for each partition: jobs of this size cost least an event. */
const EVENTS_PER_JOB = 512
/** Bounds a transaction, whatever the number of partitions. */
const EVENTS_PER_NUMBERING_MAX = 8_192
/** Events of history taken in together, all or none. */
export const PAST_EVENTS_MAX = EVENTS_PER_NUMBERING_MAX
/** Jobs of a partition beyond which history waits: what happens now is not to queue up behind it. */
const PAST_JOBS_MAX = 8
/** One of the intakes that meet always gets through, so this many misses mean something is wrong. */
const ATTEMPTS_MAX = 200
const ATTEMPT_PAUSE_MS_MAX = 8
/**
 * How long events are gathered before they are numbered where jobs wait anyway: a job costs as much
 * with few events as with many, and nothing is scored later for it.
 */
const GATHERING_MS = 50
/** A replica that lags further behind is no help if the master fails now. */
const REPLICAS_MS_MAX = 1_000

/** What is done to the agents of a partition where the stream has come to a point. */
export type Act =
  /** History has ended: what it told of agents is joined to their present. */
  | { readonly kind: 'join' }
  /** An agent is given other baselines, `state` being a saved state of it in base64. */
  | ({ readonly kind: 'replace'; readonly key: string; readonly state: string } & ActedBy)

/** Who wants it, and why; for the audit. */
export interface ActedBy {
  readonly id: string
  readonly what: 'revert' | 'import'
  readonly by: string
  readonly why: string
  /** Of which moment the baselines are, epoch ms. */
  readonly ofMs: number
}

/** What a job of a partition carries. */
export interface EventJob {
  /** The how manieth job of its partition it is, from 1. */
  readonly order: number
  /** Number of the first event of the batch, and of each of these events counted from there. */
  readonly first: number
  readonly at: readonly number[]
  readonly events: readonly Event[]
  /** Events given to its partition so far, with these. */
  readonly given?: number
  /** Where the batch reaches a later epoch: the number of the event that follows it. */
  readonly upTo?: number
  /** Whether they are history: learned apart, and never alerted on. */
  readonly isPast?: boolean
  /** Done after the events, and after what epochs they end. */
  readonly act?: Act
  /** The requests its events came with, as traces refer to them; see `tracing.ts`. */
  readonly traces?: readonly string[]
  /** Where it has no events: what it takes of the queue, by the tenants whose events ended the epoch. */
  readonly room?: readonly (readonly [tenant: string, room: number])[]
}

/** Written in the same transaction as what was taken in: a field of the hash `learned`. */
export type Marks = Readonly<Record<string, string>>

export interface AcceptOptions {
  /** The request they came with, as a trace refers to it. */
  readonly traceparent?: string | undefined
}

export interface PastOptions extends AcceptOptions {
  readonly marks?: Marks | undefined
}

/** An entry of a list that is removed in the transaction that takes in what it holds. */
export interface Entry {
  readonly list: string
  readonly line: string
  /** Who has that done. */
  readonly audit: Audit
}

export interface IntakeParts {
  readonly address: RedisAddress
  readonly prefix: string
  readonly stream: StreamOptions
  /** Of tenants, for what they send themselves. @default none */
  readonly quotas?: QuotaOptions | undefined
  /** Replicas that must have a batch before it counts as taken. @default 0 */
  readonly replicas?: number | undefined
  readonly log: RuntimeLog
}

interface Wanted {
  readonly events: readonly Event[]
  /** How many of each tenant, where quotas apply. */
  readonly byTenant?: ReadonlyMap<string, number>
  readonly isPast?: boolean
  readonly act?: Act
  readonly marks?: Marks | undefined
  readonly traces?: readonly string[]
  readonly instead?: Entry | undefined
}

interface Waiting extends Wanted {
  resolve(): void
  reject(error: unknown): void
}

export class Intake {
  private readonly client: Redis
  private readonly keys: Keys
  private readonly queues: readonly Queue[]
  private readonly room: QueueRoom
  private readonly replicas: number
  private waiting: Waiting[] = []
  private draining: Promise<void> | undefined

  private constructor({ address, prefix, stream, quotas, replicas = 0, log }: IntakeParts) {
    this.replicas = replicas
    this.client = openClient(address, log)
    this.keys = keysAt({ prefix, shard: stream.shard })
    this.queues = Array.from({ length: stream.partitions }, (_, partition) =>
      openQueue(eventQueueName(partition), this.client, this.keys.root, log),
    )
    this.room = new QueueRoom({
      client: this.client,
      keys: this.keys,
      queues: this.queues,
      jobsMax: stream.queueJobsMax,
      quotas: quotas && new Quotas(quotas),
    })
  }

  /**
   * Throws CONFIG_INVALID where Redis holds a stream with another number of partitions, and
   * STORE_UNREACHABLE.
   */
  static async open(parts: IntakeParts): Promise<Intake> {
    const intake = new Intake(parts)
    try {
      await fixPartitions(intake.client, intake.keys, parts.stream.partitions)
      await Promise.all(intake.queues.map((queue) => queue.waitUntilReady()))
      return intake
    } catch (error) {
      await intake.close()
      throw storeFailure(error)
    }
  }

  /**
   * Resolves when Redis has all of them. Throws QUEUE_FULL, QUOTA_EXCEEDED, and STORE_UNREACHABLE: some
   * may then have been taken, and count once though they are sent again.
   */
  async accept(events: readonly Event[], { traceparent }: AcceptOptions = {}): Promise<void> {
    if (events.length === 0) return
    const byTenant = new Map<string, number>()
    for (const { tenant } of events) byTenant.set(tenant, (byTenant.get(tenant) ?? 0) + 1)
    await this.take({ events, byTenant, ...tracesOf(traceparent) }, () =>
      this.room.findFor(byTenant),
    )
  }

  /** Takes in the events of an entry, in place of it: one transaction, where they are few. */
  async acceptInstead(events: readonly Event[], instead: Entry): Promise<void> {
    await this.take({ events, instead })
  }

  /**
   * Takes history in, which is to come in order of time; as `accept`, but all or nothing up to
   * `PAST_EVENTS_MAX` events.
   */
  async acceptPast(
    events: readonly Event[],
    { marks, traceparent }: PastOptions = {},
  ): Promise<void> {
    if (events.length === 0) return
    const room = () => this.room.find(PAST_JOBS_MAX * this.queues.length)
    await this.take({ events, isPast: true, marks, ...tracesOf(traceparent) }, room)
  }

  /** Ends a history: what it told joins the agents' present, and is known to their peers. */
  async endPast({ marks }: PastOptions = {}): Promise<void> {
    await this.take({ events: [], act: { kind: 'join' }, marks })
  }

  /** Has an agent's baselines replaced, once the stream has come this far. */
  async replace(act: Extract<Act, { kind: 'replace' }>): Promise<void> {
    await this.take({ events: [], act })
  }

  private async take(wanted: Wanted, findRoom = () => this.room.find()): Promise<void> {
    try {
      await findRoom()
      await new Promise<void>((resolve, reject) => {
        this.waiting.push({ ...wanted, resolve, reject })
        this.draining ??= this.drain()
      })
    } catch (error) {
      throw storeFailure(error)
    }
  }

  /** Undefined, or why nothing can be taken now. */
  async check(): Promise<string | undefined> {
    try {
      await probeWrite(this.client, this.keys, 'intake')
      await this.room.find()
      return undefined
    } catch (error) {
      return storeFailure(error).message
    }
  }

  /** Finishes what was accepted. */
  async close(): Promise<void> {
    await this.draining
    await Promise.all(this.queues.map((queue) => queue.close()))
    closeClient(this.client)
  }

  private async drain(): Promise<void> {
    await undefined // or it could end before it is known to be under way
    const ofLive = Math.min(EVENTS_PER_JOB * this.queues.length, EVENTS_PER_NUMBERING_MAX)
    while (this.waiting.length > 0) {
      await this.gather(ofLive)
      const round = this.takeRound(ofLive)
      if (round.length === 0) continue
      const wanted: Wanted =
        round.length > 1
          ? {
              events: round.flatMap((one) => one.events),
              traces: round.flatMap((one) => one.traces ?? []).slice(0, LINKS_MAX),
            }
          : round[0]!
      const { events } = wanted
      const eventsMax = wanted.isPast ? PAST_EVENTS_MAX : ofLive
      try {
        for (let at = 0; at === 0 || at < events.length; at += eventsMax) {
          await this.number({ ...wanted, events: events.slice(at, at + eventsMax) })
        }
        if (this.replicas > 0) await this.awaitReplicas()
        for (const { resolve } of round) resolve()
      } catch (error) {
        for (const { reject } of round) reject(error)
      }
    }
    this.draining = undefined
  }

  /** Those that are numbered together; whose room has gone meanwhile to others is refused. */
  private takeRound(eventsMax: number): Waiting[] {
    const round: Waiting[] = []
    let size = 0
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      const [first] = round
      const isFit = size < eventsMax && isOrdinary(first) && isOrdinary(next)
      if (first !== undefined && !isFit) break
      this.waiting.shift()
      try {
        if (next.byTenant !== undefined) this.room.confirm(next.byTenant)
        round.push(next)
        size += next.events.length
      } catch (error) {
        next.reject(error)
      }
    }
    return round
  }

  /** Where the workers are behind, waits for more events, up to what is numbered at a time. */
  private async gather(eventsMax: number): Promise<void> {
    if (!this.room.isBehind || !this.waiting.every(isOrdinary)) return
    const events = this.waiting.reduce((sum, one) => sum + one.events.length, 0)
    if (events < eventsMax) await sleep(GATHERING_MS)
  }

  private async awaitReplicas(): Promise<void> {
    const found = await this.client.wait(this.replicas, REPLICAS_MS_MAX)
    if (found >= this.replicas) return
    const message = `${found} replicas have what was taken in: expected ${this.replicas}.`
    throw new EngineError('STORE_UNREACHABLE', message)
  }

  private async number(wanted: Wanted): Promise<void> {
    const batches = split(wanted.events, this.queues.length)
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const guard = this.client.pipeline().watch(this.keys.intake).hgetall(this.keys.intake)
      const [, heads] = await answersTo(guard)
      if (await this.write(wanted, batches, heads as Record<string, string>)) return
      await sleep(Math.random() * ATTEMPT_PAUSE_MS_MAX)
    }
    const message = `Other intakes were faster ${ATTEMPTS_MAX} times in a row.`
    throw new EngineError('STORE_UNREACHABLE', message)
  }

  private async write(
    { events, isPast, act, marks, instead, traces = [] }: Wanted,
    batches: readonly Batch[],
    heads: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const first = Number(heads.number ?? 0)
    const next = act?.kind === 'join' ? settledFrom(first) : first + events.length
    const marker = epochOf(next) > epochOf(first) ? { upTo: next } : {}
    const { multi, exec } = await beginOn(this.queues[0]!) // there is at least one partition
    multi.hincrby(this.keys.intake, 'number', next - first)
    if (marks !== undefined) multi.hset(this.keys.learned, marks)
    if (instead !== undefined) {
      keepAudits(multi.lrem(instead.list, 1, instead.line), this.keys, [instead.audit])
    }
    const home = act?.kind === 'replace' ? partitionOf(act.key, this.queues.length) : undefined
    const further = { ...marker, ...(isPast ? { isPast } : {}), ...(act ? { act } : {}) }
    const followed = traces.length > 0 ? { traces } : {}
    let jobs = 0
    const taken = new Map<string, number>()
    for (const [partition, batch] of batches.entries()) {
      const isConcerned = home === undefined ? marker.upTo !== undefined : home === partition
      if (batch.events.length === 0 && !isConcerned) continue
      const order = Number(heads[`order:${partition}`] ?? 0) + 1
      const given = Number(heads[`given:${partition}`] ?? 0) + batch.events.length
      multi.hset(this.keys.intake, { [`order:${partition}`]: order, [`given:${partition}`]: given })
      const ofAll = batch.events.length === 0 ? { room: [...roomOf(events)] } : {}
      const data: EventJob = { order, first, ...batch, given, ...further, ...followed, ...ofAll }
      await new Job(this.queues[partition]!, 'events', data, JOB_OPTIONS).addJob(multi as never)
      const room = roomOfJob(data)
      takeRoom(multi, this.keys, partition, room)
      addRoom(taken, room)
      jobs++
    }
    const isDone = await exec()
    if (isDone) this.room.took(jobs, taken)
    return isDone
  }
}

const tracesOf = (traceparent: string | undefined) =>
  traceparent === undefined ? {} : { traces: [traceparent] }

/** Whether it may be numbered together with others. */
function isOrdinary(wanted: Wanted | undefined): boolean {
  if (wanted === undefined || wanted.isPast) return false
  return wanted.act === undefined && wanted.instead === undefined
}

type Batch = { readonly at: number[]; readonly events: Event[] }

function split(events: readonly Event[], partitions: number): Batch[] {
  const batches = Array.from({ length: partitions }, (): Batch => ({ at: [], events: [] }))
  for (const [at, event] of events.entries()) {
    const batch = batches[partitionOf(agentKey(event), partitions)]! // one of them by construction
    batch.at.push(at)
    batch.events.push(event)
  }
  return batches
}
