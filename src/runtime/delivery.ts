/**
 * Delivery: takes alerts from the queue of each sink to the sink.
 *
 * A sink has a queue of its own, so that one that is down holds up no other and nobody gets an alert
 * again because another failed. The alerts of one agent leave in the order they were raised: those behind
 * one that is being tried again wait for it; see `lanes.ts`. A sink that fails on and on is left alone for
 * a while, and so is one that asks for it; see `pace.ts`.
 */
import { DelayedError, Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Alert } from '../alert/alert.ts'
import type { FailureCode } from '../errors.ts'
import type { Attempt, Delivery as Outcome, Sink } from '../sinks/sink.ts'
import { closeClient, closeWorker, openClient, type RuntimeLog } from './connection.ts'
import { keepDeadLetters } from './dead-letters.ts'
import { type Keys, sinkQueueName } from './keys.ts'
import { awaitTurn, hasLeft, laneOf, passTurn } from './lanes.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { DeliveryOptions } from './options.ts'
import { PAUSE_MS_MAX, Pace } from './pace.ts'
import type { RedisAddress } from './redis-address.ts'
import { beginStep } from './tracing.ts'

/** For the attempts under way when it closes; then they are cut, and made again later. */
const CLOSE_MS_MAX = 5_000
export interface DeliveryParts {
  readonly address: RedisAddress
  readonly keys: Keys
  readonly sinks: readonly Sink[]
  readonly options: DeliveryOptions
  /** After so long without a sign of life an attempt is made again by another worker. */
  readonly jobLockMs: number
  readonly metrics: RuntimeMetrics
  readonly log: RuntimeLog
}

/** The queue tries again, not before the time that was asked for. */
class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly afterMs: number

  constructor(reason: string, afterMs: number) {
    super(reason)
    this.afterMs = afterMs
  }
}

export class Delivery {
  private readonly parts: DeliveryParts
  private readonly client: Redis
  private readonly workers: readonly Worker[]
  private readonly cut = new AbortController()
  /** By sink. */
  private readonly paces: ReadonlyMap<string, Pace>
  /** An alert that had to wait for longer has had its time. */
  private readonly waitMsMax: number

  constructor(parts: DeliveryParts) {
    this.parts = parts
    this.client = openClient(parts.address, parts.log)
    const { retryMs, pauseAfter: failuresMax, pauseMs } = parts.options
    this.waitMsMax = retryMs.reduce((sum, ms) => sum + ms, PAUSE_MS_MAX)
    this.paces = new Map(
      parts.sinks.map(({ name, rate }) => [name, new Pace({ failuresMax, pauseMs }, rate)]),
    )
    this.workers = parts.sinks.map((sink) => this.workerFor(sink))
  }

  /** Finishes the attempts under way. The sinks stay the caller's to close. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.cut.abort(), CLOSE_MS_MAX)
    await Promise.all(this.workers.map((worker) => closeWorker(worker, this.client)))
    clearTimeout(timer)
    closeClient(this.client)
  }

  private workerFor(sink: Sink): Worker {
    const { keys, options, jobLockMs, log } = this.parts
    const worker: Worker<Alert> = new Worker<Alert>(
      sinkQueueName(sink.name),
      (job, token) => this.turn(worker, sink, job, token),
      {
        connection: this.client,
        prefix: keys.root,
        concurrency: Math.max(options.concurrency, sink.batch?.alerts ?? 1),
        lockDuration: jobLockMs, // renewed while an attempt lasts
        stalledInterval: jobLockMs / 2,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        settings: {
          backoffStrategy: (attemptsMade, _type, error) => {
            const plannedMs = options.retryMs[attemptsMade - 1] ?? 0
            return error instanceof RetryLater ? Math.max(plannedMs, error.afterMs) : plannedMs
          },
        },
      },
    )
    worker.on('error', (error) => log.debug({ err: error, sink: sink.name }, 'sink queue'))
    return worker
  }

  /** Delivers in the order of the agent's alerts, or sets aside; throws where it is to be tried later. */
  private async turn(
    queue: Worker<Alert>,
    sink: Sink,
    job: Job<Alert>,
    token: string | undefined,
  ): Promise<void> {
    const lane = laneOf(this.parts.keys, sink.name, job.data)
    const parts = { client: this.client, lane, jobOf: (id: string) => Job.fromId(queue, id) }
    if (await hasLeft(parts, job)) return
    await awaitTurn(parts, job, token)
    if (!(sink.wants?.(job.data) ?? true)) {
      this.parts.metrics.deliveries.inc({ sink: sink.name, outcome: 'unwanted' })
    } else if (await this.awaitPace(sink, job, token)) await this.deliver(sink, job)
    await passTurn(parts, job)
  }

  /**
   * Whether the alert may go; it is set aside where it has waited too long. Where it has to wait, puts
   * it back and throws what BullMQ wants to be thrown then.
   */
  private async awaitPace(sink: Sink, job: Job<Alert>, token: string | undefined) {
    const nowMs = Date.now()
    const waitMs = this.paces.get(sink.name)!.admit(nowMs) // every sink has one
    if (waitMs === 0) return true
    if (nowMs - job.timestamp > this.waitMsMax) {
      const reason = 'it has waited as long as an alert may while the sink was paused'
      await this.giveUp(sink, job.data, 'SINK_UNREACHABLE', reason)
      return false
    }
    await job.moveToDelayed(nowMs + waitMs, token)
    throw new DelayedError()
  }

  private async deliver(sink: Sink, job: Job<Alert>): Promise<void> {
    const { metrics, log, options } = this.parts
    const alert = job.data
    const number = job.attemptsMade + 1
    const end = metrics.deliverySeconds.startTimer({ sink: sink.name })
    const step = beginStep('deliver', {
      after: followedBy(job),
      attributes: { 'perimeter.sink': sink.name, 'perimeter.attempt': number },
    })
    const { traceparent } = step
    const about = { sink: sink.name, alert: alert.id, revision: alert.revision, attempt: number }
    const noticed = (what: string) => log.warn({ ...about, what }, 'not sent as configured')
    const how = { number, signal: this.cut.signal, traceparent, noticed }
    const outcome = await attempt(sink, alert, how)
    this.notePace(sink, outcome)
    const isDelivered = outcome.kind === 'delivered'
    step.end({ 'perimeter.outcome': outcome.kind }, isDelivered ? undefined : outcome.kind)
    end()
    if (outcome.kind === 'delivered') {
      metrics.deliveries.inc({ sink: sink.name, outcome: 'delivered' })
      const takenMs = Math.max(0, Date.now() - job.timestamp)
      metrics.alertSeconds.observe({ sink: sink.name }, takenMs / 1_000)
      log.debug(about, 'alert delivered')
      return
    }
    const { reason } = outcome
    if (outcome.kind === 'retry' && number <= options.retryMs.length) {
      metrics.deliveries.inc({ sink: sink.name, outcome: 'retry' })
      log.warn({ ...about, reason: loggedReason(reason) }, 'alert not delivered yet')
      throw new RetryLater(reason, outcome.afterMs ?? 0)
    }
    const isRefused = outcome.kind === 'refused'
    metrics.deliveries.inc({ sink: sink.name, outcome: isRefused ? 'refused' : 'exhausted' })
    await this.giveUp(sink, alert, isRefused ? 'SINK_REFUSED' : 'SINK_UNREACHABLE', reason, number)
  }

  private notePace(sink: Sink, outcome: Outcome): void {
    const { log } = this.parts
    const change = this.paces.get(sink.name)!.note(outcome, Date.now())
    if (change === 'paused') log.warn({ sink: sink.name }, 'sink left alone for a while')
    if (change === 'flowing') log.info({ sink: sink.name }, 'sink takes alerts again')
  }

  /** Sets the alert aside, and says so. */
  private async giveUp(
    sink: Sink,
    alert: Alert,
    code: FailureCode,
    reason: string,
    attempt = 0,
  ): Promise<void> {
    const about = { sink: sink.name, alert: alert.id, revision: alert.revision, attempt }
    this.parts.log.error(
      { ...about, reason: loggedReason(reason) },
      'alert not delivered; it is among the dead letters',
    )
    const letter = {
      kind: 'alert',
      atMs: Date.now(),
      sink: sink.name,
      code,
      reason,
      alert,
    } as const
    const pipeline = this.client.pipeline()
    keepDeadLetters(pipeline, this.parts.keys, [letter])
    await pipeline.exec()
  }
}

/** What a receiver answers may quote the alert: that is for the dead letters, the status for a log. */
function loggedReason(reason: string): string {
  return /^HTTP \d{3}/.exec(reason)?.[0] ?? reason
}

/** The alert's step, as the commit wrote it. */
function followedBy({ opts }: Job<Alert>): string[] {
  const { traceparent } = JSON.parse(opts.telemetry?.metadata ?? '{}') as { traceparent?: string }
  return traceparent === undefined ? [] : [traceparent]
}

/** A sink does not throw; one that does all the same is asked again. */
async function attempt(sink: Sink, alert: Alert, how: Attempt): Promise<Outcome> {
  try {
    return await sink.send(alert, how)
  } catch (error) {
    return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) }
  }
}
