/** Flows: a blueprint's workflow as one agent runs it, some branches more, some less than its peers. */
import type { Random } from '../../math/random.ts'
import type { Area } from './areas.ts'
import type { Amount, Blueprint, Step, Workflow } from './blueprint.ts'
import type { Flow, FlowStep } from './world.ts'

const BRANCH_SIGMA = 0.45 // spread of branch weights between agents; e^0.9 is a factor of 2.5
const MACHINE_GAP_S: Amount = [1.5, 0.8]
const PERSON_GAP_S: Amount = [25, 1]

export interface Habits {
  readonly rng: Random
  readonly volumeFactor: number
  /** Factor on the spread of amounts: above 1 for agents with very heavy tails. */
  readonly tailFactor: number
  readonly isPrompted: boolean
}

/** A step that a later release adds: what it does and where it hooks in. */
export interface NewStep {
  readonly name: string
  readonly step: Step
  readonly after: string
  /** Its weight against all that followed before. @default 0.33 */
  readonly share?: number
}

/** The blueprint's flow for one agent, with the new step of a release when one is given. */
export function flowOf(
  blueprint: Blueprint,
  areas: Readonly<Record<string, Area>>,
  habits: Habits,
  release?: NewStep,
): Flow {
  const { flow } = blueprint
  if (release === undefined) return compile(flow, areas, habits)
  const after = flow.steps[release.after]!
  const total = Object.values(after.next).reduce((sum, weight) => sum + weight, 0)
  const steps: Record<string, Step> = {
    ...flow.steps,
    [release.after]: {
      ...after,
      next: { ...after.next, [release.name]: total * (release.share ?? 0.33) },
    },
    [release.name]: release.step,
  }
  return compile({ ...flow, steps }, areas, habits)
}

export function compile(
  { start, steps, lengthMax }: Workflow,
  areas: Readonly<Record<string, Area>>,
  habits: Habits,
): Flow {
  const names = Object.keys(steps)
  const places = Object.keys(areas)
  const indices = (weights: Readonly<Record<string, number>>) =>
    Object.keys(weights).map((name) => names.indexOf(name))
  // Streams are named after the branch, so that a new step leaves the other branches as they were.
  const own = (branch: string, weights: Readonly<Record<string, number>>) =>
    Object.entries(weights).map(
      ([name, weight]) => weight * habits.rng.fork(`${branch}>${name}`).logNormal(1, BRANCH_SIGMA),
    )
  const scaled = (amount: Amount | undefined): Amount | undefined =>
    amount && amount[1] > 0
      ? [amount[0] * habits.volumeFactor, amount[1] * habits.tailFactor]
      : amount
  const compileStep = (name: string): FlowStep => {
    const step = steps[name]!
    return {
      action: step.action,
      area: areas[step.area]!,
      place: places.indexOf(step.area),
      isSame: step.same === true,
      bytes: scaled(step.bytes),
      records: scaled(step.records),
      gapS: step.gapS ?? (habits.isPrompted ? PERSON_GAP_S : MACHINE_GAP_S),
      failure: step.failure ?? 0.002,
      denied: step.denied ?? 0.0005,
      scope: step.scope,
      next: indices(step.next),
      weights: own(name, step.next),
    }
  }
  return {
    lengthMax,
    starts: indices(start),
    startWeights: own('', start),
    steps: names.map(compileStep),
  }
}
