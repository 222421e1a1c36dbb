/**
 * The suite: all attack scenarios and their honest twins, played against small companies.
 *
 * A scenario counts as detected when an alert held one of its events in at least half of its runs at
 * full intensity, and in at least one of those at lower intensity, over all spreads and seeds. A twin
 * is silent when it raised no alert of high or critical severity in any run; one of the calendar, when
 * there were no more of them than ordinary agent-days have by chance.
 */
import { parseRegistry } from '../../agent/registry.ts'
import type { ReplayOptions } from '../replay.ts'
import { DAY_MS } from '../simulate/clock.ts'
import { registerAll } from '../simulate/registry.ts'
import { type AttackRun, attackVariants, INTENSITIES, runAttack } from './attack-runs.ts'
import { type Background, type BackgroundOptions, backgroundOf } from './background.ts'
import { play } from './play.ts'
import { GRAVE, runTwin, type TwinRun } from './twin-runs.ts'
import { CALENDARS, type Calendar, twins } from './twins.ts'

export interface SuiteOptions extends Omit<ReplayOptions, 'registry'> {
  readonly seeds: readonly number[]
  /** One run a scenario at full intensity, in a smaller company: a check, and no measurement. */
  readonly isSmall?: boolean | undefined
  /** Only these scenarios and twins, by name. @default all */
  readonly only?: readonly string[] | undefined
  /** Told of every run as it ends. */
  readonly ran?: ((run: AttackRun | TwinRun) => void) | undefined
}

/** How often the background alone is alerted on. */
export interface Ordinary {
  readonly agentDays: number
  /** Agent-days on which an alert was opened, of any severity, and of a grave one. */
  readonly alerted: number
  readonly grave: number
}

export interface SuiteRuns {
  readonly attacks: readonly AttackRun[]
  readonly twins: readonly TwinRun[]
  readonly ordinary: Ordinary
}

/** With a chance smaller than this it was not chance. */
const CHANCE_MIN = 0.05
/** Alerts taken for granted where none was seen: a rate of zero is never known. */
const UNSEEN = 0.5

export const FULL_SIZE = { agents: 36, learnedDays: 21, judgedDays: 20, pace: 1 } as const
export const SMALL_SIZE = { agents: 24, learnedDays: 14, judgedDays: 12, pace: 0.3 } as const

export function runSuite({
  seeds,
  isSmall = false,
  only,
  ran,
  ...options
}: SuiteOptions): SuiteRuns {
  const size = isSmall ? SMALL_SIZE : FULL_SIZE
  const isWanted = (name: string) => only === undefined || only.includes(name)
  const variants = attackVariants(isSmall).filter(({ scenario }) => isWanted(scenario.name))
  const attacks: AttackRun[] = []
  const twinRuns: TwinRun[] = []
  const ordinary = { agentDays: 0, alerted: 0, grave: 0 }
  for (const seed of seeds) {
    for (const calendar of Object.keys(CALENDARS) as Calendar[]) {
      const wanted = twins.filter(
        ({ name, calendars }) => calendars.includes(calendar) && isWanted(name),
      )
      const isAttacked = calendar === 'ordinary' && variants.length > 0
      if (wanted.length === 0 && !isAttacked) continue
      const background = learn({ ...size, seed, judgedFrom: CALENDARS[calendar] }, options)
      if (calendar === 'ordinary') count(background, options, ordinary)
      for (const variant of isAttacked ? variants : []) {
        const run = runAttack(background, variant, options)
        attacks.push(run)
        ran?.(run)
      }
      for (const twin of wanted) {
        const run = runTwin(background, twin, calendar, options)
        twinRuns.push(run)
        ran?.(run)
      }
    }
  }
  return { attacks, twins: twinRuns, ordinary }
}

/** Whether a scenario counts as detected, from its runs in an ordinary week. */
export function isDetected(runs: readonly AttackRun[]): boolean {
  const ordinary = runs.filter(({ setting }) => setting === 'ordinary')
  const blatant = ordinary.filter(({ intensity }) => intensity === INTENSITIES.at(-1))
  const subtle = ordinary.filter(({ intensity }) => intensity !== INTENSITIES.at(-1))
  const found = (some: readonly AttackRun[]) =>
    some.filter(({ severity }) => severity !== undefined).length
  const isFoundSubtle = subtle.length === 0 || found(subtle) > 0
  return blatant.length > 0 && 2 * found(blatant) >= blatant.length && isFoundSubtle
}

export function isSilent(runs: readonly TwinRun[], ordinary: Ordinary): boolean {
  const alarms = runs.reduce((sum, run) => sum + run.alarms.length, 0)
  if (runs.some(({ twin }) => !twin.isOfCalendar)) return alarms === 0
  return chanceOf(alarms, expectedIn(runs, ordinary)) >= CHANCE_MIN
}

/** Grave alerts that as many ordinary agent-days have; half of one is added to those that were seen. */
export function expectedIn(runs: readonly TwinRun[], { grave, agentDays }: Ordinary): number {
  const days = runs.reduce((sum, run) => sum + run.agentDays, 0)
  return ((grave + UNSEEN) * days) / Math.max(1, agentDays)
}

/** P(at least so many | so many expected), by Poisson. */
function chanceOf(seen: number, expected: number): number {
  let term = Math.exp(-expected)
  let below = 0
  for (let n = 0; n < seen; n++) {
    below += term
    term *= expected / (n + 1)
  }
  return 1 - below
}

function learn(size: BackgroundOptions, options: Omit<ReplayOptions, 'registry'>): Background {
  return backgroundOf(
    size,
    options,
    ({ world }) => parseRegistry(JSON.stringify(registerAll(world))).registry,
  )
}

/** Judges the background with nothing added. */
function count(
  background: Background,
  options: Omit<ReplayOptions, 'registry'>,
  into: { agentDays: number; alerted: number; grave: number },
): void {
  const { delivered, learned, judgedMs, endMs: untilMs } = background
  const days = new Set<string>()
  for (const { agent, happenedMs } of delivered.slice(learned)) days.add(dayOf(agent, happenedMs))
  into.agentDays += days.size
  const company = background.found()
  const nothing = { attacks: [], silences: [], registered: [], changed: [] }
  const { told } = play(background, { company, ...nothing, fromMs: judgedMs, untilMs }, options)
  const opened = told.map(
    ({ alert }) => [dayOf(alert.agent.id, Date.parse(alert.time)), alert] as const,
  )
  into.alerted += new Set(opened.map(([day]) => day)).size
  into.grave += new Set(
    opened.filter(([, { severity }]) => GRAVE.includes(severity)).map(([day]) => day),
  ).size
}

const dayOf = (agent: string, atMs: number): string => `${Math.floor(atMs / DAY_MS)} ${agent}`
