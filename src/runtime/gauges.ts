/** Gauges: what is read off Redis every few seconds, for Prometheus and for those who look from outside. */
import { hostname } from 'node:os'
import type { Redis } from 'ioredis'
import { addDay, blankValidity, validate, WATCHED_TAIL } from '../scoring/validity.ts'
import type { Keys } from './keys.ts'
import { type RuntimeMetrics, TENANTS_SHOWN } from './metrics.ts'
import type { Committed } from './partition-state.ts'
import { progressOf } from './progress.ts'
import { memoryIn } from './redis-info.ts'
import { sinkBacklogs } from './sink-backlogs.ts'
import { ROOM_PER_JOB, roomOfAll } from './tenant-room.ts'
import { keepVitals } from './vitals.ts'

/** So long ago an event counts half in the rate that is told. */
const RATE_HALF_LIFE_S = 3

export interface GaugesParts {
  readonly worker: string
  readonly client: Redis
  readonly keys: Keys
  readonly sinks: readonly string[]
  readonly metrics: RuntimeMetrics
}

/** What the process holds at the moment. */
export interface Held {
  readonly partitions: readonly number[]
  /** Agents in memory. */
  readonly agents: number
}

export class Gauges {
  private readonly parts: GaugesParts
  private readonly sinceMs = Date.now()
  private readonly validity = blankValidity()
  private shown: readonly number[] = []
  private alerts = 0
  private events = 0
  private eventsPerS = 0
  private measuredMs = performance.now()

  constructor(parts: GaugesParts) {
    this.parts = parts
  }

  /** Takes in what a commit came to. */
  count({ scored, learned, duplicates, alerts, days, oddDays }: Committed): void {
    this.events += scored + learned + duplicates
    this.alerts += alerts.length
    for (let day = 0; day < days; day++) {
      addDay(this.validity, day < oddDays ? WATCHED_TAIL : 1)
    }
  }

  /** Brings all of them up to date. Throws what Redis says where it cannot be read or written. */
  async measure({ partitions, agents }: Held): Promise<void> {
    const { worker, client, keys, sinks, metrics } = this.parts
    this.rate()
    metrics.agents.set(agents)
    metrics.partitions.set(partitions.length)
    const { holds } = validate(this.validity)
    metrics.calibrationHolds.set(holds === undefined ? Number.NaN : Number(holds))
    const [progress, waiting, backlogs, letters, memory] = await Promise.all([
      progressOf(client, keys, partitions),
      roomOfAll(client, keys, partitions),
      sinkBacklogs(client, keys, sinks),
      client.llen(keys.deadLetters),
      client.info('memory'),
    ])
    this.forget(partitions)
    for (const { partition, jobs, events, lagMs, agents: known } of progress) {
      metrics.lagJobs.set({ partition }, jobs)
      metrics.lagEvents.set({ partition }, events)
      metrics.lagSeconds.set({ partition }, lagMs / 1_000)
      metrics.agentsKnown.set({ partition }, known)
    }
    metrics.tenantWaiting.reset()
    for (const [tenant, room] of waiting.slice(0, TENANTS_SHOWN)) {
      metrics.tenantWaiting.set({ tenant }, room / ROOM_PER_JOB)
    }
    for (const { sink, waiting } of backlogs) metrics.sinkWaiting.set({ sink }, waiting)
    metrics.deadLetters.set(letters)
    const { used, max } = memoryIn(memory)
    metrics.redisMemory.set(used)
    metrics.redisMemoryMax.set(max)
    await keepVitals(client, keys, {
      ...{ worker, host: hostname(), pid: process.pid, sinceMs: this.sinceMs, partitions, agents },
      eventsPerS: Math.round(this.eventsPerS),
      alerts: this.alerts,
      memoryBytes: process.memoryUsage.rss(),
    })
  }

  private rate(): void {
    const nowMs = performance.now()
    const passedS = (nowMs - this.measuredMs) / 1_000
    const kept = 0.5 ** (passedS / RATE_HALF_LIFE_S)
    this.eventsPerS = kept * this.eventsPerS + (1 - kept) * (this.events / passedS)
    this.measuredMs = nowMs
    this.events = 0
  }

  /** A partition that went to another worker is told of there. */
  private forget(held: readonly number[]): void {
    const { lagJobs, lagEvents, lagSeconds, agentsKnown } = this.parts.metrics
    for (const partition of this.shown) {
      if (held.includes(partition)) continue
      for (const gauge of [lagJobs, lagEvents, lagSeconds, agentsKnown]) gauge.remove({ partition })
    }
    this.shown = held
  }
}
