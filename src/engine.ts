/**
 * The engine: an event in, a verdict out, and now and then an alert.
 *
 * Read, judge, decide, then learn. It holds the agents of one partition of the stream; what
 * partitions share reaches it only where an epoch ends, so that the same events in the same order
 * give the same verdicts on any number of workers.
 */
import { addStrangeness, advance, type Closing, DAY_MS } from './agent/context.ts'
import type { Registry } from './agent/registry.ts'
import { type AgentState, blankState } from './alert/agent-state.ts'
import type { Alert } from './alert/alert.ts'
import { alertOf, type Case, gatherInto, isOver, openCase } from './alert/case.ts'
import { reasonsFor } from './alert/explain.ts'
import type { Baseline, Kin, Moment } from './baselines/baseline.ts'
import {
  type BaselineName,
  baselineNames,
  baselines,
  type Memories,
  type Readings,
} from './baselines/index.ts'
import { strangenessNats } from './baselines/volume.ts'
import type { Standing } from './detectors/detector.ts'
import type { Event } from './event/event.ts'
import { keysOf } from './event/keys.ts'
import { identityOf, Seen } from './event/seen.ts'
import { gainAt, stretchOf } from './math/decay.ts'
import { keyOf, uuidOf, wideHash } from './math/hash.ts'
import { binOf, learnAnswer } from './scoring/calibrate.ts'
import { DAY } from './scoring/channels.ts'
import { type Group, groupIn, groupKey, type Knowledge, survivalOf } from './scoring/knowledge.ts'
import { align, blankMemory, type Memory } from './scoring/memory.ts'
import { dayTrustIn, experienceOf, maturityOf, trustIn } from './scoring/policy.ts'
import { type Judgement, score } from './scoring/score.ts'
import { isAlert, scoreOf, severityOf, type Threshold } from './scoring/threshold.ts'

/** A score carries the version of the engine it was made with. */
export const SCORED_WITH = 'perimeter/1'

export interface Verdict {
  readonly p: number
  /** 0 to 100; higher is stranger. */
  readonly score: number
  /** Calibrated p by channel; see scoring/channels. */
  readonly tails: Float64Array
  /** An alert to be sent: a new one, or one that has grown. */
  readonly alert: Alert | undefined
}

export interface EngineOptions {
  readonly threshold: Threshold
  readonly registry?: Registry | undefined
}

/** How events are taken. */
export interface Mode {
  /** Whether anomalies are alerted on: history's are not. */
  readonly isAlerting: boolean
  /** Since when nothing is learned or forgotten any more; undefined while learning goes on. */
  readonly frozenMs: number | undefined
}

/** Baselines whose memories and readings are not looked into here. */
const shelf = baselines as unknown as Readonly<Record<BaselineName, Baseline<unknown, unknown>>>

/** A day further ahead than this came from a clock that was wrong. */
const CLOCK_ERROR_DAYS = 7

/** Agents of different tenants may share an id; this tells them apart. */
export function agentKey({ tenant, agent }: Event): string {
  return groupKey(tenant, agent.id)
}

/** A group as an event meets it: what is known of it, and where its share of the epoch goes. */
interface Kinship {
  readonly known: Group | undefined
  /** Undefined when nothing is learned. */
  readonly share: Group | undefined
}

export class Engine {
  readonly agents = new Map<string, AgentState>()
  readonly seen: Seen
  /** What was gathered in the current epoch so far; it is handed in at its end. */
  gathered: Knowledge
  private readonly options: EngineOptions
  private known: Knowledge

  constructor(
    options: EngineOptions,
    known: Knowledge,
    seen: Seen = new Seen(),
    gathered: Knowledge = new Map(),
  ) {
    this.gathered = gathered
    this.options = options
    this.known = known
    this.seen = seen
  }

  /** Ends an epoch: answers what was gathered in it, to be joined with the other partitions'. */
  handIn(): Knowledge {
    const share = this.gathered
    this.gathered = new Map()
    return share
  }

  /** Goes on with what is known by now. */
  adopt(known: Knowledge): void {
    this.known = known
  }

  /** Judges an event and learns from it. Answers undefined where it was taken before. */
  take(event: Event, mode: Mode): Verdict | undefined {
    if (!this.seen.add(identityOf(event.tenant, event.id))) return undefined
    const key = agentKey(event)
    let state = this.agents.get(key)
    if (state === undefined) {
      state = blankState(event.atMs)
      this.agents.set(key, state)
    }
    const { memory, context } = state
    const isLearning = mode.frozenMs === undefined
    const tenant = this.kinship(groupKey(event.tenant), event.atMs, isLearning)
    const blueprint =
      event.agent.blueprint === undefined
        ? undefined
        : this.kinship(groupKey(event.tenant, event.agent.blueprint), event.atMs, isLearning)
    const stretch = alignAll(stretchOf(event.atMs), [
      memory,
      tenant.known?.memory,
      tenant.share?.memory,
      blueprint?.known?.memory,
      blueprint?.share?.memory,
    ])

    const keys = keysOf(event)
    const closings: Closing[] = []
    const sessionKey = event.session === undefined ? 0 : keyOf(event.session)
    const { session, elapsedMs } = advance(context, event, keys, sessionKey, closings)
    const gain = gainAt(Math.min(event.atMs, mode.frozenMs ?? event.atMs), stretch)
    const moment = { event, keys, context, session, closings, gain }

    const readings = read(memory, tenant, blueprint, moment)
    const standing = this.standingOf(event, state.events)
    const maturity = maturityOf(event.atMs - (tenant.known?.firstMs ?? event.atMs))
    const judgement = score({
      event,
      standing,
      readings,
      session,
      elapsedMs,
      own: memory.calibration,
      group: survivalOf(tenant.known, blueprint?.known),
      gain,
      logEventsPerDay: readings.volume.logEventsPerDay,
      maturity,
      gather(nats) {
        addStrangeness(context, session, event.atMs, nats)
        const kin = kinOf('volume', tenant, blueprint)
        return strangenessNats(memory.memories.volume, kin, moment)
      },
    })
    const shares = [tenant.share, blueprint?.share].filter((share) => share !== undefined)
    const alert = mode.isAlerting
      ? this.alertOn(state, event, readings, standing, judgement)
      : undefined
    if (isLearning) learn(state, shares, moment, readings, judgement, maturity)
    session.lastAction = keys.action
    state.events++
    return { p: judgement.p, score: scoreOf(judgement), tails: judgement.tails, alert }
  }

  private kinship(key: string, atMs: number, isLearning: boolean): Kinship {
    const share = isLearning ? groupIn(this.gathered, key, stretchOf(atMs)) : undefined
    return { known: this.known.get(key), share }
  }

  private standingOf({ agent }: Event, events: number): Standing {
    const { registry } = this.options
    return { registry, registered: registry?.get(agent.id), events }
  }

  private alertOn(
    state: AgentState,
    event: Event,
    readings: Readings,
    standing: Standing,
    judgement: Judgement,
  ): Alert | undefined {
    const { threshold } = this.options
    const { dayTail, tails } = judgement
    if (!isAlert(threshold, dayTail)) return undefined
    if (state.case === undefined || isOver(state.case, event.atMs)) {
      state.case = openCase(uuidOf(`${agentKey(event)} ${event.id}`), event.atMs)
    }
    const isTold = gatherInto(state.case, {
      eventId: event.id,
      atMs: event.atMs,
      session: event.session,
      score: scoreOf(judgement),
      severity: severityOf(threshold, dayTail),
      reasons: reasonsFor(event, readings, standing, tails),
    })
    return isTold ? alertFor(state.case, event) : undefined
  }
}

/** The alert a case stands for, under the names its latest event gives. */
export function alertFor(open: Case, { agent, tenant }: Pick<Event, 'agent' | 'tenant'>): Alert {
  const { id, name, blueprint, sponsor } = agent
  return alertOf(open, { id, name, blueprint, sponsor }, tenant, SCORED_WITH)
}

/** Brings memories that are read together to one landmark, the latest of them; answers it. */
function alignAll(atLeast: number, memories: readonly (Memory | undefined)[]): number {
  let stretch = atLeast
  for (const memory of memories) {
    if (memory !== undefined && memory.stretch > stretch) stretch = memory.stretch
  }
  for (const memory of memories) if (memory !== undefined) align(memory, stretch)
  return stretch
}

function read(
  own: Memory,
  tenant: Kinship,
  blueprint: Kinship | undefined,
  moment: Moment,
): Readings {
  const readings = {} as Record<BaselineName, unknown>
  for (const name of baselineNames) {
    const kin = kinOf(name, tenant, blueprint)
    readings[name] = shelf[name].read(own.memories[name], kin, moment)
  }
  return readings as unknown as Readings
}

function kinOf<Name extends BaselineName>(
  name: Name,
  tenant: Kinship,
  blueprint: Kinship | undefined,
): Kin<Memories[Name]> {
  return {
    blueprint: blueprint?.known?.memory.memories[name],
    tenant: (tenant.known?.memory ?? NOBODY).memories[name],
  }
}

/** Whom an agent is compared with before anything is known of its tenant. */
const NOBODY = blankMemory('group', 0)

function learn(
  state: AgentState,
  shares: readonly Group[],
  moment: Moment,
  readings: Readings,
  { p, dayTail, ofDay, bins }: Judgement,
  maturity: number,
): void {
  const { memory, context } = state
  const { event, session, gain } = moment
  const trust = trustIn(p)
  const groups = shares.map((share) => share.memory)
  for (const name of baselineNames) {
    const members = groups.map(({ memories }) => memories[name])
    shelf[name].learn(memory.memories[name], members, moment, trust, readings[name])
  }
  for (const span of [...context.windows, session]) span.trust = Math.min(span.trust, trust)
  const weight = gain * trust * maturity * experienceOf(state.events)
  for (const { calibration } of [memory, ...groups]) {
    for (let channel = 0; channel < DAY; channel++) {
      const bin = bins[channel]!
      if (bin >= 0) learnAnswer(calibration, channel, bin, weight)
    }
  }
  learnDay(state, [memory, ...groups], event.atMs, gain * maturity)
  state.dayTail = Math.min(state.dayTail, dayTail)
  ofDay.forEach((nats, channel) => {
    if (nats > state.ofDay[channel]!) state.ofDay[channel] = nats
  })
  for (const share of shares) {
    share.firstMs = Math.min(share.firstMs, event.atMs)
    share.lastMs = Math.max(share.lastMs, event.atMs)
  }
}

/** Where a new day begins, the strangest answers of the one before are learned by calibration. */
function learnDay(
  state: AgentState,
  memories: readonly Memory[],
  atMs: number,
  weight: number,
): void {
  const day = Math.floor(atMs / DAY_MS)
  if (day <= state.day && day >= state.day - CLOCK_ERROR_DAYS) return
  if (state.day > 0) {
    const trusted = weight * dayTrustIn(state.dayTail)
    for (const { calibration } of memories) {
      state.ofDay.forEach((nats, channel) => {
        learnAnswer(calibration, DAY + channel, binOf(nats), trusted)
      })
    }
  }
  state.day = day
  state.ofDay.fill(0)
  state.dayTail = 1
}

/** Which of `partitions` an agent belongs to: the same everywhere and for ever. */
export function partitionOf(key: string, partitions: number): number {
  return wideHash(key) % partitions
}
