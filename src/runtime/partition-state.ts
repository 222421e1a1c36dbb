/**
 * Partition state: the engine of one partition, and what it has changed since the latest commit.
 *
 * It is the live twin of `offline/replay.ts`: it ends epochs at the same numbers and goes on with the
 * same knowledge, so that both give the same verdicts.
 */
import type { AgentState } from '../alert/agent-state.ts'
import type { Alert } from '../alert/alert.ts'
import { agentKey, Engine, type EngineOptions, type Mode } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { epochOf, groupsOf, type Knowledge } from '../scoring/knowledge.ts'
import type { DeadLetter } from './dead-letters.ts'
import {
  commit,
  type JournaledSeen,
  loadAgents,
  loadPartition,
  type PartitionPlace,
  type Position,
} from './partition-store.ts'

const LIVE: Mode = { isAlerting: true, frozenMs: undefined }

/** What a commit came to. */
export interface Committed {
  readonly scored: number
  readonly duplicates: number
  readonly quarantined: number
  readonly alerts: readonly Alert[]
}

export class PartitionState {
  private readonly place: PartitionPlace
  private readonly engine: Engine
  private readonly seen: JournaledSeen
  private readonly agentsMax: number
  /** What is written. */
  private written: Position
  private number: number
  private order: number
  private epoch: number
  /** Agents whose state cannot be read; their events are set aside until it can. */
  private readonly broken = new Map<string, EngineError>()
  private readonly touched = new Set<string>()
  private readonly groups = new Set<string>()
  /** Agents that acted since the latest `trim`. */
  private readonly acted = new Set<string>()
  private alerts: Alert[] = []
  private letters: DeadLetter[] = []
  private counts = { scored: 0, duplicates: 0 }

  private constructor(
    place: PartitionPlace,
    engine: Engine,
    seen: JournaledSeen,
    position: Position,
    agentsMax: number,
  ) {
    this.place = place
    this.engine = engine
    this.seen = seen
    this.written = position
    this.number = position.number
    this.order = position.order
    this.epoch = position.epoch
    this.agentsMax = agentsMax
  }

  /** `knownAfter` waits until the knowledge of an epoch is there. */
  static async load(
    place: PartitionPlace,
    options: EngineOptions & { readonly agentsInMemoryMax: number },
    knownAfter: (epoch: number) => Promise<Knowledge>,
  ): Promise<PartitionState> {
    const { position, seen, gathered } = await loadPartition(place)
    const known = await knownAfter(position.epoch - 2)
    const engine = new Engine(options, known, seen)
    engine.gathered = gathered
    return new PartitionState(place, engine, seen, position, options.agentsInMemoryMax)
  }

  /** The job that is done latest; the next one has the order after it. */
  get done(): number {
    return this.order
  }

  get agentCount(): number {
    return this.engine.agents.size
  }

  get uncommitted(): number {
    return this.counts.scored + this.counts.duplicates + this.letters.length
  }

  /** Reads the agents of events that are about to be taken, where they are not in memory. */
  async prepare(events: readonly Event[]): Promise<void> {
    const missing = new Set<string>()
    for (const event of events) {
      const key = agentKey(event)
      if (!this.engine.agents.has(key)) missing.add(key)
    }
    if (missing.size === 0) return
    for (const [key, state] of await loadAgents(this.place, [...missing])) {
      if (state instanceof EngineError) this.broken.set(key, state)
      else {
        this.engine.agents.set(key, state)
        this.broken.delete(key)
      }
    }
  }

  /** Whether an event that has this number is done; a job may be resumed in its middle. */
  isDone(number: number): boolean {
    return number < this.number
  }

  /** Whether an epoch ends before the event with this number. */
  endsBefore(number: number): boolean {
    return epochOf(number) > this.epoch
  }

  take(number: number, event: Event): void {
    this.number = number + 1
    const key = agentKey(event)
    const broken = this.broken.get(key)
    if (broken !== undefined) {
      this.setAside(event, broken)
      return
    }
    try {
      const verdict = this.engine.take(event, LIVE, key)
      if (verdict === undefined) {
        this.counts.duplicates++
        return
      }
      this.counts.scored++
      if (verdict.alert !== undefined) this.alerts.push(verdict.alert)
    } catch (error) {
      this.setAside(event, error)
    }
    this.touched.add(key)
    for (const group of groupsOf(event.tenant, event.agent.blueprint)) this.groups.add(group)
  }

  /** A job is done, all its events and its marker. */
  finish(order: number): void {
    this.order = order
  }

  /**
   * Hands in what was gathered in the epoch, writes all that was done so far, and goes on with what
   * was known when the epoch before it ended: its last shares are in by then, or will be soon.
   */
  async endEpoch(knownAfter: (epoch: number) => Promise<Knowledge>): Promise<Committed> {
    const epoch = this.epoch++
    const committed = await this.commit({ epoch, share: this.engine.handIn() })
    this.engine.adopt(await knownAfter(epoch - 1))
    return committed
  }

  async commit(ended?: { epoch: number; share: Knowledge }): Promise<Committed> {
    const agents = new Map<string, AgentState>()
    for (const key of this.touched) {
      const state = this.engine.agents.get(key)
      if (state !== undefined) agents.set(key, state)
    }
    const gathered: Knowledge = new Map()
    for (const key of this.groups) {
      const group = this.engine.gathered.get(key)
      if (group !== undefined) gathered.set(key, group)
    }
    const { number, order, epoch, alerts, letters } = this
    const position = { number, order, epoch, generation: this.seen.generation }
    const seen = this.seen.takeFresh()
    const effects = { position, agents, seen, gathered, ended, alerts, letters }
    await commit(this.place, this.written, effects)
    this.written = position
    const committed = { ...this.counts, quarantined: letters.length, alerts }
    this.counts = { scored: 0, duplicates: 0 }
    this.alerts = []
    this.letters = []
    this.groups.clear()
    for (const key of this.touched) this.acted.add(key)
    this.touched.clear()
    return committed
  }

  /** Between two batches: keeps in memory the agents that acted latest; all are written. */
  trim(): void {
    const { agents } = this.engine
    for (const key of this.acted) {
      const state = agents.get(key)
      if (state === undefined) continue
      agents.delete(key)
      agents.set(key, state) // now the last in the order of the map
    }
    this.acted.clear()
    for (const key of agents.keys()) {
      if (agents.size <= this.agentsMax) return
      agents.delete(key)
    }
  }

  private setAside(event: Event, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const code = error instanceof EngineError ? error.code : 'INTERNAL'
    this.letters.push({ kind: 'event', atMs: Date.now(), code, reason, event })
  }
}
