/**
 * Replay: a stream of events through every partition of the engine, in one process and in order.
 *
 * It cuts the stream into epochs where a live run does, so that the two give the same verdicts. Where
 * an epoch ends, agents of which nothing is heard any more are looked after.
 */

import type { Registry } from '../agent/registry.ts'
import { type AgentState, loadState, type SavedState, saveState } from '../alert/agent-state.ts'
import type { Alert } from '../alert/alert.ts'
import { clockOf } from '../alert/overdue.ts'
import type { Model } from '../detectors/autoencoder/model.ts'
import {
  agentKey,
  Engine,
  type EngineOptions,
  type Mode,
  partitionOf,
  type Verdict,
} from '../engine.ts'
import type { Event } from '../event/event.ts'
import { Seen } from '../event/seen.ts'
import { bytesOf, doublesOf } from '../math/bytes.ts'
import {
  epochOf,
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  reuse,
  type SavedKnowledge,
  saveKnowledge,
} from '../scoring/knowledge.ts'
import { settledFrom } from '../scoring/settled.ts'
import { addDue, type Due, loadDue, type SavedDue, saveDue, takeDue } from './due.ts'

export interface ReplayOptions extends EngineOptions {
  readonly partitions: number
  /**
   * Models that a live run went over to, by the epoch whose knowledge each went with, earliest first;
   * see `perimeter models list --json`. @default none: `model` all the way
   */
  readonly activations?: readonly ModelActivation[] | undefined
  /** The same of registries. @default none: `registry` all the way */
  readonly registries?: readonly RegistryActivation[] | undefined
}

export interface ModelActivation {
  readonly epoch: number
  /** Undefined for none. */
  readonly model: Model | undefined
}

export interface RegistryActivation {
  readonly epoch: number
  /** Undefined for none. */
  readonly registry: Registry | undefined
}

export class Replay {
  engines: readonly Engine[]
  private readonly known: Knowledge = new Map()
  /** What the epoch before the current one gathered: it becomes known when the current one ends. */
  private pending: Knowledge[] = []
  /** By agent: it is found faster than worked out. */
  private readonly engineOf = new Map<string, Engine>()
  /** By partition, the agents that are to be looked after. */
  private due: readonly Due[]
  private overdue: Alert[] = []
  private number = 0
  private epoch = 0
  private readonly options: Pick<ReplayOptions, 'model' | 'activations' | 'registry' | 'registries'>

  constructor(options: ReplayOptions) {
    this.options = options
    this.engines = Array.from({ length: options.partitions }, () => new Engine(options, this.known))
    this.due = this.engines.map(() => new Map())
  }

  take(event: Event, mode: Mode): Verdict | undefined {
    const epoch = epochOf(this.number++)
    // A present that is never alerted on is only learned from.
    if (epoch !== this.epoch) this.endEpoch(mode.isAlerting || mode.isApart === true)
    this.epoch = epoch
    const key = agentKey(event)
    return this.engineFor(key).take(event, mode, key)
  }

  /** The alerts on agents of which nothing is heard any more, since it was last asked. */
  takeOverdue(): readonly Alert[] {
    const { overdue } = this
    if (overdue.length > 0) this.overdue = []
    return overdue
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
    for (; this.epoch < epochOf(number); this.epoch++) this.endEpoch(true)
    this.number = number
    for (const engine of this.engines) for (const key of [...engine.past.keys()]) engine.join(key)
  }

  /** What tenants and blueprints have in common, as it is known by now. */
  get knowledge(): Knowledge {
    return this.known
  }

  /** Everything it has learned, to go on with later. */
  save(): SavedReplay {
    return {
      partitions: this.engines.length,
      number: this.number,
      epoch: this.epoch,
      known: saveKnowledge(this.known),
      pending: this.pending.map(saveKnowledge),
      engines: this.engines.map(saveEngine),
      due: this.engines.map((engine, at) => saveDue(this.list(engine, at))),
    }
  }

  /** Goes on from what `save` answered. Throws MEMORY_NEWER, MEMORY_INVALID. */
  static load(options: Omit<ReplayOptions, 'partitions'>, saved: SavedReplay): Replay {
    const replay = new Replay({ ...options, partitions: saved.partitions })
    replay.number = saved.number
    replay.epoch = saved.epoch
    for (const [key, group] of loadKnowledge(saved.known)) replay.known.set(key, group)
    replay.pending = saved.pending.map(loadKnowledge)
    const before = saved.epoch - 2
    const its = {
      ...options,
      model: replay.modelAfter(before),
      registry: replay.registryAfter(before),
    }
    replay.engines = saved.engines.map((engine) => loadEngine(its, replay.known, engine))
    if (saved.due !== undefined) replay.due = saved.due.map(loadDue)
    return replay
  }

  private endEpoch(isLookedAfter: boolean): void {
    if (isLookedAfter) this.lookAfterAll()
    mergeKnowledge(this.known, this.pending)
    reuse(this.pending)
    this.pending = this.engines.map((engine) => engine.handIn())
    const { activations, registries } = this.options
    if (activations === undefined && registries === undefined) return
    const model = this.modelAfter(this.epoch - 1)
    const registry = this.registryAfter(this.epoch - 1)
    for (const engine of this.engines) engine.adopt(this.known, model, registry)
  }

  /** Looks after the agents whose hour has come, by what is known so far. */
  private lookAfterAll(): void {
    for (const [at, engine] of this.engines.entries()) {
      const due = this.list(engine, at)
      for (const tenantKey of due.keys()) {
        const clockHour = clockOf(this.known.get(tenantKey))
        for (const key of takeDue(due, tenantKey, clockHour)) {
          const { next, alert } = engine.lookAfter(key, clockHour)
          if (next !== undefined) addDue(due, key, next)
          if (alert !== undefined) this.overdue.push(alert)
        }
      }
    }
  }

  /** Puts on the list of a partition whom it awaits by now; answers the list. */
  private list({ awaited }: Engine, at: number): Due {
    const due = this.due[at]! // one for each engine
    for (const [key, clockHour] of awaited) addDue(due, key, clockHour)
    awaited.clear()
    return due
  }

  /** The model that goes with what was known at the end of an epoch. */
  private modelAfter(epoch: number): Model | undefined {
    const { model, activations = [] } = this.options
    const latest = activations.findLast((one) => one.epoch <= epoch)
    return latest === undefined ? model : latest.model
  }

  private registryAfter(epoch: number): Registry | undefined {
    const { registry, registries = [] } = this.options
    const latest = registries.findLast((one) => one.epoch <= epoch)
    return latest === undefined ? registry : latest.registry
  }
}

/** Identities as bytes, 8 each. */
type SavedSeen = readonly [generation: number, older: Uint8Array, newer: Uint8Array]
type SavedLives = readonly (readonly [key: string, state: SavedState])[]

interface SavedEngine {
  readonly agents: SavedLives
  readonly past: SavedLives
  readonly seen: SavedSeen
  readonly seenPast: SavedSeen
  readonly gathered: SavedKnowledge
}

export interface SavedReplay {
  readonly partitions: number
  /** Events taken so far, and the epoch they have come to. */
  readonly number: number
  readonly epoch: number
  readonly known: SavedKnowledge
  readonly pending: readonly SavedKnowledge[]
  readonly engines: readonly SavedEngine[]
  /** Agents that are to be looked after, by partition. Since version 2. */
  readonly due?: readonly SavedDue[]
}

function saveEngine({ agents, past, seen, seenPast, gathered }: Engine): SavedEngine {
  const lives = (states: ReadonlyMap<string, AgentState>): SavedLives =>
    [...states].map(([key, state]) => [key, saveState(state)])
  return {
    agents: lives(agents),
    past: lives(past),
    seen: saveSeen(seen),
    seenPast: saveSeen(seenPast),
    gathered: saveKnowledge(gathered),
  }
}

function loadEngine(options: EngineOptions, known: Knowledge, saved: SavedEngine): Engine {
  const gathered = loadKnowledge(saved.gathered)
  const [seen, seenPast] = [loadSeen(saved.seen), loadSeen(saved.seenPast)]
  const engine = new Engine(options, known, seen, gathered, seenPast)
  for (const [key, state] of saved.agents) engine.agents.set(key, loadState(state))
  for (const [key, state] of saved.past) engine.past.set(key, loadState(state))
  return engine
}

function saveSeen(seen: Seen): SavedSeen {
  const [older, newer] = seen.held()
  return [seen.generation, bytesOf(older), bytesOf(newer)]
}

function loadSeen([generation, older, newer]: SavedSeen): Seen {
  return new Seen(generation, doublesOf(older), doublesOf(newer))
}
