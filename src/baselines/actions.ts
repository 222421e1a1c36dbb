/**
 * Actions: what an agent does, and what it does next.
 *
 * Two facets: the action, and the step to it from the action before in the session. Each is a faded
 * tally with the blueprint's and the tenant's as prior. And an action is as likely as it was after the
 * last three of the session, backed off to the last two, to the last one, to how likely it is at all;
 * at each length the tenant's word comes first, then the blueprint's, then its own.
 * Source    Cleary, Witten (1984), "Data compression using adaptive coding and partial string
 *           matching", IEEE Transactions on Communications; Teh (2006), ACL, for the groups.
 * Departs   Groups alone know more than one action back: members teach them what is new to a member,
 *           or surprising, so that few ways are held, and of an agent none.
 * Cost      At most 3.5 KB an agent, 130 KB a group; O(1).
 * Blind to  The order of steps further apart, and interleaved sessions that carry no id.
 */
import { z } from 'zod'
import { pairKey } from '../math/hash.ts'
import { addTo, type PlainTally, weightOf } from '../math/tally.ts'
import type { Baseline, Kin, Moment } from './baseline.ts'
import { type Facets, type PlainFacet, plainFacet, plainTally } from './facet.ts'
import { type FacetReadings, facetsBaseline } from './facets.ts'

/** Steps seen from an action before its own continuation outweighs the back-off. */
const BACK_OFF = 4
/** Steps from an action before what comes next is a habit by half. */
const HABIT = 3
/** Actions from which steps are known; then ways from which they are, and the steps from these. */
const OTHERS_MAX = { agent: [64], group: [1024, 4096, 8192] }
/** A step likelier than this after the last action alone is usual: what went before is not asked. */
const USUAL_STEP = 0.6
/** A step that longer ways make less likely by this factor is one that they have yet to learn of. */
const UNFORESEEN = 0.6
/** So often a member takes a step before the ways to it are no news to its group. */
const NEWS = 4
/** Key of "nothing before": the start of a session. */
const START = 1
/** A step is never certain to come, and never certain not to. */
const STEP_MIN = 1e-12

/** The step is silent where nothing went before, or the same: who begins is asked for its action. */
export interface ActionsReading extends FacetReadings<'action' | 'step'> {
  /** How surprising the action is after those before it, in nats. */
  stepNats: number
  /** How many actions before it that goes by, 1 to 3. */
  reach: number
  /** Whether it is news to the groups by which way it came. */
  isNews: boolean
  /** Whether nothing went before in the session. */
  isStart: boolean
}

const facets = facetsBaseline(
  'actions',
  4,
  {
    action: {
      agentMax: 64,
      groupMax: 1024,
      key: (keys) => keys.action,
      name: (event) => event.action,
    },
    step: {
      agentMax: 256,
      groupMax: 4096,
      key: ({ action }, moment) => pairKey(previous(moment), action),
      name: () => undefined,
    },
  },
  OTHERS_MAX,
)

/** Which tally counts the steps, and which how often one was taken from an action, whatever came next. */
const STEP = 1
const LEAVING = 2
/** Of a group, the same of longer ways. */
const LEAVING_WAY = 3
const STEP_FROM_WAY = 4

/** Until v2 steps were a bare tally, with the actions they start from among them. */
const plainActions = z.tuple([plainFacet, z.union([plainFacet, plainTally]), plainTally.optional()])
type PlainActions = readonly [PlainFacet, PlainFacet | PlainTally, PlainTally?]

function blankReading(): ActionsReading {
  return { ...facets.blankReading(), stepNats: 0, reach: 1, isNews: false, isStart: true }
}

export const actions: Baseline<Facets, ActionsReading> = {
  ...facets,
  schema: z.union([z.instanceof(Uint8Array), plainActions]),
  blankReading,

  read(own, kin, moment, into = blankReading()) {
    facets.read(own, kin, moment, into)
    const { blueprint, tenant } = kin
    const { gain, keys } = moment
    const from = previous(moment)
    const step = into.step.key
    const ownLeft = leavingOf(own, from)
    let peersLeft = ownLeft
    let expected = Math.exp(-into.action.nats)
    expected = backedOff(tenant, leavingOf(tenant, from), STEP, step, gain, expected)
    if (blueprint !== undefined) {
      peersLeft = leavingOf(blueprint, from)
      expected = backedOff(blueprint, peersLeft, STEP, step, gain, expected)
    }
    const taken = weightOf(own, STEP, step)
    expected = backedOff(own, ownLeft, STEP, step, gain, expected)
    into.reach = 1
    into.isNews = taken < NEWS * gain
    if (expected < USUAL_STEP) {
      const after = afterWays(kin, moment, expected, into)
      if (after < expected * UNFORESEEN) into.isNews = true
      expected = after
    }
    into.isStart = from === START
    into.stepNats = expected >= 1 ? 0 : -Math.log(Math.max(expected, STEP_MIN))
    // What follows upon something rare is rare itself, and says nothing.
    const left = peersLeft + ownLeft
    const habit = from === START || from === keys.action ? 0 : habitOf(left, gain)
    into.step.nats *= habit
    // The way back from it, to what the agent knows, is no news to the tenant either.
    if (into.step.tenantNats > 0 && !into.action.isNew) {
      into.step.tenantNats *= habitOf(leavingOf(tenant, from), gain)
    }
    return into
  },

  learn(own, groups, moment, trust, reading) {
    const isNewStep = reading.step.isNew
    facets.learn(own, groups, moment, trust, reading)
    const from = previous(moment)
    const weight = moment.gain * trust
    addTo(own, LEAVING, from, weight)
    if (isNewStep) for (const group of groups) addTo(group, LEAVING, from, weight)
    if (reading.isNews) for (const group of groups) teachWays(group, moment, weight)
  },

  load(saved, holder) {
    if (saved instanceof Uint8Array) return facets.load(saved, holder)
    const [action, step, leaving = step] = saved as PlainActions
    const steps = step[0] instanceof Uint8Array ? [step, []] : step
    return facets.load([action, steps, leaving], holder)
  },
}

function previous({ session }: Moment): number {
  return session.lastAction || START
}

/** How far what comes next is a habit, in [0, 1), where so many steps were taken from an action. */
function habitOf(left: number, gain: number): number {
  return left / (left + HABIT * gain)
}

function leavingOf(memory: Facets, from: number): number {
  return weightOf(memory, LEAVING, from)
}

function backedOff(
  memory: Facets,
  leaving: number,
  tally: number,
  step: number,
  gain: number,
  parent: number,
): number {
  const left = leaving / gain
  if (left === 0) return parent
  const own = left / (left + BACK_OFF)
  // A step and what it leaves may be forgotten apart; a share above 1 is none.
  const share = Math.min(weightOf(memory, tally, step) / gain / left, 1)
  return own * share + (1 - own) * parent
}

/** How likely the action is by the longer ways to it that a group knows; `parent` is by the last action. */
function afterWays(
  { blueprint, tenant }: Kin<Facets>,
  { session, keys, gain }: Moment,
  parent: number,
  into: ActionsReading,
): number {
  let expected = parent
  for (let reach = 2; reach <= REACH_MAX; reach++) {
    const way = wayOf(session, reach)
    const left = way === 0 ? 0 : weightOf(tenant, LEAVING_WAY, way)
    if (left === 0) break // what the tenant does not know its blueprints do not
    const step = pairKey(way, keys.action)
    expected = backedOff(tenant, left, STEP_FROM_WAY, step, gain, expected)
    into.reach = reach
    if (blueprint === undefined) continue
    const peersLeft = weightOf(blueprint, LEAVING_WAY, way)
    expected = backedOff(blueprint, peersLeft, STEP_FROM_WAY, step, gain, expected)
  }
  return expected
}

function teachWays(group: Facets, { session, keys }: Moment, weight: number): void {
  for (let reach = 2; reach <= REACH_MAX; reach++) {
    const way = wayOf(session, reach)
    if (way === 0) return
    addTo(group, LEAVING_WAY, way, weight)
    addTo(group, STEP_FROM_WAY, pairKey(way, keys.action), weight)
  }
}

const REACH_MAX = 3

function wayOf({ lastTwo, lastThree }: Moment['session'], reach: number): number {
  return reach === 2 ? lastTwo : lastThree
}
