/**
 * Train: events in, a model of how findings go together out.
 *
 * The events are replayed as `scan` does, without a model. What was found around each odd event is a
 * sample, unless its day was so strange that it is likelier an attack than honest: labels there are none.
 */
import { isTelling, valuesOf } from '../detectors/autoencoder/behaviour.ts'
import { type FitModelOptions, fitModel } from '../detectors/autoencoder/fit-model.ts'
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import { Reservoir } from '../detectors/autoencoder/reservoir.ts'
import { agentKey, type Mode } from '../engine.ts'
import type { Event } from '../event/event.ts'
import { Replay, type ReplayOptions } from './replay.ts'

const DAY_MS = 86_400_000
const LEARNING: Mode = { isAlerting: false, frozenMs: undefined }

/** Gathers samples from one tenant after another, then trains on them all. */
export class Training {
  private readonly seed: number
  private readonly reservoir: Reservoir
  /** The latest day of every agent met. */
  private readonly latestDay = new Map<string, number>()
  private tenants = 0
  private events = 0
  private days = 0

  constructor(seed: number) {
    this.seed = seed
    this.reservoir = new Reservoir(seed)
  }

  /** Answers what takes the events of another tenant, of which nothing is known yet. */
  begin(options: ReplayOptions): (event: Event) => void {
    const tenant = this.tenants++
    const replay = new Replay({ ...options, model: undefined })
    return (event) => {
      const verdict = replay.take(event, LEARNING)
      if (verdict === undefined) return
      const agent = `${tenant} ${agentKey(event)}`
      const day = Math.floor(event.atMs / DAY_MS)
      this.events++
      if (this.latestDay.get(agent) !== day) this.days++
      this.latestDay.set(agent, day)
      const { findings, dayTail } = verdict
      if (!isTelling(findings, dayTail)) return
      const { blueprint } = event.agent
      this.reservoir.offer({ blueprint, agentDay: `${agent} ${day}`, values: valuesOf(findings) })
    }
  }

  /** Trains on all that was taken. Throws TRAINING_IMPOSSIBLE. */
  fit(
    options: Pick<FitModelOptions, 'at' | 'on' | 'isByBlueprint' | 'progress'>,
  ): Promise<SavedModel> {
    const { events, days, seed, reservoir } = this
    return fitModel(reservoir, { ...options, seed, events, days, agents: this.latestDay.size })
  }
}
