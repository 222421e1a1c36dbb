/** Twin plans: how each honest change is made to the simulated company, at a moment of our choosing. */
import { hash, type Random } from '../../math/random.ts'
import { DAY_MS, offsetMs } from '../simulate/clock.ts'
import { companyPlans, type Plan } from '../simulate/company-oddities.ts'
import type { Company } from '../simulate/found-company.ts'
import { impose, type Oddity } from '../simulate/impose.ts'
import type { SimulatedAgent } from '../simulate/world.ts'

export interface Occasion {
  readonly company: Company
  readonly rng: Random
  /** A Thursday, 9:00 UTC, in the first week that is judged. */
  readonly atMs: number
  readonly judgedMs: number
}

export const some = (
  { company: { population }, rng }: Occasion,
  count: number,
  suits: (agent: SimulatedAgent) => boolean = () => true,
): SimulatedAgent[] => rng.shuffle(population.filter(suits)).slice(0, count)

export const plannedAt =
  (plan: Plan) =>
  ({ company: { population, setting }, rng, atMs }: Occasion): Oddity[] =>
    plan(population, { ...setting, workday: () => atMs }, rng)

/** A new version with a new model, together with the step that it brings. */
export function deploy(occasion: Occasion): Oddity[] {
  const oddities = plannedAt(companyPlans.rollouts)(occasion)
  for (const agent of occasion.company.population) {
    const change = agent.changes.at(-1)
    if (change?.flow === undefined) continue
    const before = agent.releases.filter(({ fromMs }) => fromMs <= change.fromMs)
    const current = before.at(-1)!.agent
    const train = hash(agent.blueprint.name.length, before.length)
    const release = {
      fromMs: change.fromMs,
      userAgent: `${before.at(-1)!.userAgent.split('/')[0]}/${9 + (train % 9)}.0.0`,
      agent: {
        ...current,
        ...(current.version !== undefined && { version: `${9 + (train % 9)}.0.0` }),
        ...('model' in current && { model: `reasoner-${train % 9}-large` }),
      },
    }
    Object.assign(agent, { releases: [...before, release] })
  }
  return oddities
}

/** What the calendar brings to some agents, for some days. */
export function calendarDays(
  { company: { population } }: Occasion,
  kind: string,
  startMs: number,
  days: number,
  concerns: (agent: SimulatedAgent) => boolean = () => true,
): Oddity[] {
  const agents = population.filter(concerns).map(({ id }) => id)
  return [{ kind, agents, startMs, endMs: startMs + days * DAY_MS }]
}

/** The Sunday on which some zones change their clocks, and the first working day after it. */
export function shiftClocks(occasion: Occasion): Oddity[] {
  const sundayMs = occasion.judgedMs + 6 * DAY_MS
  return calendarDays(
    occasion,
    'clock-change',
    sundayMs,
    2,
    ({ zone }) => offsetMs(zone, sundayMs) !== offsetMs(zone, sundayMs + DAY_MS),
  )
}

export function skewClocks(occasion: Occasion): Oddity[] {
  const { rng, atMs } = occasion
  const skewMs = () => Math.round(rng.between(3, 20) * 60_000) * (rng.chance(0.5) ? 1 : -1)
  const change = () => ({ fromMs: atMs, toMs: atMs + 3 * DAY_MS, skewMs: skewMs() })
  return [impose('clock-skew', some(occasion, 6), change)]
}

export function restFor(occasion: Occasion, fromMs: number, days: number, kind: string): Oddity[] {
  const toMs = fromMs + days * DAY_MS
  return [impose(kind, some(occasion, 5), { fromMs, toMs, rate: 0 })]
}
