/**
 * Partition state: the engine of one partition, and what it has changed since the latest commit.
 *
 * It is the live twin of `offline/replay.ts`: it ends epochs at the same numbers, looks after the same
 * silent agents there, and goes on with the same knowledge, so that both give the same verdicts.
 */
import { pack, unpack } from 'msgpackr'
import { DAY_MS } from '../agent/context.ts'
import { type AgentState, giveBaselines, loadState, saveState } from '../alert/agent-state.ts'
import type { Alert } from '../alert/alert.ts'
import { clockOf } from '../alert/overdue.ts'
import { isTelling } from '../detectors/autoencoder/behaviour.ts'
import { agentKey, Engine, type EngineOptions, type Mode } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { epochOf, type Knowledge } from '../scoring/knowledge.ts'
import { WATCHED_TAIL } from '../scoring/validity.ts'
import type { Audit } from './audit.ts'
import type { DeadLetter } from './dead-letters.ts'
import { Due } from './due.ts'
import type { Known } from './epochs.ts'
import type { Act, EventJob } from './intake.ts'
import {
  type Cause,
  commit,
  type JournaledSeen,
  type Loaded,
  loadAgents,
  loadPartition,
  type PartitionPlace,
  type Position,
  type Raised,
  somePast,
} from './partition-store.ts'
import { Sampling } from './samples.ts'
import type { Snapshot } from './snapshots.ts'
import { addRoom, roomOfJob } from './tenant-room.ts'
import { beginStep } from './tracing.ts'

const LIVE: Mode = { isAlerting: true, frozenMs: undefined }
/** History: learned apart from the present. */
const PAST: Mode = { isAlerting: false, frozenMs: undefined, isApart: true }
/** Agents whose past is joined in one commit. */
const JOINED_PER_COMMIT = 256
/** Agents read at once to look after them. */
const LOOKED_AFTER_PER_READ = 500
/** Hours after which one whose state cannot be read is looked after again. */
const BROKEN_HOURS = 24

/** What a commit came to. */
export interface Committed {
  readonly scored: number
  /** Of history. */
  readonly learned: number
  readonly duplicates: number
  /** Agent-days that ended, and those of them at or below the watched tail; see scoring/validity. */
  readonly days: number
  readonly oddDays: number
  readonly quarantined: number
  readonly alerts: readonly Alert[]
}

/** An event that makes the engine throw: its agent's state is not to be trusted, and is read anew. */
export class PoisonedEvent extends Error {
  override readonly name = 'PoisonedEvent'
  /** Its number in the stream. */
  readonly number: number

  constructor(number: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.number = number
  }
}

export interface PartitionLimits {
  readonly agentsInMemoryMax: number
  /** Days of each agent that can be gone back to. */
  readonly snapshots: number
  /** Samples of behaviour kept of the partition, for training. */
  readonly samplesMax: number
}

export class PartitionState {
  private readonly place: PartitionPlace
  private readonly engine: Engine
  private readonly seen: JournaledSeen
  private readonly seenPast: JournaledSeen
  private readonly agentsMax: number
  private readonly snapshotsMax: number
  private readonly sampling: Sampling
  private readonly due: Due
  /** What is written. */
  private written: Position
  private number: number
  private order: number
  private given: number
  private epoch: number
  /** Agents whose state cannot be read; their events are set aside until it can. */
  private readonly broken = new Map<string, EngineError>()
  private readonly touched = new Set<string>()
  private readonly touchedPast = new Set<string>()
  /** Whether history has told of an agent whose past is not joined yet. */
  private hasPast: boolean
  /** Agents whose past has become their present. */
  private readonly joined = new Set<string>()
  private readonly groups = new Set<string>()
  /** Agents that acted since the latest `trim`. */
  private readonly acted = new Set<string>()
  private raised: Raised[] = []
  private cause: Cause = { acceptedMs: 0, traceparent: undefined }
  private letters: DeadLetter[] = []
  private snapshots: Snapshot[] = []
  private audits: Audit[] = []
  /** What the jobs that are done took of the queue. */
  private room = new Map<string, number>()
  private counts = { scored: 0, learned: 0, duplicates: 0, days: 0, oddDays: 0 }

  private constructor(
    place: PartitionPlace,
    engine: Engine,
    { seen, seenPast, position, hasPast, sampled, dueTenants }: Loaded,
    { agentsInMemoryMax, snapshots, samplesMax }: PartitionLimits,
  ) {
    this.place = place
    this.engine = engine
    this.seen = seen
    this.seenPast = seenPast
    this.hasPast = hasPast
    this.written = position
    this.number = position.number
    this.order = position.order
    this.given = position.given
    this.epoch = position.epoch
    this.agentsMax = agentsInMemoryMax
    this.snapshotsMax = snapshots
    this.sampling = new Sampling(sampled, samplesMax)
    this.due = new Due(place, dueTenants)
  }

  /** `knownAfter` waits until the knowledge of an epoch is there. */
  static async load(
    place: PartitionPlace,
    options: EngineOptions & PartitionLimits,
    knownAfter: (epoch: number) => Promise<Known>,
  ): Promise<PartitionState> {
    const loaded = await loadPartition(place)
    const { knowledge, ...known } = await knownAfter(loaded.position.epoch - 2)
    const { seen, gathered, seenPast } = loaded
    const engine = new Engine({ ...options, ...known }, knowledge, seen, gathered, seenPast)
    return new PartitionState(place, engine, loaded, options)
  }

  /** The job that is done latest; the next one has the order after it. */
  get done(): number {
    return this.order
  }

  get agentCount(): number {
    return this.engine.agents.size
  }

  get uncommitted(): number {
    const { scored, learned, duplicates } = this.counts
    return scored + learned + duplicates + this.letters.length
  }

  /** Reads the agents of events that are about to be taken, where they are not in memory. */
  async prepare(events: readonly Event[]): Promise<void> {
    await this.read(new Set(events.map((event) => agentKey(event))))
  }

  private async read(keys: ReadonlySet<string>): Promise<void> {
    const { agents, past } = this.engine
    const without = (lives: ReadonlyMap<string, AgentState>) =>
      [...keys].filter((key) => !lives.has(key))
    const [present, told] = await Promise.all([
      loadAgents(this.place, without(agents), 'agents'),
      loadAgents(this.place, this.hasPast ? without(past) : [], 'past'),
    ])
    for (const [lives, states] of [
      [agents, present],
      [past, told],
    ] as const) {
      for (const [key, state] of states) {
        if (state instanceof EngineError) this.broken.set(key, state)
        else if (!lives.has(key)) {
          lives.set(key, state)
          this.broken.delete(key)
        }
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

  /** Throws PoisonedEvent; with `poison`, what it threw before, the event is set aside instead. */
  take(number: number, event: Event, isPast = false, poison?: PoisonedEvent): void {
    this.number = number + 1
    const key = agentKey(event)
    const broken = this.broken.get(key) ?? poison?.cause ?? poison
    if (broken !== undefined) {
      this.setAside(event, broken)
      return
    }
    if (!isPast) this.keepSnapshot(key, event.atMs)
    try {
      const verdict = this.engine.take(event, isPast ? PAST : LIVE, key)
      if (verdict === undefined) {
        this.counts.duplicates++
        return
      }
      if (isPast) this.counts.learned++
      else this.counts.scored++
      if (verdict.endedDayTail !== undefined) {
        this.counts.days++
        if (verdict.endedDayTail <= WATCHED_TAIL) this.counts.oddDays++
      }
      if (verdict.alert !== undefined) this.raise(verdict.alert)
      const { findings, dayTail, isWatched } = verdict
      // At first nearly everything is found, and says nothing of what goes together.
      if (isWatched && isTelling(findings, dayTail)) {
        this.sampling.offer(number, event, key, findings)
      }
    } catch (error) {
      throw new PoisonedEvent(number, error)
    }
    if (isPast) {
      this.touchedPast.add(key)
      this.hasPast = true
    } else this.touched.add(key)
    const home = (isPast ? this.engine.past : this.engine.agents).get(key)?.home
    if (home === undefined) return
    this.groups.add(home.tenantKey)
    if (home.blueprintKey !== undefined) this.groups.add(home.blueprintKey)
  }

  /** What follows is the doing of this job. */
  begin(cause: Cause): void {
    this.cause = cause
  }

  /** A job is done, all its events and its marker. */
  finish(job: EventJob): void {
    this.order = job.order
    this.given = job.given ?? this.given
    addRoom(this.room, roomOfJob(job))
  }

  /** The jobs up to this one are lost. */
  skip(order: number): void {
    this.order = order
  }

  /** Looks after silent agents, hands in what was gathered in the epoch, and writes all that was done. */
  async endEpoch(): Promise<Committed> {
    await this.lookAfterAll()
    const epoch = this.epoch++
    const share = this.engine.handIn()
    const committed = await this.commit({ epoch, share })
    const { epochs, partition, transactions, since } = this.place
    // A Redis that came back meanwhile may have lost it.
    if (transactions.breaks === since) epochs.handIn(epoch, partition, share)
    return committed
  }

  /**
   * Begins the epoch with what was known when the one before the latest ended: its last shares are in
   * by then, or will be soon.
   */
  async beginEpoch(knownAfter: (epoch: number) => Promise<Known>): Promise<void> {
    const { knowledge, model, registry } = await knownAfter(this.epoch - 2)
    this.engine.adopt(knowledge, model, registry)
  }

  /** Looks after the agents whose hour has come, by what is known so far. */
  private async lookAfterAll(): Promise<void> {
    this.list()
    const { known } = this.engine
    for (const tenantKey of [...this.due.tenants]) {
      const clockHour = clockOf(known.get(tenantKey))
      if (!this.due.mayBe(tenantKey, clockHour)) continue
      const keys = await this.due.upTo(tenantKey, clockHour)
      for (let at = 0; at < keys.length; at += LOOKED_AFTER_PER_READ) {
        await this.lookAfter(keys.slice(at, at + LOOKED_AFTER_PER_READ), clockHour)
      }
    }
  }

  private async lookAfter(keys: readonly string[], clockHour: number): Promise<void> {
    const { agents, past } = this.engine
    const [absent, untold] = [agents, past].map((lives) => keys.filter((key) => !lives.has(key)))
    await this.read(new Set(keys))
    for (const key of keys) {
      if (this.broken.has(key)) {
        this.due.set(key, clockHour + BROKEN_HOURS)
        continue
      }
      const { next, alert, isChanged } = this.engine.lookAfter(key, clockHour)
      this.due.set(key, next)
      if (alert !== undefined) this.raise(alert)
      if (isChanged) this.touched.add(key)
    }
    // Those of the batch at hand stay; the others were read for this alone.
    for (const key of absent!) if (!this.touched.has(key)) agents.delete(key)
    for (const key of untold!) past.delete(key)
  }

  /** Puts on the list whom the engine awaits by now. */
  private list(): void {
    const { awaited } = this.engine
    for (const [key, clockHour] of awaited) this.due.set(key, clockHour)
    awaited.clear()
  }

  /** Joins what history told of the partition's agents to their present, a part in each commit. */
  async join(): Promise<void> {
    await this.commit()
    for (;;) {
      const keys = await somePast(this.place, JOINED_PER_COMMIT)
      if (keys.length === 0) break
      this.trim()
      await this.read(new Set(keys))
      for (const key of keys) {
        const broken = this.broken.get(key)
        if (broken !== undefined) this.setAside({ agent: key }, broken)
        else this.engine.join(key)
        this.touched.add(key)
        this.joined.add(key)
      }
      await this.commit()
    }
    this.hasPast = false
  }

  /** Gives an agent other baselines; what was there can be gone back to. */
  async replace(act: Extract<Act, { kind: 'replace' }>): Promise<void> {
    const { key, state: saved, id, what, by, why, ofMs } = act
    await this.read(new Set([key]))
    const { agents } = this.engine
    const state = agents.get(key)
    let problem: string | undefined
    try {
      const given = loadState(unpack(Buffer.from(saved, 'base64')))
      if (state === undefined) {
        given.isAwaited = false // by another store, if at all
        agents.set(key, given)
      } else {
        this.snapshots.push({ key, day: 'replaced', state: pack(saveState(state)) })
        giveBaselines(state, given)
      }
      this.broken.delete(key)
      this.touched.add(key)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    this.audits.push({ id, atMs: Date.now(), what, key, ofMs, by, why, problem })
  }

  /** Where the agent's day is over, keeps what it was at its end. */
  private keepSnapshot(key: string, atMs: number): void {
    const state = this.engine.agents.get(key)
    if (this.snapshotsMax === 0 || state === undefined || state.day === 0) return
    if (Math.floor(atMs / DAY_MS) <= state.day) return
    this.snapshots.push({ key, day: state.day, state: pack(saveState(state)) })
  }

  async commit(ended?: { epoch: number; share: Knowledge }): Promise<Committed> {
    const agents = statesOf(this.engine.agents, this.touched)
    const past = statesOf(this.engine.past, this.touchedPast)
    const gathered: Knowledge = new Map()
    for (const key of this.groups) {
      const group = this.engine.gathered.get(key)
      if (group !== undefined) gathered.set(key, group)
    }
    this.list()
    const { number, order, given, epoch, raised, letters, joined, snapshots, audits } = this
    const { generation } = this.seen
    const position = { number, order, given, epoch, generation, past: this.seenPast.generation }
    const seen = this.seen.takeFresh()
    const seenPast = this.seenPast.takeFresh()
    const effects = {
      ...{ position, agents, past, joined, seen, seenPast, gathered, ended },
      due: this.due.take(),
      ...{ raised, letters, audits, snapshots, snapshotsMax: this.snapshotsMax },
      samples: this.sampling.take(),
      room: this.room,
    }
    await commit(this.place, this.written, effects)
    this.written = position
    const committed = {
      ...this.counts,
      quarantined: letters.length,
      alerts: raised.map(({ alert }) => alert),
    }
    this.counts = { scored: 0, learned: 0, duplicates: 0, days: 0, oddDays: 0 }
    this.raised = []
    this.letters = []
    this.snapshots = []
    this.audits = []
    this.room = new Map()
    this.groups.clear()
    this.joined.clear()
    for (const touched of [this.touched, this.touchedPast]) {
      for (const key of touched) this.acted.add(key)
      touched.clear()
    }
    return committed
  }

  /** Between two batches: keeps in memory the agents that acted latest; all are written. */
  trim(): void {
    const { agents, past } = this.engine
    for (const lives of [agents, past]) {
      for (const key of this.acted) {
        const state = lives.get(key)
        if (state === undefined) continue
        lives.delete(key)
        lives.set(key, state) // now the last in the order of the map
      }
      for (const key of lives.keys()) {
        if (lives.size <= this.agentsMax) break
        lives.delete(key)
      }
    }
    this.acted.clear()
  }

  private raise(alert: Alert): void {
    const { acceptedMs, traceparent } = this.cause
    const { id, revision, severity } = alert
    const step = beginStep('alert', {
      after: traceparent === undefined ? [] : [traceparent],
      attributes: { 'perimeter.alert': id, 'perimeter.revision': revision, severity },
    })
    step.end()
    this.raised.push({ alert, acceptedMs, traceparent: step.traceparent })
  }

  private setAside(event: unknown, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const code = error instanceof EngineError ? error.code : 'INTERNAL'
    this.letters.push({ kind: 'event', atMs: Date.now(), code, reason, event })
  }
}

function statesOf(
  lives: ReadonlyMap<string, AgentState>,
  keys: Iterable<string>,
): Map<string, AgentState> {
  const states = new Map<string, AgentState>()
  for (const key of keys) {
    const state = lives.get(key)
    if (state !== undefined) states.set(key, state)
  }
  return states
}
