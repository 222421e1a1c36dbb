/**
 * Partition: works through the jobs of one partition, in order, as long as it is ours.
 *
 * BullMQ hands jobs out once at a time and again when a worker dies, usually in order. The order each
 * job carries makes it certain: a job that comes early waits in hand, one that is done is completed.
 * Nothing is ever failed for BullMQ to retry, as others would overtake it: what passes is tried again
 * here, and what does not is set aside.
 *
 * Jobs that a holder before us had in hand when it died are taken over at once: it can write nothing any
 * more, so there is no need to wait until its hold on them has run out.
 *
 * - loading: reads the partition from Redis → working.
 * - working: fetches jobs, takes their events, commits. A failure that passes → loading, after a
 *            pause, from what is written. Another worker has claimed it → ended. An event makes the
 *            engine throw → loading, and the event is set aside when its turn comes again.
 * - leaving: finishes the job in hand; where that would mean waiting for other partitions, it puts it
 *            back → ended.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedisBackend, Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { agentKey, type EngineOptions } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Arrivals } from './arrivals.ts'
import type { RuntimeLog } from './connection.ts'
import type { Epochs, Known } from './epochs.ts'
import type { EventJob } from './intake.ts'
import { eventQueueName } from './keys.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { WorkerOptions } from './options.ts'
import { type Committed, PartitionState, PoisonedEvent } from './partition-state.ts'
import type { PartitionPlace } from './partition-store.ts'
import { beginStep, type Step } from './tracing.ts'
import type { Transactions } from './transactions.ts'

/** Jobs fetched ahead of a commit. More than that gains nothing and is handed out again later. */
const JOBS_IN_HAND_MAX = 64
/** Between two looks whether the other partitions have handed in. */
const EPOCH_POLL_MS = 3
const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 2_000
/** A gap in the order that lasts so many lock times is not a job of a worker that died. */
const GAP_LOCKS_MAX = 6

export interface PartitionParts extends Omit<PartitionPlace, 'since'> {
  readonly transactions: Transactions
  /** The worker's, for all its partitions. */
  readonly client: Redis
  readonly arrivals: Arrivals
  readonly engine: EngineOptions
  readonly options: WorkerOptions
  /** Samples of behaviour kept of the partition. */
  readonly samplesMax: number
  readonly epochs: Epochs
  readonly metrics: RuntimeMetrics
  readonly log: RuntimeLog
  /** Another worker has it. */
  lost(): void
  /** It could not be begun; it is to be claimed anew. */
  ended(): void
  /** It cannot go on, and trying again would not help. */
  failed(error: EngineError): void
  committed(what: Committed): void
}

/** The partition is to be left while it waits for others. */
const LEFT = Symbol('left')

export class Partition {
  private readonly parts: PartitionParts
  private readonly worker: Worker
  private readonly hand = new Map<number, Job>()
  private readonly renewal: NodeJS.Timeout
  private state: PartitionState | undefined
  /** Breaks of the connections when the state and the jobs in hand were read. */
  private since = 0
  /** The event that made the engine throw, to be set aside when its turn comes again. */
  private poison: PoisonedEvent | undefined
  private gapSinceMs: number | undefined
  private waitsSinceMs: number | undefined
  /** Why it begins again and again; undefined while all is well. */
  trouble: string | undefined
  private isLeaving = false
  private isLost = false
  private ended: Promise<void> = Promise.resolve()

  constructor(parts: PartitionParts) {
    const { client, keys, partition, options, log } = parts
    this.parts = parts
    const queue = {
      connection: client,
      prefix: keys.root,
      autorun: false,
      lockDuration: options.jobLockMs,
      stalledInterval: options.jobLockMs / 2,
      maxStalledCount: Number.MAX_SAFE_INTEGER, // a job is never given up because workers died
    }
    // Without the connection that each worker of BullMQ waits on: see `arrivals.ts`.
    this.worker = new Worker(eventQueueName(partition), null, queue, (name, options) =>
      createRedisBackend(name, options),
    )
    this.worker.on('error', (error) => log.debug({ err: error, partition }, 'queue'))
    this.renewal = setInterval(() => this.renew(), options.jobLockMs / 3)
  }

  start(): void {
    this.parts.arrivals.add(this.parts.partition)
    this.ended = this.run()
  }

  get agentCount(): number {
    return this.state?.agentCount ?? 0
  }

  /** How long it has waited for the other partitions where an epoch ends, in ms. */
  get epochWaitMs(): number {
    return this.waitsSinceMs === undefined ? 0 : performance.now() - this.waitsSinceMs
  }

  /** Finishes what was begun, writes it, and lets go. */
  async leave(): Promise<void> {
    this.isLeaving = true
    this.parts.arrivals.wake(this.parts.partition)
    await this.ended
  }

  /** Lets go at once of what is no longer ours. */
  async abandon(): Promise<void> {
    this.isLost = true
    this.isLeaving = true
    this.parts.arrivals.wake(this.parts.partition)
    await this.ended
  }

  private async run(): Promise<void> {
    const { partition, log } = this.parts
    let pauseMs = PAUSE_MS_MIN
    try {
      await this.worker.waitUntilReady()
      await this.worker.startStalledCheckTimer()
      log.debug({ partition }, 'partition claimed')
      while (!this.isLeaving) {
        try {
          await this.step()
          pauseMs = PAUSE_MS_MIN
          this.trouble = undefined
        } catch (error) {
          if (error === LEFT || this.isLost || !this.passes(error)) break
          if (error instanceof PoisonedEvent) {
            log.error(
              { err: error.cause, partition, number: error.number },
              'an event is set aside',
            )
            this.poison = error
            continue
          }
          this.trouble = error instanceof Error ? error.message : String(error)
          log.warn({ err: error, partition }, 'the partition begins again from what is written')
          await sleep(pauseMs)
          pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)
        }
      }
    } catch (error) {
      if (!this.isLeaving) {
        log.warn({ err: error, partition }, 'the partition was not begun')
        this.parts.ended()
      }
    }
    await this.close()
  }

  /** Whether to try again. Memory is dropped in any case: what counts is what is written. */
  private passes(error: unknown): boolean {
    const { metrics, lost, failed } = this.parts
    this.state = undefined
    if (error instanceof PoisonedEvent) return true
    if (!(error instanceof EngineError)) {
      metrics.commits.inc({ outcome: 'failed' })
      return true
    }
    if (error.code === 'PARTITION_LOST') {
      metrics.commits.inc({ outcome: 'lost' })
      this.isLost = true
      lost()
      return false
    }
    if (error.retry) return true
    failed(error)
    return false
  }

  private async step(): Promise<void> {
    const { engine, options, samplesMax } = this.parts
    const { agentsInMemoryMax, snapshots } = options
    const since = this.parts.transactions.breaks
    if (this.state === undefined || this.since !== since) {
      this.since = since
      this.hand.clear()
      this.state = await PartitionState.load(
        { ...this.parts, since },
        { ...engine, agentsInMemoryMax, snapshots, samplesMax },
        (epoch) => this.knownAfter(epoch),
      )
      await this.takeOver()
    }
    await this.fetch(this.state)
    // What came over another connection is not for a state that was read before.
    if (this.parts.transactions.breaks !== this.since) return
    const jobs = this.inOrder(this.state)
    if (jobs.length > 0) await this.work(this.state, jobs)
  }

  /** Takes into hand what is under way: jobs of a holder before us, and those whose answer was lost. */
  private async takeOver(): Promise<void> {
    const { client, token, options } = this.parts
    const ids = await client.lrange(this.worker.toKey('active'), 0, -1)
    for (const id of ids) {
      const job = await Job.fromId(this.worker, id)
      if (job === undefined) continue // done by now
      await client.set(this.worker.toKey(`${id}:lock`), token, 'PX', options.jobLockMs)
      job.token = token
      this.hand.set((job.data as EventJob).order, job)
    }
  }

  /** Waits for a job, then takes along what else waits, up to a commit's worth. */
  private async fetch(state: PartitionState): Promise<void> {
    let events = this.eventsInHand()
    let job = await this.next()
    if (job === undefined && !this.hand.has(state.done + 1)) {
      await this.parts.arrivals.wait(this.parts.partition)
      job = await this.next()
    }
    while (job !== undefined) {
      this.hand.set((job.data as EventJob).order, job)
      events += (job.data as EventJob).events.length
      const isFull =
        events >= this.parts.options.eventsPerCommitMax || this.hand.size >= JOBS_IN_HAND_MAX
      if (this.isLeaving || (isFull && this.hand.has(state.done + 1))) return
      job = await this.next()
    }
  }

  private eventsInHand(): number {
    let events = 0
    for (const job of this.hand.values()) events += (job.data as EventJob).events.length
    return events
  }

  private next(): Promise<Job | undefined> {
    return this.worker.getNextJob(this.parts.token, { block: false })
  }

  /**
   * The jobs in hand whose turn it is, as far as their agents fit into memory; those done before are
   * completed on the way.
   */
  private inOrder(state: PartitionState): Job[] {
    const jobs: Job[] = []
    for (const [order, job] of [...this.hand]) if (order <= state.done) this.complete(order, job)
    const { agentsInMemoryMax } = this.parts.options
    const isFew = this.eventsInHand() <= agentsInMemoryMax
    const agents = new Set<string>()
    for (let order = state.done + 1; this.hand.has(order); order++) {
      const job = this.hand.get(order)! // as the loop asks
      if (!isFew) for (const event of (job.data as EventJob).events) agents.add(agentKey(event))
      if (jobs.length > 0 && agents.size > agentsInMemoryMax) break
      jobs.push(job)
    }
    if (jobs.length > 0 || this.hand.size === 0) this.gapSinceMs = undefined
    else this.bridge(state)
    return jobs
  }

  /** A job that should come before those in hand is with a worker that died, or is gone for good. */
  private bridge(state: PartitionState): void {
    const { options, partition, log, metrics } = this.parts
    const nowMs = performance.now()
    this.gapSinceMs ??= nowMs
    if (nowMs - this.gapSinceMs < GAP_LOCKS_MAX * options.jobLockMs) return
    const next = Math.min(...this.hand.keys())
    const missing = next - state.done - 1
    metrics.jobsMissing.inc(missing)
    log.error({ partition, missing, next }, 'jobs are missing in Redis; their events are lost')
    state.skip(next - 1)
    this.gapSinceMs = undefined
  }

  private async work(state: PartitionState, jobs: readonly Job[]): Promise<void> {
    const data = jobs.map((job) => job.data as EventJob)
    await state.prepare(data.flatMap(({ events }) => events))
    const steps: Step[] = []
    for (const [nth, job] of data.entries()) {
      const { first, at, events, upTo, isPast, act } = job
      const step = beginStep('score', {
        after: job.traces,
        attributes: {
          'perimeter.partition': this.parts.partition,
          'perimeter.events': events.length,
        },
      })
      steps.push(step)
      state.begin({ acceptedMs: jobs[nth]!.timestamp, traceparent: step.traceparent })
      for (const [index, event] of events.entries()) {
        const number = first + at[index]! // as many offsets as events
        if (state.isDone(number)) continue
        while (state.endsBefore(number)) await this.endEpoch(state)
        const poison = this.poison?.number === number ? this.poison : undefined
        state.take(number, event, isPast, poison)
        if (poison !== undefined) await this.timed(() => state.commit(), state)
      }
      while (upTo !== undefined && state.endsBefore(upTo)) await this.endEpoch(state)
      if (act?.kind === 'replace') await state.replace(act)
      if (act?.kind === 'join') {
        await state.join()
        await state.prepare(data.slice(nth + 1).flatMap((later) => later.events))
      }
      state.finish(job)
    }
    const commit = beginStep('commit', { after: steps.flatMap((step) => step.traceparent ?? []) })
    await this.timed(() => state.commit(), state).finally(() => {
      for (const step of [commit, ...steps]) step.end()
    })
    state.trim()
    for (const [at, job] of jobs.entries()) {
      const waitedMs = Math.max(0, Date.now() - job.timestamp) // by the clocks of two machines
      if (data[at]!.isPast !== true) this.parts.metrics.scoreSeconds.observe(waitedMs / 1_000)
      this.complete(data[at]!.order, job)
    }
  }

  private async endEpoch(state: PartitionState): Promise<void> {
    // What was written is told before the others are waited for: that may be cut short.
    await this.timed(() => state.endEpoch(), state)
    this.parts.metrics.epochs.inc()
    await state.beginEpoch((epoch) => this.knownAfter(epoch))
  }

  private async timed(write: () => Promise<Committed>, state: PartitionState): Promise<void> {
    const { metrics, committed } = this.parts
    metrics.commitEvents.observe(state.uncommitted)
    const end = metrics.commitSeconds.startTimer()
    const what = await write()
    end()
    metrics.commits.inc({ outcome: 'done' })
    metrics.events.inc({ outcome: 'scored' }, what.scored)
    metrics.events.inc({ outcome: 'learned' }, what.learned)
    metrics.events.inc({ outcome: 'duplicate' }, what.duplicates)
    metrics.events.inc({ outcome: 'quarantined' }, what.quarantined)
    metrics.agentDays.inc(what.days)
    metrics.oddAgentDays.inc(what.oddDays)
    for (const { severity, revision } of what.alerts) {
      metrics.alerts.inc({ severity, kind: revision === 1 ? 'new' : 'grown' })
    }
    committed(what)
  }

  private async knownAfter(epoch: number): Promise<Known> {
    const end = this.parts.metrics.epochWaitSeconds.startTimer()
    this.waitsSinceMs = performance.now()
    for (;;) {
      const known = await this.parts.epochs.knownAfter(epoch)
      if (known !== undefined) {
        end()
        this.waitsSinceMs = undefined
        this.tellModel(known.model?.saved.version ?? 'none')
        return known
      }
      if (this.isLeaving) throw LEFT
      await sleep(EPOCH_POLL_MS)
    }
  }

  private tellModel(version: string): void {
    const { modelInUse } = this.parts.metrics
    modelInUse.reset()
    modelInUse.set({ version }, 1)
  }

  /** Not waited for: a job that is not completed comes again, and is then found done. */
  private complete(order: number, job: Job): void {
    this.hand.delete(order)
    job.moveToCompleted(null, this.parts.token, false).catch((error) => {
      if (!this.isLost) this.parts.log.debug({ err: error }, 'a job that is done comes again')
    })
  }

  private renew(): void {
    for (const job of this.hand.values()) {
      job.extendLock(this.parts.token, this.parts.options.jobLockMs).catch(() => {
        // It is handed out again then, which does no harm.
      })
    }
  }

  private async close(): Promise<void> {
    clearInterval(this.renewal)
    if (!this.isLost) {
      for (const job of this.hand.values()) {
        await job.moveToWait(this.parts.token).catch(() => {}) // or it comes again later
      }
    }
    this.hand.clear()
    this.state = undefined
    await this.worker.close(true).catch(() => {})
    this.parts.arrivals.remove(this.parts.partition)
    this.parts.log.debug({ partition: this.parts.partition }, 'partition left')
  }
}
