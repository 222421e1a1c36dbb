/**
 * Attack runs: every scenario at every intensity and spread it names, each against the background alone.
 *
 * Besides, at full intensity: while the company is still being learned, and hidden in a backlog that
 * is shipped when it is over.
 */
import { type Random, random } from '../../math/random.ts'
import type { Severity } from '../../scoring/threshold.ts'
import { severities } from '../../scoring/threshold.ts'
import type { ReplayOptions } from '../replay.ts'
import type { Craft } from '../simulate/attacks/craft.ts'
import { scenarios } from '../simulate/attacks/plan.ts'
import type { Scenario } from '../simulate/attacks/scenario.ts'
import { DAY_MS, HOUR_MS } from '../simulate/clock.ts'
import type { SimulatedAgent } from '../simulate/world.ts'
import type { Background } from './background.ts'
import { type Judged, type Plot, play } from './play.ts'

export const INTENSITIES = [1, 2, 5] as const
/** When an attack comes: in an ordinary week, while all is new, or hidden in a late backlog. */
export type Setting = 'ordinary' | 'learning' | 'backfill'

export interface AttackVariant {
  readonly scenario: Scenario
  /** 1 is subtle, 5 is blatant. */
  readonly intensity: number
  readonly spreadMs: number
  readonly setting: Setting
}

export interface AttackRun extends AttackVariant {
  readonly seed: number
  /** Malicious events that were judged. */
  readonly events: number
  /** The gravest severity told of a case with a malicious event in it; undefined where it was missed. */
  readonly severity: Severity | undefined
  readonly judged: readonly Judged[]
}

/** So many malicious events at the most, times three: as many as in a generated tenant. */
const BUDGET = 110
/** Within so many days after judging begins an attack starts: on a working day, as a rule. */
const START_DAYS = [0.1, 3] as const
/** While all is new: so many days after the first event. */
const YOUNG_DAYS = [4, 6] as const
/** How long before the attack the collector fails, and when it ships what it held. */
const HELD_BEFORE_MS = 2 * HOUR_MS
const HELD_MS = 20 * HOUR_MS
/** Judged for so long after the last malicious event has arrived. */
const AFTER_MS = HOUR_MS

/** Every variant; the small version has one a scenario, at full intensity and its shortest spread. */
export function attackVariants(isSmall: boolean): AttackVariant[] {
  return scenarios.flatMap((scenario) => {
    const blatant = INTENSITIES.at(-1)!
    const shortest = Math.min(...scenario.spreadsMs)
    const hidden = (setting: Setting) => ({
      scenario,
      intensity: blatant,
      spreadMs: shortest,
      setting,
    })
    if (isSmall) return [hidden('ordinary')]
    const ordinary = INTENSITIES.flatMap((intensity) =>
      scenario.spreadsMs.map((spreadMs) => ({
        scenario,
        intensity,
        spreadMs,
        setting: 'ordinary' as const,
      })),
    )
    return [...ordinary, hidden('learning'), hidden('backfill')]
  })
}

export function runAttack(
  background: Background,
  variant: AttackVariant,
  options: Omit<ReplayOptions, 'registry'>,
): AttackRun {
  const plot = plotOf(background, variant)
  const { told, judged } = play(background, plot, options)
  const malicious = new Set(plot.attacks.map(({ event }) => event.id))
  const grades = told
    .filter(({ events }) => [...events].some((id) => malicious.has(id)))
    .map(({ alert }) => severities.indexOf(alert.severity))
  const severity = grades.length === 0 ? undefined : severities[Math.max(...grades)]
  const { seed } = background.options
  return { ...variant, seed, events: judged.length, severity, judged }
}

function plotOf(background: Background, variant: AttackVariant): Plot {
  const { scenario, intensity, spreadMs, setting } = variant
  const company = background.found()
  const { world } = company
  const rng = random(`suite/${world.seed}`).fork(
    `${scenario.name}/${intensity}/${spreadMs}/${setting}`,
  )
  const startMs = startOf(background, setting, rng)
  const changed = setting === 'backfill' ? holdBack(world.agents, startMs) : []
  const craft: Craft = {
    world,
    rng,
    startMs,
    spreadMs,
    intensity,
    budget: BUDGET,
    victims: world.agents,
    occurrences: [],
    silences: [],
    registered: [],
  }
  scenario.run(craft)
  const { occurrences: attacks, silences, registered } = craft
  const begins = [startMs - HELD_BEFORE_MS, ...silences.map(({ fromMs }) => fromMs)]
  return {
    company,
    attacks,
    silences,
    registered,
    changed,
    fromMs: Math.min(...begins),
    untilMs: Math.max(...attacks.map(({ arrivesMs }) => arrivesMs)) + AFTER_MS,
  }
}

function startOf({ startMs, judgedMs }: Background, setting: Setting, rng: Random): number {
  return setting === 'learning'
    ? startMs + Math.floor(rng.between(...YOUNG_DAYS) * DAY_MS)
    : judgedMs + Math.floor(rng.between(...START_DAYS) * DAY_MS)
}

/** The collector of all agents fails before the attack; all of it arrives hours after it began. */
function holdBack(agents: readonly SimulatedAgent[], startMs: number): readonly SimulatedAgent[] {
  const fromMs = startMs - HELD_BEFORE_MS
  for (const { changes } of agents) changes.push({ fromMs, toMs: fromMs + HELD_MS, held: true })
  return agents
}
