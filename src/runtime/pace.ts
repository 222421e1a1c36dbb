/**
 * Pace: when the next alert may go to a sink.
 *
 * - flowing: every alert may go, within the sink's rate. Failures in a row are counted.
 * - paused:  none goes: the receiver has named a time, or too many failed in a row.
 * - trying:  the pause is over, and one alert goes to see. Delivered or refused, it flows again, for the
 *            receiver is there; otherwise it is paused again, for twice as long, up to a bound.
 *
 * A rate is kept as a bucket: as many may go at once as are allowed in its time, and then one for
 * each part of it.
 */
import type { Delivery, Rate } from '../sinks/sink.ts'

/** A receiver is asked again at least so often. */
export const PAUSE_MS_MAX = 600_000

export interface PaceOptions {
  /** Failures in a row upon which it pauses; 0 for never. */
  readonly failuresMax: number
  /** The first pause. */
  readonly pauseMs: number
}

export class Pace {
  private readonly options: PaceOptions
  private readonly rate: Rate | undefined
  private failures = 0
  private pauses = 0
  private pausedUntilMs = 0
  private isTrying = false
  /** When the bucket is full again. */
  private fullAtMs = 0

  constructor(options: PaceOptions, rate: Rate | undefined) {
    this.options = options
    this.rate = rate
  }

  /** 0 where an alert may go now, and then it has to be told what came of it; else ms to wait. */
  admit(nowMs: number): number {
    if (nowMs < this.pausedUntilMs) return this.pausedUntilMs - nowMs
    if (this.pausedUntilMs > 0 && this.isTrying) return this.options.pauseMs
    const waitMs = this.take(nowMs)
    if (waitMs === 0) this.isTrying = this.pausedUntilMs > 0
    return waitMs
  }

  /** Answers whether it has paused, or flows again, by this. */
  note(delivery: Delivery, nowMs: number): 'paused' | 'flowing' | undefined {
    const { isTrying } = this
    const wasPaused = this.pausedUntilMs > 0
    this.isTrying = false
    if (delivery.kind !== 'retry') {
      this.failures = 0
      this.pauses = 0
      this.pausedUntilMs = 0
      return wasPaused ? 'flowing' : undefined
    }
    this.failures++
    const { failuresMax, pauseMs } = this.options
    // Those under way while it paused fail as well, and say nothing new.
    const isTooMany = !wasPaused && failuresMax > 0 && this.failures >= failuresMax
    const isOwn = isTrying || isTooMany
    const ownMs = isOwn ? Math.min(pauseMs * 2 ** this.pauses++, PAUSE_MS_MAX) : 0
    const untilMs = nowMs + Math.max(ownMs, delivery.afterMs ?? 0)
    if (untilMs <= nowMs) return undefined
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs)
    return wasPaused ? undefined : 'paused'
  }

  private take(nowMs: number): number {
    if (this.rate === undefined) return 0
    const { alerts, perMs } = this.rate
    const eachMs = perMs / alerts
    const fullAtMs = Math.max(this.fullAtMs, nowMs) + eachMs
    const waitMs = Math.ceil(fullAtMs - perMs - nowMs)
    if (waitMs > 0) return waitMs
    this.fullAtMs = fullAtMs
    return 0
  }
}
