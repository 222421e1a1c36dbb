/**
 * At hand: the event at hand, with all that it is looked at with.
 *
 * Whose it is, what is known of the agent's groups, how its memories read it, and what scoring makes of
 * that. Written over event by event, so that nothing is left for the collector.
 */
import {
  addStrangeness,
  type Closing,
  lowerTrust,
  NO_FINDINGS,
  type Session,
} from '../agent/context.ts'
import type { Registry } from '../agent/registry.ts'
import type { Kin, Moment } from '../baselines/baseline.ts'
import { baselineNames, type Memories, type Readings } from '../baselines/index.ts'
import { strangenessNats } from '../baselines/volume.ts'
import type { Model } from '../detectors/autoencoder/model.ts'
import {
  type Lone,
  NOT_LONE,
  NOT_SHARED,
  type Population,
  type Shared,
  type Standing,
} from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import { mayAct } from '../detectors/shadow-agent.ts'
import { blankKeys } from '../event/keys.ts'
import { blankShape } from '../event/shape.ts'
import {
  alignGroup,
  type Group,
  groupIn,
  type Knowledge,
  surprisesOf,
} from '../scoring/knowledge.ts'
import { followPlace, loneIn } from '../scoring/lone.ts'
import { align, blankMemory, type Memory, shelf } from '../scoring/memory.ts'
import { attentionTo, dayTrustIn, experienceOf, maturityOf, trustIn } from '../scoring/policy.ts'
import { blankJudgement, facetsOf, learnAnswers, type Situation } from '../scoring/score.ts'
import { noteShared, sharedIn } from '../scoring/shared.ts'
import { isNewTool, noteTool } from '../scoring/tools.ts'
import { absenceFacets, NOTHING_TO_SEE } from './absence.ts'
import { keepStrangest, learnDay } from './agent-day.ts'
import type { AgentState } from './agent-state.ts'
import type { Home } from './home.ts'
import type { Judged } from './raise.ts'
import { blankBefore, markStrangeness, type Scene } from './rejudge.ts'

export interface AtHandOptions {
  readonly registry?: Registry | undefined
  /** Names of detectors that are never asked, to see what each is worth. @default none */
  readonly muted?: ReadonlySet<string> | undefined
  /** How findings usually go together. Without one the detectors that ask for it abstain. */
  readonly model?: Model | undefined
}

export class AtHand {
  own: Memory = NOBODY
  tenant: Group | undefined
  blueprint: Group | undefined
  /** Where the event's share of the epoch goes; undefined when nothing is learned, or no such group. */
  private tenantShare: Group | undefined
  private blueprintShare: Group | undefined
  readonly readings: Readings
  private readonly readingsInOrder: readonly unknown[]
  /** Windows and sessions that the event ended. */
  readonly closings: Closing[] = []
  readonly moment = { closings: this.closings } as unknown as Moment
  readonly event = blankShape()
  readonly keys = blankKeys()
  readonly standing: Standing
  readonly judgement = blankJudgement()
  readonly situation: Situation
  /** What is looked at where an agent's silence alone is judged. */
  readonly absenceFacets: Situation['facets']
  /** What scoring writes over, for those who ask what would have been; see rejudge. */
  readonly before = blankBefore()
  /** Adds how strange the event is to its session and its day; answers how strange they are now. */
  readonly gather = (nats: number): number => {
    const { moment, tenant, blueprint } = this
    if (nats > 0) {
      markStrangeness(this.before, moment.context, moment.session)
      addStrangeness(moment.context, moment.session, moment.event.atMs, nats)
    }
    kin.blueprint = blueprint?.memory.memories.volume
    kin.tenant = (tenant?.memory ?? NOBODY).memories.volume
    return strangenessNats(this.own.memories.volume, kin as Kin<Memories['volume']>, moment)
  }

  constructor({ registry, muted, model }: AtHandOptions) {
    this.readingsInOrder = shelf.map((baseline) => baseline.blankReading())
    this.readings = Object.fromEntries(
      baselineNames.map((name, at) => [name, this.readingsInOrder[at]]),
    ) as Readings
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
  }

  /** What is known of the agent's groups, and where their shares of the epoch go, if anything is learned. */
  meetGroups(
    { tenantKey, blueprintKey }: Home,
    known: Knowledge,
    gathered: Knowledge | undefined,
    stretch: number,
  ): void {
    this.tenant = known.get(tenantKey)
    this.tenantShare = gathered && groupIn(gathered, tenantKey, stretch)
    this.blueprint = undefined
    this.blueprintShare = undefined
    if (blueprintKey === undefined) return
    this.blueprint = known.get(blueprintKey)
    this.blueprintShare = gathered && groupIn(gathered, blueprintKey, stretch)
  }

  /** Brings memories that are read together to one landmark, the latest of them; answers it. */
  alignAll(atLeast: number): number {
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
  read(): void {
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
  loneOf({ trail }: AgentState): Lone {
    if (trail.length === 0) return NOT_LONE
    const { moment, readings, tenant } = this
    return loneIn(trail, moment, readings.resources, tenant?.memory.memories.resources)
  }

  /** Whether the agent takes up what agents of other kinds take up. */
  sharedOf({ trail, blueprint }: AgentState): Shared {
    const { moment, readings, tenant } = this
    const { event, keys } = moment
    if (blueprint === undefined || tenant === undefined || tenant.tools.size === 0)
      return NOT_SHARED
    return sharedIn(trail, keys, readings.resources, tenant.tools, blueprint, event.atMs)
  }

  /** Whether the agent does for the first time what its kind has been given to do. */
  isToolOfKind(atMs: number): boolean {
    const { blueprint, readings } = this
    const { isNew, key } = readings.actions.action
    if (!isNew || blueprint === undefined) return false
    return isNewTool(blueprint.tools, key, blueprint.firstMs, atMs)
  }

  /** Says who the agent is, and counts it with its tenant when it is new. */
  introduce(
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

  /** Sets what the event at hand is scored in. */
  situate({ firstMs, releasedMs }: AgentState, session: Session, elapsedMs: number): void {
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

  judged(score: number, isAbsence: boolean): Judged {
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

  /**
   * Learns from the event. Answers the lowest tail of the agent's day that it ended, if it ended one;
   * nothing is learned where no groups were met to learn.
   */
  learn(state: AgentState): number | undefined {
    const { own, moment, judgement, readingsInOrder, tenantShare, blueprintShare } = this
    if (tenantShare === undefined) return undefined
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
    keepStrangest(state, judgement)
    lengthen(tenantShare, event.atMs)
    if (blueprintShare === undefined) return ended
    lengthen(blueprintShare, event.atMs)
    const ageMs = event.atMs - state.firstMs
    const { actions, resources } = this.readings
    const { blueprint } = state
    if (blueprint !== undefined) {
      noteShared(tenantShare.tools, blueprint, resources, event.atMs, ageMs)
    }
    const { isNew, key } = actions.action
    if (isNew) noteTool(blueprintShare.tools, key, event.atMs)
    return ended
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
