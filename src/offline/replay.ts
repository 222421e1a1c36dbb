/**
 * Replay: a stream of events through every partition of the engine, in one process and in order.
 *
 * It cuts the stream into epochs where a live run does, so that the two give the same verdicts.
 */
import {
  agentKey,
  Engine,
  type EngineOptions,
  type Mode,
  partitionOf,
  type Verdict,
} from '../engine.ts'
import type { Event } from '../event/event.ts'
import { epochOf, type Knowledge, mergeKnowledge, reuse } from '../scoring/knowledge.ts'

export interface ReplayOptions extends EngineOptions {
  readonly partitions: number
}

/** Where a replay begins, if not with the first event of a stream. */
export interface ReplayStart {
  readonly known: Knowledge
  /** How many events of the stream came before. */
  readonly number: number
}

export class Replay {
  readonly engines: readonly Engine[]
  readonly known: Knowledge
  /** What the epoch before the current one gathered: it becomes known when the current one ends. */
  private pending: Knowledge[] = []
  /** By agent: it is found faster than worked out. */
  private readonly engineOf = new Map<string, Engine>()
  private number: number
  private epoch: number

  constructor(options: ReplayOptions, { known, number }: ReplayStart = beginning()) {
    this.known = known
    this.number = number
    this.epoch = epochOf(number)
    this.engines = Array.from({ length: options.partitions }, () => new Engine(options, known))
  }

  /** How many events it has been given. */
  get taken(): number {
    return this.number
  }

  take(event: Event, mode: Mode): Verdict | undefined {
    const epoch = epochOf(this.number++)
    if (epoch !== this.epoch) this.endEpoch()
    this.epoch = epoch
    const key = agentKey(event)
    return this.engineFor(key).take(event, mode, key)
  }

  /** The engine that has, or will have, the agent with this key. */
  engineFor(key: string): Engine {
    let engine = this.engineOf.get(key)
    if (engine === undefined) {
      engine = this.engines[partitionOf(key, this.engines.length)]! // one of them by construction
      this.engineOf.set(key, engine)
    }
    return engine
  }

  /** Makes everything gathered so far known at once: where history ends and judging begins. */
  settle(): void {
    this.endEpoch()
    this.endEpoch()
  }

  private endEpoch(): void {
    mergeKnowledge(this.known, this.pending)
    reuse(this.pending)
    this.pending = this.engines.map((engine) => engine.handIn())
  }
}

const beginning = (): ReplayStart => ({ known: new Map(), number: 0 })
