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
import { settledFrom } from '../scoring/settled.ts'

export interface ReplayOptions extends EngineOptions {
  readonly partitions: number
}

export class Replay {
  readonly engines: readonly Engine[]
  private readonly known: Knowledge = new Map()
  /** What the epoch before the current one gathered: it becomes known when the current one ends. */
  private pending: Knowledge[] = []
  /** By agent: it is found faster than worked out. */
  private readonly engineOf = new Map<string, Engine>()
  private number = 0
  private epoch = 0

  constructor(options: ReplayOptions) {
    this.engines = Array.from({ length: options.partitions }, () => new Engine(options, this.known))
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

  /**
   * Where history ends and judging begins: joins it to the agents' present, and goes on at a number
   * from which everything gathered so far is known.
   */
  settle(): void {
    const number = settledFrom(this.number)
    for (; this.epoch < epochOf(number); this.epoch++) this.endEpoch()
    this.number = number
    for (const engine of this.engines) for (const key of [...engine.past.keys()]) engine.join(key)
  }

  private endEpoch(): void {
    mergeKnowledge(this.known, this.pending)
    reuse(this.pending)
    this.pending = this.engines.map((engine) => engine.handIn())
  }
}
