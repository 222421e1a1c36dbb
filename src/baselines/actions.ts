/**
 * Actions: what an agent does, and what it does next.
 *
 * Faded tallies of actions, and of steps from one action of a session to the next. A step is as
 * likely as it was after the same action before, backed off to the blueprint's steps, then to how
 * likely the action is at all.
 * Source    Katz (1987), "Estimation of probabilities from sparse data", IEEE ASSP, for backing off;
 *           Teh (2006), ACL, for the groups.
 * Departs   Steps of length one only.
 * Cost      At most 3 KB an agent; O(1).
 * Blind to  The order of steps further apart, and interleaved sessions that carry no id.
 */
import { z } from 'zod'
import { pairKey } from '../math/hash.ts'
import {
  addTo,
  blankTally,
  loadTally,
  mergeTally,
  type SavedTally,
  saveTally,
  scaleTally,
  type Tally,
  weightOf,
} from '../math/tally.ts'
import type { Baseline, Moment } from './baseline.ts'
import {
  blankFacet,
  type Facet,
  type FacetReading,
  keepExample,
  learnFacet,
  loadFacet,
  mergeFacet,
  readFacet,
  type SavedFacet,
  savedFacet,
  saveFacet,
  scaleFacet,
} from './facet.ts'

const ACTIONS_MAX = { agent: 64, group: 1024 }
/** A step holds two keys: the pair, and the action it started from. */
const STEPS_MAX = { agent: 256, group: 4096 }
/** Steps seen from an action before its own continuation outweighs the back-off. */
const BACK_OFF = 4
/** Key of "nothing before": the start of a session. */
const START = 1

export interface ActionsMemory {
  readonly action: Facet
  readonly steps: Tally
}

export interface ActionsReading {
  readonly action: FacetReading
  /** How surprising the action is after the one before, in nats. */
  readonly stepNats: number
  /** The agent was never seen to take this step. */
  readonly isNewStep: boolean
}

export const actions: Baseline<ActionsMemory, ActionsReading> = {
  name: 'actions',
  version: 1,
  schema: z.tuple([savedFacet, savedFacet.def.items[0]]),
  blank: (holder) => ({
    action: blankFacet(holder, ACTIONS_MAX.agent, ACTIONS_MAX.group),
    steps: blankTally(STEPS_MAX[holder]),
  }),

  read(own, kin, moment) {
    const { keys, gain } = moment
    const of = { blueprint: kin.blueprint?.action, tenant: kin.tenant.action }
    const action = readFacet(own.action, of, keys.action, gain)
    const from = previous(moment)
    const step = pairKey(from, keys.action)
    let expected = Math.exp(-action.nats)
    expected = backedOff(kin.tenant.steps, from, step, gain, expected)
    if (kin.blueprint !== undefined) {
      expected = backedOff(kin.blueprint.steps, from, step, gain, expected)
    }
    expected = backedOff(own.steps, from, step, gain, expected)
    const isNewStep = weightOf(own.steps, step) === 0
    return { action, stepNats: -Math.log(clamp(expected)), isNewStep }
  },

  learn(own, groups, moment, trust) {
    const { event, keys, gain } = moment
    const weight = gain * trust
    if (learnFacet(own.action, keys.action, weight)) {
      keepExample(own.action, event.action)
      for (const group of groups) learnFacet(group.action, keys.action, weight)
    }
    const from = previous(moment)
    const step = pairKey(from, keys.action)
    addTo(own.steps, from, weight)
    if (!addTo(own.steps, step, weight)) return
    for (const { steps } of groups) {
      addTo(steps, from, weight)
      addTo(steps, step, weight)
    }
  },

  merge(into, from) {
    mergeFacet(into.action, from.action)
    mergeTally(into.steps, from.steps)
  },
  scale(memory, factor) {
    scaleFacet(memory.action, factor)
    scaleTally(memory.steps, factor)
  },
  save: ({ action, steps }) => [saveFacet(action), saveTally(steps)],
  load(saved, holder) {
    const [action, steps] = saved as [SavedFacet, SavedTally]
    return {
      action: loadFacet(action, ACTIONS_MAX[holder]),
      steps: loadTally(steps, STEPS_MAX[holder]),
    }
  },
}

/** A step is never certain to come, and never certain not to. */
const STEP_MIN = 1e-12

function clamp(share: number): number {
  return Math.min(Math.max(share, STEP_MIN), 1)
}

function previous({ session }: Moment): number {
  return session.lastAction || START
}

function backedOff(steps: Tally, from: number, step: number, gain: number, parent: number): number {
  const leaving = weightOf(steps, from) / gain
  if (leaving === 0) return parent
  const own = leaving / (leaving + BACK_OFF)
  return (own * (weightOf(steps, step) / gain)) / leaving + (1 - own) * parent
}
