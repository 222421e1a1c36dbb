/**
 * The engine: an event in, a verdict out, and now and then an alert.
 *
 * Read, judge, decide, then learn. It holds the agents of one partition of the stream; what
 * partitions share reaches it only where an epoch ends, so that the same events in the same order
 * give the same verdicts on any number of workers.
 */
import {
  addStrangeness,
  advance,
  blankContext,
  type Closing,
  HOUR_MS,
  lowerTrust,
  NO_FINDINGS,
  proceed,
  type Session,
} from './agent/context.ts'
import type { Registry } from './agent/registry.ts'
import { isPromptChanged } from './agent/standing-prompt.ts'
import { absenceEvent, absenceFacets, NOTHING_TO_SEE } from './alert/absence.ts'
import { keepStrangest, learnDay } from './alert/agent-day.ts'
import { type AgentState, blankState, joinPast } from './alert/agent-state.ts'
import type { Alert } from './alert/alert.ts'
import { type Home, homeOf } from './alert/home.ts'
import { firstLook, heardMs, lookAgain, nextLook } from './alert/overdue.ts'
import { type Judged, raise } from './alert/raise.ts'
import { blankBefore, markFindings, markStrangeness, type Scene } from './alert/rejudge.ts'
import { releaseOf } from './alert/saved-life.ts'
import type { Kin, Moment } from './baselines/baseline.ts'
import { baselineNames, type Memories, type Readings } from './baselines/index.ts'
import { strangenessNats } from './baselines/volume.ts'
import type { Model } from './detectors/autoencoder/model.ts'
import {
  type Lone,
  NOT_LONE,
  NOT_SHARED,
  type Population,
  type Shared,
  type Standing,
} from './detectors/detector.ts'
import { detectors } from './detectors/index.ts'
import { mayAct } from './detectors/shadow-agent.ts'
import type { Event } from './event/event.ts'
import { blankKeys, keysOf } from './event/keys.ts'
import { identityOf, Seen } from './event/seen.ts'
import { blankShape, shaped } from './event/shape.ts'
import { isEgress } from './event/verbs.ts'
import { gainAt, stretchOf } from './math/decay.ts'
import { keyOf, wideHash } from './math/hash.ts'
import { sustain } from './scoring/fuse.ts'
import {
  alignGroup,
  type Group,
  groupIn,
  groupKey,
  type Knowledge,
  surprisesOf,
} from './scoring/knowledge.ts'
import { followPlace, loneIn } from './scoring/lone.ts'
import { align, blankMemory, type Memory, shelf } from './scoring/memory.ts'
import { attentionTo, dayTrustIn, experienceOf, maturityOf, trustIn } from './scoring/policy.ts'
import { blankJudgement, facetsOf, learnAnswers, type Situation, score } from './scoring/score.ts'
import { noteShared, sharedIn } from './scoring/shared.ts'
import { isAlert, scoreOf, type Threshold } from './scoring/threshold.ts'
import { isNewTool, noteTool } from './scoring/tools.ts'

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

export interface EngineOptions {
  readonly threshold: Threshold
  readonly registry?: Registry | undefined
  /** Names of detectors that are never asked, to see what each is worth. @default none */
  readonly muted?: ReadonlySet<string> | undefined
  /** How findings usually go together. Without one the detectors that ask for it abstain. */
  readonly model?: Model | undefined
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
  private readonly options: EngineOptions
  // What the event at hand is looked at with. Written over event by event, so that nothing is left
  // for the collector.
  private own: Memory = NOBODY
  private tenant: Group | undefined
  private blueprint: Group | undefined
  /** Where the event's share of the epoch goes; undefined when nothing is learned, or no such group. */
  private tenantShare: Group | undefined
  private blueprintShare: Group | undefined
  private readonly readings: Readings
  private readonly readingsInOrder: readonly unknown[]
  private readonly moment = { closings } as unknown as Moment
  private readonly event = blankShape()
  private readonly keys = blankKeys()
  private readonly standing: Standing
  private readonly judgement = blankJudgement()
  private readonly situation: Situation
  /** What is looked at where an agent's silence alone is judged. */
  private readonly absenceFacets: Situation['facets']
  private readonly verdict: Verdict
  /** What scoring writes over, for those who ask what would have been; see alert/rejudge. */
  private readonly before = blankBefore()
  /** Adds how strange the event is to its session and its day; answers how strange they are now. */
  private readonly gather = (nats: number): number => {
    const { moment, tenant, blueprint } = this
    if (nats > 0) {
      markStrangeness(this.before, moment.context, moment.session)
      addStrangeness(moment.context, moment.session, moment.event.atMs, nats)
    }
    kin.blueprint = blueprint?.memory.memories.volume
    kin.tenant = (tenant?.memory ?? NOBODY).memories.volume
    return strangenessNats(this.own.memories.volume, kin as Kin<Memories['volume']>, moment)
  }

  constructor(
    options: EngineOptions,
    known: Knowledge,
    seen: Seen = new Seen(),
    gathered: Knowledge = new Map(),
    seenPast: Seen = new Seen(),
  ) {
    this.gathered = gathered
    this.options = options
    this.known = known
    this.seen = seen
    this.seenPast = seenPast
    this.readingsInOrder = shelf.map((baseline) => baseline.blankReading())
    this.readings = Object.fromEntries(
      baselineNames.map((name, at) => [name, this.readingsInOrder[at]]),
    ) as Readings
    const { registry, muted, model } = options
    this.standing = {
      registry,
      registered: undefined,
      double: undefined,
      events: 0,
      population: NO_POPULATION,
      findings: NO_FINDINGS,
      model,
      lone: NOT_LONE,
      shared: NOT_SHARED,
    }
    const { standing, readings } = this
    const unmuted = (all: Situation['facets']) =>
      all.map((its, at) => (muted?.has(detectors[at]!.name) ? NOTHING_TO_SEE : its))
    const facets = unmuted(facetsOf(readings))
    this.absenceFacets = unmuted(absenceFacets(readings))
    this.situation = { standing, readings, facets } as unknown as Situation
    const { surprises } = this.judgement
    this.verdict = {
      p: 1,
      score: 0,
      surprises,
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

  /** Goes on with what is known by now, and with the model that goes with it. */
  adopt(known: Knowledge, model: Model | undefined): void {
    this.known = known
    this.standing.model = model
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
    const event = shaped(absenceEvent(key, state, clockHour * HOUR_MS), this.event)
    const home = state.home ?? homeOf(state, event, this.standing.registry)
    this.meetGroups(home, false, stretchOf(event.atMs))
    let next = nextLook(state, clockHour, this.tenant, this.blueprint)
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
    const { moment, situation, judgement } = this
    const { facets } = situation
    this.own = state.memory
    const stretch = this.alignAll(stretchOf(event.atMs))
    if (closings.length > 0) closings.length = 0
    const keys = keysOf(event)
    const context = blankContext()
    context.lastMs = heardMs(state)
    const { session, elapsedMs } = advance(context, event, keys, 0, closings)
    Object.assign(moment, { event, keys, context, session, gain: gainAt(event.atMs, stretch) })
    this.read()
    this.introduce(state, home, this.past, key)
    this.standing.lone = NOT_LONE
    this.standing.shared = NOT_SHARED
    this.situate(state, session, elapsedMs)
    markFindings(this.before, session)
    situation.facets = this.absenceFacets
    score(situation, this.gather, judgement)
    situation.facets = facets
    const { threshold } = this.options
    if (!isAlert(threshold, judgement.dayTail)) return undefined
    return raise(state, this.judged(scoreOf(judgement), true), threshold)
  }

  /** Judges an event and learns from it. Answers undefined where it was taken before. */
  take(given: Event, mode: Mode, key = agentKey(given)): Verdict | undefined {
    const event = shaped(given, this.event)
    const isApart = mode.isApart === true
    if (!this.meet(identityOf(event.tenant, event.id), isApart)) return undefined
    const lives = isApart ? this.past : this.agents
    let state = lives.get(key)
    if (state === undefined) {
      state = blankState(event.atMs)
      lives.set(key, state)
    }
    const { memory, context } = state
    const { moment, situation, judgement, verdict } = this
    if (!state.isAwaited && !isApart) this.awaitNews(state, key, event.atMs)
    const isLearning = mode.frozenMs === undefined
    const latest = stretchOf(event.atMs)
    this.own = memory
    const home = homeOf(state, event, this.standing.registry)
    this.meetGroups(home, isLearning, latest)
    const stretch = this.alignAll(latest)

    if (closings.length > 0) closings.length = 0
    moment.event = event
    // Looked up where it changed alone: that is seldom, and what costs time is to look.
    const { version, model } = event.agent
    const isChanged = version !== state.release?.version || model !== state.release?.model
    moment.keys = keysOf(event, this.keys, isChanged)
    if (isChanged) state.release = releaseOf(version, model)
    moment.context = context
    const sessionKey = event.session === undefined ? 0 : keyOf(event.session)
    const { session, elapsedMs } = advance(context, event, moment.keys, sessionKey, closings)
    moment.session = session
    if (context.lastMs === event.atMs) state.latestId = event.id
    moment.gain = gainAt(Math.min(event.atMs, mode.frozenMs ?? event.atMs), stretch)

    this.read()
    this.introduce(state, home, isApart ? this.agents : this.past, key)
    this.standing.lone = this.loneOf(state)
    this.standing.shared = this.sharedOf(state)
    const { release } = this.readings.authority
    const isNewRelease = release.isNew && release.known > 0
    const isNewPrompt = isPromptChanged(state.prompts, event)
    const isTool = this.isToolOfKind(event.atMs)
    if (isNewRelease || isNewPrompt || isTool) state.releasedMs = event.atMs
    this.situate(state, session, elapsedMs)
    markFindings(this.before, session)
    score(situation, this.gather, judgement)
    const { p, evidence } = judgement
    verdict.p = p
    verdict.score = scoreOf({ p, evidence: sustain(session, elapsedMs, evidence) })
    verdict.dayTail = judgement.dayTail
    verdict.isNewRelease = isNewRelease
    verdict.isNewPrompt = isNewPrompt
    verdict.isNewTool = isTool
    verdict.endedDayTail = undefined
    verdict.findings = judgement.findings
    verdict.isWatched = situation.maturity >= WATCHED_MATURITY
    verdict.alert = mode.isAlerting ? this.alertOn(state) : undefined
    if (this.tenantShare !== undefined) this.learn(state, this.tenantShare, this.blueprintShare)
    const isIntake = !isEgress(moment.keys.action, event.action)
    proceed(session, moment.keys, isIntake, this.readings.sizes.deviations)
    state.events++
    return verdict
  }

  /** Sets what the event at hand is scored in. */
  private situate({ firstMs, releasedMs }: AgentState, session: Session, elapsedMs: number): void {
    const { moment, situation, tenant, blueprint, own } = this
    const { event, gain } = moment
    situation.event = event
    situation.session = session
    situation.elapsedMs = elapsedMs
    situation.own = own.calibration
    situation.group = surprisesOf(tenant, blueprint)
    situation.tenant = surprisesOf(tenant, undefined)
    situation.gain = gain
    situation.logEventsPerDay = this.readings.volume.logEventsPerDay
    const tenantMs = tenant?.firstMs ?? event.atMs
    const ageMs = event.atMs - firstMs
    situation.attention = attentionTo(ageMs, firstMs - tenantMs)
    // To one that was born a short while ago all ways of working are new.
    const isNewborn = situation.attention > 1
    const releaseMs = event.atMs - releasedMs
    situation.releaseMs = isNewborn ? Math.min(ageMs, releaseMs) : releaseMs
    situation.maturity = maturityOf(event.atMs - tenantMs)
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

  /** What is known of the agent's groups, and where their shares of the epoch go. */
  private meetGroups(
    { tenantKey, blueprintKey }: Home,
    isLearning: boolean,
    stretch: number,
  ): void {
    const { known, gathered } = this
    this.tenant = known.get(tenantKey)
    this.tenantShare = isLearning ? groupIn(gathered, tenantKey, stretch) : undefined
    this.blueprint = undefined
    this.blueprintShare = undefined
    if (blueprintKey === undefined) return
    this.blueprint = known.get(blueprintKey)
    if (isLearning) this.blueprintShare = groupIn(gathered, blueprintKey, stretch)
  }

  /** Brings memories that are read together to one landmark, the latest of them; answers it. */
  private alignAll(atLeast: number): number {
    const { own, tenant, blueprint, tenantShare, blueprintShare } = this
    let stretch = Math.max(atLeast, own.stretch)
    stretch = laterOf(tenant, laterOf(blueprint, stretch))
    stretch = laterOf(tenantShare, laterOf(blueprintShare, stretch))
    align(own, stretch)
    if (tenant !== undefined) alignGroup(tenant, stretch)
    if (blueprint !== undefined) alignGroup(blueprint, stretch)
    if (tenantShare !== undefined) alignGroup(tenantShare, stretch)
    if (blueprintShare !== undefined) alignGroup(blueprintShare, stretch)
    return stretch
  }

  /** Reads the event through every memory, into `readings`. */
  private read(): void {
    const { own, moment, readingsInOrder } = this
    const peers = this.blueprint?.memory.inOrder
    const all = (this.tenant?.memory ?? NOBODY).inOrder
    for (let at = 0; at < shelf.length; at++) {
      kin.blueprint = peers?.[at]
      kin.tenant = all[at]
      shelf[at]!.read(own.inOrder[at], kin, moment, readingsInOrder[at])
    }
  }

  /** Whether the agent is back at a new place that it has for itself; seldom has it taken up any. */
  private loneOf({ trail }: AgentState): Lone {
    if (trail.length === 0) return NOT_LONE
    const { moment, readings, tenant } = this
    return loneIn(trail, moment, readings.resources, tenant?.memory.memories.resources)
  }

  /** Whether the agent takes up what agents of other kinds take up. */
  private sharedOf({ trail, blueprint }: AgentState): Shared {
    const { moment, readings, tenant } = this
    const { event, keys } = moment
    if (blueprint === undefined || tenant === undefined || tenant.tools.size === 0)
      return NOT_SHARED
    return sharedIn(trail, keys, readings.resources, tenant.tools, blueprint, event.atMs)
  }

  /** Whether the agent does for the first time what its kind has been given to do. */
  private isToolOfKind(atMs: number): boolean {
    const { blueprint, readings } = this
    const { isNew, key } = readings.actions.action
    if (!isNew || blueprint === undefined) return false
    return isNewTool(blueprint.tools, key, blueprint.firstMs, atMs)
  }

  /** Says who the agent is, and counts it with its tenant when it is new. */
  private introduce(
    { events }: AgentState,
    { registered, double }: Home,
    otherLives: ReadonlyMap<string, AgentState>,
    key: string,
  ): void {
    const { standing, tenantShare } = this
    const { registry } = standing
    standing.registered = registered
    standing.double = double
    standing.events = events
    standing.population = this.tenant?.population ?? NO_POPULATION
    if (events > 0 || tenantShare === undefined || otherLives.has(key)) return
    const { population } = tenantShare
    population.agents++
    if (registry === undefined) return
    if (registered === undefined) population.unregistered++
    else if (!mayAct(registered)) population.outOfService++
    if (standing.double !== undefined) population.lookAlikes++
  }

  private alertOn(state: AgentState): Alert | undefined {
    const { threshold } = this.options
    if (!isAlert(threshold, this.judgement.dayTail)) return undefined
    return raise(state, this.judged(this.verdict.score, false), threshold)
  }

  private judged(score: number, isAbsence: boolean): Judged {
    const { judgement, moment, readings, standing, tenant, blueprint } = this
    const scene = this.scene(isAbsence)
    return { event: moment.event, judgement, score, readings, standing, tenant, blueprint, scene }
  }

  /** What the event at hand was judged with. */
  private scene(isAbsence: boolean): Scene {
    const { moment, situation, own, before } = this
    const tenant = this.tenant?.memory ?? NOBODY
    return { moment, situation, own, blueprint: this.blueprint?.memory, tenant, before, isAbsence }
  }

  private learn(state: AgentState, tenantShare: Group, blueprintShare: Group | undefined): void {
    const { own, moment, judgement, readingsInOrder } = this
    const tenant = tenantShare.memory
    const kind = blueprintShare?.memory
    const { context } = state
    const { event, session, gain } = moment
    const trust = trustIn(judgement.p)
    const { all, groups } = kind === undefined ? withTenant : withBlueprint
    all[0] = own
    all[1] = tenant
    if (kind !== undefined) all[2] = kind
    for (let at = 0; at < shelf.length; at++) {
      groups[0] = tenant.inOrder[at]
      if (kind !== undefined) groups[1] = kind.inOrder[at]
      shelf[at]!.learn(own.inOrder[at], groups, moment, trust, readingsInOrder[at])
    }
    lowerTrust(context, session, trust)
    followPlace(state.trail, moment, this.readings.resources, event.atMs - state.firstMs, trust)
    const { maturity } = this.situation
    const weight = gain * dayTrustIn(judgement.dayTail) * maturity * experienceOf(state.events)
    for (let at = 0; at < all.length; at++) learnAnswers(all[at]!.calibration, judgement, weight)
    const ended = learnDay(state, all, event.atMs, gain * maturity)
    if (this.verdict.isWatched) this.verdict.endedDayTail = ended
    keepStrangest(state, judgement)
    lengthen(tenantShare, event.atMs)
    if (blueprintShare === undefined) return
    lengthen(blueprintShare, event.atMs)
    const ageMs = event.atMs - state.firstMs
    const { actions, resources } = this.readings
    const { blueprint } = state
    if (blueprint !== undefined) {
      noteShared(tenantShare.tools, blueprint, resources, event.atMs, ageMs)
    }
    const { isNew, key } = actions.action
    if (isNew) noteTool(blueprintShare.tools, key, event.atMs)
  }
}

const NO_POPULATION: Population = {
  agents: 0,
  unregistered: 0,
  outOfService: 0,
  lookAlikes: 0,
}
/** Whom an agent is compared with before anything is known of its tenant. */
const NOBODY = blankMemory('group', 0)
/** Written over event by event. */
const closings: Closing[] = []
const kin: Kin<unknown> = { blueprint: undefined, tenant: undefined }

/** The later of a group's landmark and another. */
function laterOf(group: Group | undefined, stretch: number): number {
  return group === undefined ? stretch : Math.max(group.memory.stretch, stretch)
}

/** Who learns from an event, and what one baseline has of the groups among them. */
interface Learning {
  readonly all: Memory[]
  readonly groups: unknown[]
}
const withTenant: Learning = { all: [NOBODY, NOBODY], groups: [undefined] }
const withBlueprint: Learning = { all: [NOBODY, NOBODY, NOBODY], groups: [undefined, undefined] }

/** Makes the time that a share of an epoch spans include a moment. */
function lengthen(share: Group, atMs: number): void {
  share.firstMs = Math.min(share.firstMs, atMs)
  share.lastMs = Math.max(share.lastMs, atMs)
}

/** Which of `partitions` an agent belongs to: the same everywhere and for ever. */
export function partitionOf(key: string, partitions: number): number {
  return wideHash(key) % partitions
}
