/**
 * The engine: an event in, a verdict out, and now and then an alert.
 *
 * Read, judge, decide, then learn. It holds the agents of one partition of the stream; what
 * partitions share reaches it only where an epoch ends, so that the same events in the same order
 * give the same verdicts on any number of workers.
 */

import { advance, blankContext, HOUR_MS, NO_FINDINGS, proceed } from './agent/context.ts'
import type { Registry } from './agent/registry.ts'
import { isPromptChanged } from './agent/standing-prompt.ts'
import { absenceEvent } from './alert/absence.ts'
import { type AgentState, blankState, joinPast } from './alert/agent-state.ts'
import type { Alert } from './alert/alert.ts'
import { AtHand, type AtHandOptions } from './alert/at-hand.ts'
import { type Home, homeOf } from './alert/home.ts'
import { firstLook, heardMs, lookAgain, nextLook } from './alert/overdue.ts'
import { raise } from './alert/raise.ts'
import { markFindings } from './alert/rejudge.ts'
import { releaseOf } from './alert/saved-life.ts'
import type { Model } from './detectors/autoencoder/model.ts'
import { NOT_LONE, NOT_SHARED } from './detectors/detector.ts'
import { mayAct } from './detectors/shadow-agent.ts'
import type { Event } from './event/event.ts'
import { keysOf } from './event/keys.ts'
import { identityOf, Seen } from './event/seen.ts'
import { shaped } from './event/shape.ts'
import { isEgress } from './event/verbs.ts'
import { gainAt, stretchOf } from './math/decay.ts'
import { keyOf, wideHash } from './math/hash.ts'
import { sustain } from './scoring/fuse.ts'
import { groupKey, type Knowledge } from './scoring/knowledge.ts'
import { score } from './scoring/score.ts'
import { isAlert, scoreOf, type Threshold } from './scoring/threshold.ts'

/** What the engine says of an event. It holds until the next event is taken, which writes it over. */
export interface Verdict {
  p: number
  /** 0 to 100; higher is stranger. */
  score: number
  /** P(a day of this agent holds at least as much evidence), in (0, 1]: what alerts are decided by. */
  dayTail: number
  /** −ln p by channel, calibrated; see scoring/channels. */
  readonly surprises: Float64Array
  /** The lowest tail of the agent's day that the event ended, once the tenant is known for long enough. */
  endedDayTail: number | undefined
  /** Whether the agent runs a version or model of itself that it has not run before. */
  isNewRelease: boolean
  /** Whether its timetable sets it off with another prompt than the one that stood. */
  isNewPrompt: boolean
  /** Whether it did for the first time what several of its blueprint have taken up of late. */
  isNewTool: boolean
  /** What was found in the session of late where the event is odd itself: models are trained on it. */
  findings: Float64Array
  /** Whether its tenant is known for long enough that what is found says something of the agent. */
  isWatched: boolean
  /** An alert to be sent: a new one, or one that has grown. */
  alert: Alert | undefined
}

export interface EngineOptions extends AtHandOptions {
  readonly threshold: Threshold
}

/** How events are taken. */
export interface Mode {
  /** Whether anomalies are alerted on: history's are not. */
  readonly isAlerting: boolean
  /** Since when nothing is learned or forgotten any more; undefined while learning goes on. */
  readonly frozenMs: number | undefined
  /**
   * Whether they are lived apart from the agents' present, until `join`: history is older than what
   * an agent is in the middle of, and must not end its windows. @default false
   */
  readonly isApart?: boolean | undefined
}

/** What looking after an agent came to. */
export interface Look {
  /** The clock hour at which to look again; undefined where it is not looked after until it is back. */
  readonly next: number | undefined
  /** That it is overdue. */
  readonly alert: Alert | undefined
  /** Whether its state is another now. */
  readonly isChanged: boolean
}

/** From here on the days of a tenant are held to the promise of the budget. */
const WATCHED_MATURITY = 0.9

/** Agents of different tenants may share an id; this tells them apart. */
export function agentKey({ tenant, agent }: Event): string {
  return groupKey(tenant, agent.id)
}

export class Engine {
  readonly agents = new Map<string, AgentState>()
  /** What history told of agents so far, apart from their present. */
  readonly past = new Map<string, AgentState>()
  readonly seen: Seen
  /** Of history: a long one must not make the stream's own events forgotten. */
  readonly seenPast: Seen
  /** What was gathered in the current epoch so far; it is handed in at its end. */
  gathered: Knowledge
  /** Agents that are to be looked after from now on, and at which clock hour first; see `lookAfter`. */
  readonly awaited = new Map<string, number>()
  /** What tenants and blueprints have in common, as of the epoch before the latest that ended. */
  known: Knowledge
  private readonly threshold: Threshold
  /** The event at hand, with what it is looked at with. */
  private readonly hand: AtHand
  private readonly verdict: Verdict

  constructor(
    options: EngineOptions,
    known: Knowledge,
    seen: Seen = new Seen(),
    gathered: Knowledge = new Map(),
    seenPast: Seen = new Seen(),
  ) {
    this.gathered = gathered
    this.threshold = options.threshold
    this.known = known
    this.seen = seen
    this.seenPast = seenPast
    this.hand = new AtHand(options)
    this.verdict = {
      p: 1,
      score: 0,
      surprises: this.hand.judgement.surprises,
      dayTail: 1,
      endedDayTail: undefined,
      isNewRelease: false,
      isNewPrompt: false,
      isNewTool: false,
      findings: NO_FINDINGS,
      isWatched: false,
      alert: undefined,
    }
  }

  /** Ends an epoch: answers what was gathered in it, to be joined with the other partitions'. */
  handIn(): Knowledge {
    const share = this.gathered
    this.gathered = new Map()
    return share
  }

  /** Goes on with what is known by now, and with the model and the registry that go with it. */
  adopt(known: Knowledge, model: Model | undefined, registry: Registry | undefined): void {
    this.known = known
    const { standing } = this.hand
    standing.model = model
    standing.registry = registry
  }

  /** Joins what history told of an agent to its present: it has lived both. */
  join(key: string): void {
    const past = this.past.get(key)
    if (past === undefined) return
    const present = this.agents.get(key)
    if (present === undefined) {
      this.agents.set(key, past)
      this.awaitNews(past, key, past.context.lastMs)
    } else joinPast(present, past)
    this.past.delete(key)
  }

  /**
   * Looks after an agent at an hour that its tenant's agents agree upon: where it is overdue, and its
   * return with nothing odd but its silence would be alerted on, that is alerted on now. It learns
   * nothing.
   */
  lookAfter(key: string, clockHour: number): Look {
    const state = this.agents.get(key)
    if (state === undefined) return { next: undefined, alert: undefined, isChanged: false }
    // What history tells of it may be later than what is known of it.
    if (this.past.has(key)) return { next: clockHour + 1, alert: undefined, isChanged: false }
    const { memory } = state
    const { stretch } = memory
    const { hand } = this
    const event = shaped(absenceEvent(key, state, clockHour * HOUR_MS), hand.event)
    const { registry } = hand.standing
    const isHome = state.home !== undefined && state.home.registry === registry
    const home = isHome ? state.home! : homeOf(state, event, registry)
    hand.meetGroups(home, this.known, undefined, stretchOf(event.atMs))
    let next = nextLook(state, clockHour, hand.tenant, hand.blueprint)
    if (next === 'overdue') {
      const alert = this.miss(state, home, event, key)
      if (alert !== undefined) {
        state.isAwaited = false
        state.isMissed = true
        return { next: undefined, alert, isChanged: true }
      }
      next = lookAgain(state, clockHour)
    }
    return { next, alert: undefined, isChanged: memory.stretch !== stretch }
  }

  /** The alert that the return of a silent agent would raise. */
  private miss(state: AgentState, home: Home, event: Event, key: string): Alert | undefined {
    const { registered } = home
    if (registered !== undefined && !mayAct(registered)) return undefined
    const { hand, threshold } = this
    const { moment, situation, judgement, standing, closings } = hand
    const { facets } = situation
    hand.own = state.memory
    const stretch = hand.alignAll(stretchOf(event.atMs))
    if (closings.length > 0) closings.length = 0
    const keys = keysOf(event)
    const context = blankContext()
    context.lastMs = heardMs(state)
    const { session, elapsedMs } = advance(context, event, keys, 0, closings)
    Object.assign(moment, { event, keys, context, session, gain: gainAt(event.atMs, stretch) })
    hand.read()
    hand.introduce(state, home, this.past, key)
    standing.lone = NOT_LONE
    standing.shared = NOT_SHARED
    hand.situate(state, session, elapsedMs)
    markFindings(hand.before, session)
    situation.facets = hand.absenceFacets
    score(situation, hand.gather, judgement)
    situation.facets = facets
    if (!isAlert(threshold, judgement.dayTail)) return undefined
    return raise(state, hand.judged(scoreOf(judgement), true), threshold)
  }

  /** Judges an event and learns from it. Answers undefined where it was taken before. */
  take(given: Event, mode: Mode, key = agentKey(given)): Verdict | undefined {
    const { hand, verdict } = this
    const event = shaped(given, hand.event)
    const isApart = mode.isApart === true
    if (!this.meet(identityOf(event.tenant, event.id), isApart)) return undefined
    const lives = isApart ? this.past : this.agents
    let state = lives.get(key)
    if (state === undefined) {
      state = blankState(event.atMs)
      lives.set(key, state)
    }
    const { memory, context } = state
    const { moment, situation, judgement, closings, standing, readings } = hand
    if (!state.isAwaited && !isApart) this.awaitNews(state, key, event.atMs)
    const isLearning = mode.frozenMs === undefined
    const latest = stretchOf(event.atMs)
    hand.own = memory
    const home = homeOf(state, event, standing.registry)
    hand.meetGroups(home, this.known, isLearning ? this.gathered : undefined, latest)
    const stretch = hand.alignAll(latest)

    if (closings.length > 0) closings.length = 0
    moment.event = event
    // Looked up where it changed alone: that is seldom, and what costs time is to look.
    const { version, model } = event.agent
    const isChanged = version !== state.release?.version || model !== state.release?.model
    moment.keys = keysOf(event, hand.keys, isChanged)
    if (isChanged) state.release = releaseOf(version, model)
    moment.context = context
    const sessionKey = event.session === undefined ? 0 : keyOf(event.session)
    const { session, elapsedMs } = advance(context, event, moment.keys, sessionKey, closings)
    moment.session = session
    if (context.lastMs === event.atMs) state.latestId = event.id
    moment.gain = gainAt(Math.min(event.atMs, mode.frozenMs ?? event.atMs), stretch)

    hand.read()
    hand.introduce(state, home, isApart ? this.agents : this.past, key)
    standing.lone = hand.loneOf(state)
    standing.shared = hand.sharedOf(state)
    const { release } = readings.authority
    const isNewRelease = release.isNew && release.known > 0
    const isNewPrompt = isPromptChanged(state.prompts, event)
    const isTool = hand.isToolOfKind(event.atMs)
    if (isNewRelease || isNewPrompt || isTool) state.releasedMs = event.atMs
    hand.situate(state, session, elapsedMs)
    markFindings(hand.before, session)
    score(situation, hand.gather, judgement)
    const { p, evidence } = judgement
    verdict.p = p
    verdict.score = scoreOf({ p, evidence: sustain(session, elapsedMs, evidence) })
    verdict.dayTail = judgement.dayTail
    verdict.isNewRelease = isNewRelease
    verdict.isNewPrompt = isNewPrompt
    verdict.isNewTool = isTool
    verdict.findings = judgement.findings
    verdict.isWatched = situation.maturity >= WATCHED_MATURITY
    verdict.alert = mode.isAlerting ? this.alertOn(state) : undefined
    const ended = hand.learn(state)
    verdict.endedDayTail = verdict.isWatched ? ended : undefined
    const isIntake = !isEgress(moment.keys.action, event.action)
    proceed(session, moment.keys, isIntake, readings.sizes.deviations)
    state.events++
    return verdict
  }

  /** From now on the agent is looked after. Where its silence was told of, its case goes on. */
  private awaitNews(state: AgentState, key: string, atMs: number): void {
    if (state.isMissed && atMs <= state.context.lastMs) return // late, from before the silence
    if (state.isMissed && state.case !== undefined) state.case.resumedMs = atMs
    state.isMissed = false
    state.isAwaited = true
    this.awaited.set(key, firstLook(atMs))
  }

  /** Remembers an event. Answers false where the stream or history has told it before. */
  private meet(identity: number, isApart: boolean): boolean {
    if (isApart) return !this.seen.has(identity) && this.seenPast.add(identity)
    return !this.seenPast.has(identity) && this.seen.add(identity)
  }

  private alertOn(state: AgentState): Alert | undefined {
    const { hand, threshold, verdict } = this
    if (!isAlert(threshold, hand.judgement.dayTail)) return undefined
    return raise(state, hand.judged(verdict.score, false), threshold)
  }
}

/** Which of `partitions` an agent belongs to: the same everywhere and for ever. */
export function partitionOf(key: string, partitions: number): number {
  return wideHash(key) % partitions
}
