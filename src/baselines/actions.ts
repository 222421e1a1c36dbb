/**
 * Actions: what an agent does, and what it does next.
 *
 * Two facets: the action, and the step to it from the action before in the session. Each is a faded
 * tally with the blueprint's and the tenant's as prior. And a step is as likely as it was after the
 * same action before, backed off to the blueprint's steps, then to how likely the action is at all.
 * Source    Katz (1987), "Estimation of probabilities from sparse data", IEEE ASSP, for backing off;
 *           Teh (2006), ACL, for the groups.
 * Departs   Steps of length one only.
 * Cost      At most 2.6 KB an agent; O(1).
 * Blind to  The order of steps further apart, and interleaved sessions that carry no id.
 */
import { z } from 'zod'
import { pairKey } from '../math/hash.ts'
import { addTo, type PlainTally, weightOf } from '../math/tally.ts'
import type { Baseline, Moment } from './baseline.ts'
import { type Facets, type PlainFacet, plainFacet, plainTally } from './facet.ts'
import { type FacetReadings, facetsBaseline } from './facets.ts'

/** Steps seen from an action before its own continuation outweighs the back-off. */
const BACK_OFF = 4
/** Steps from an action before what comes next is a habit by half. */
const HABIT = 3
/** Actions from which steps are known. */
const LEAVING_MAX = { agent: [64], group: [1024] }
/** Key of "nothing before": the start of a session. */
const START = 1
/** A step is never certain to come, and never certain not to. */
const STEP_MIN = 1e-12

/** The step is silent where nothing went before, or the same: who begins is asked for its action. */
export interface ActionsReading extends FacetReadings<'action' | 'step'> {
  /** How surprising the action is after the one before, in nats. */
  stepNats: number
  /** Whether nothing went before in the session. */
  isStart: boolean
}

const facets = facetsBaseline(
  'actions',
  3,
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
  LEAVING_MAX,
)

/** Which tally counts the steps, and which how often one was taken from an action, whatever came next. */
const STEP = 1
const LEAVING = 2

/** Until v2 steps were a bare tally, with the actions they start from among them. */
const plainActions = z.tuple([plainFacet, z.union([plainFacet, plainTally]), plainTally.optional()])
type PlainActions = readonly [PlainFacet, PlainFacet | PlainTally, PlainTally?]

function blankReading(): ActionsReading {
  return { ...facets.blankReading(), stepNats: 0, isStart: true }
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
    expected = backedOff(tenant, leavingOf(tenant, from), step, gain, expected)
    if (blueprint !== undefined) {
      peersLeft = leavingOf(blueprint, from)
      expected = backedOff(blueprint, peersLeft, step, gain, expected)
    }
    expected = backedOff(own, ownLeft, step, gain, expected)
    into.isStart = from === START
    into.stepNats = expected >= 1 ? 0 : -Math.log(Math.max(expected, STEP_MIN))
    // What follows upon something rare is rare itself, and says nothing.
    const left = peersLeft + ownLeft
    const habit = from === START || from === keys.action ? 0 : left / (left + HABIT * gain)
    into.step.nats *= habit
    return into
  },

  learn(own, groups, moment, trust, reading) {
    const isNewStep = reading.step.isNew
    facets.learn(own, groups, moment, trust, reading)
    const from = previous(moment)
    const weight = moment.gain * trust
    addTo(own, LEAVING, from, weight)
    if (!isNewStep) return
    for (const group of groups) addTo(group, LEAVING, from, weight)
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

function leavingOf(memory: Facets, from: number): number {
  return weightOf(memory, LEAVING, from)
}

function backedOff(
  memory: Facets,
  leaving: number,
  step: number,
  gain: number,
  parent: number,
): number {
  const left = leaving / gain
  if (left === 0) return parent
  const own = left / (left + BACK_OFF)
  // A step and the action it leaves may be forgotten apart; a share above 1 is none.
  const share = Math.min(weightOf(memory, STEP, step) / gain / left, 1)
  return own * share + (1 - own) * parent
}
