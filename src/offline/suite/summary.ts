/** Summary: what the runs of the suite come to, small enough to be kept and compared. */
import { scenarios } from '../simulate/attacks/plan.ts'
import { HOUR_MS } from '../simulate/clock.ts'
import { type AttackRun, INTENSITIES, type Setting } from './attack-runs.ts'
import { expectedIn, isDetected, isSilent, type Ordinary, type SuiteRuns } from './suite.ts'
import type { TwinRun } from './twin-runs.ts'
import { twins } from './twins.ts'

/** Runs of a kind, and in how many of them an alert held a malicious event. */
export interface Found {
  readonly runs: number
  readonly found: number
}

export interface ScenarioSummary {
  /** Its number in the table of scenarios. */
  readonly number: number
  readonly name: string
  readonly isDetected: boolean
  /** Runs in an ordinary week, by intensity, and those by spread. */
  readonly byIntensity: Readonly<Record<string, Found>>
  readonly bySpread: Readonly<Record<string, Found>>
  /** At full intensity while the company is learned, and hidden in a backlog. */
  readonly learning: Found
  readonly backfill: Found
}

export interface TwinSummary {
  readonly number: number
  readonly name: string
  readonly isSilent: boolean
  readonly runs: number
  /** Runs in which it raised an alert of high or critical severity. */
  readonly alarmed: number
  /** Alerts of any severity, and grave ones. */
  readonly alerts: number
  readonly grave: number
  /** Grave ones in the world without it; of the calendar, in as many ordinary agent-days. */
  readonly graveWithout: number
  /** The detectors that spoke first in what it raised, and how often. */
  readonly detectors: Readonly<Record<string, number>>
}

export interface SuiteSummary {
  readonly detected: number
  readonly scenarios: readonly ScenarioSummary[]
  readonly alarming: number
  readonly twins: readonly TwinSummary[]
  readonly ordinary: Ordinary
}

export function summarise(runs: SuiteRuns): SuiteSummary {
  const attacked = scenarios.flatMap(({ number, name }) => {
    const its = runs.attacks.filter(({ scenario }) => scenario.name === name)
    return its.length === 0 ? [] : [ofScenario(number, name, its)]
  })
  const changed = twins.flatMap(({ number, name }) => {
    const its = runs.twins.filter(({ twin }) => twin.name === name)
    return its.length === 0 ? [] : [ofTwin(number, name, its, runs.ordinary)]
  })
  return {
    detected: attacked.filter((one) => one.isDetected).length,
    scenarios: attacked,
    alarming: changed.filter((one) => !one.isSilent).length,
    twins: changed,
    ordinary: runs.ordinary,
  }
}

function ofScenario(number: number, name: string, runs: readonly AttackRun[]): ScenarioSummary {
  const inSetting = (setting: Setting) => runs.filter((run) => run.setting === setting)
  const ordinary = inSetting('ordinary')
  const spreads = [...new Set(ordinary.map(({ spreadMs }) => spreadMs))].sort((a, b) => a - b)
  return {
    number,
    name,
    isDetected: isDetected(runs),
    byIntensity: Object.fromEntries(
      INTENSITIES.map((level) => [
        level,
        foundIn(ordinary.filter((run) => run.intensity === level)),
      ]),
    ),
    bySpread: Object.fromEntries(
      spreads.map((ms) => [spreadName(ms), foundIn(ordinary.filter((run) => run.spreadMs === ms))]),
    ),
    learning: foundIn(inSetting('learning')),
    backfill: foundIn(inSetting('backfill')),
  }
}

const foundIn = (runs: readonly AttackRun[]): Found => ({
  runs: runs.length,
  found: runs.filter(({ severity }) => severity !== undefined).length,
})

export function spreadName(ms: number): string {
  const hours = ms / HOUR_MS
  if (hours < 1) return `${Math.round(hours * 60)} min`
  return hours < 24 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`
}

function ofTwin(
  number: number,
  name: string,
  runs: readonly TwinRun[],
  ordinary: Ordinary,
): TwinSummary {
  const sum = (each: (run: TwinRun) => number) => runs.reduce((total, run) => total + each(run), 0)
  const detectors: Record<string, number> = {}
  for (const {
    detectors: [first],
  } of runs.flatMap(({ alarms }) => alarms)) {
    if (first !== undefined) detectors[first] = (detectors[first] ?? 0) + 1
  }
  const hasOther = runs.every(({ graveWithout }) => graveWithout !== undefined)
  const expected = Math.round(10 * expectedIn(runs, ordinary)) / 10
  return {
    number,
    name,
    isSilent: isSilent(runs, ordinary),
    runs: runs.length,
    alarmed: runs.filter(({ alarms }) => alarms.length > 0).length,
    alerts: sum(({ alerts }) => alerts),
    grave: sum(({ grave }) => grave),
    graveWithout: hasOther ? sum(({ graveWithout = 0 }) => graveWithout) : expected,
    detectors,
  }
}
