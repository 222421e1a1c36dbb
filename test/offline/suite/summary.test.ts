import { expect, it } from 'vitest'
import { scenarios } from '../../../src/offline/simulate/attacks/plan.ts'
import type { AttackRun, Setting } from '../../../src/offline/suite/attack-runs.ts'
import { spreadName, summarise } from '../../../src/offline/suite/summary.ts'
import type { TwinRun } from '../../../src/offline/suite/twin-runs.ts'
import { twins } from '../../../src/offline/suite/twins.ts'

const HOUR_MS = 3_600_000
const run = (intensity: number, isFound: boolean, setting: Setting = 'ordinary'): AttackRun => ({
  ...{
    scenario: scenarios[0]!,
    intensity,
    spreadMs: HOUR_MS,
    setting,
    seed: 1,
    events: 3,
    judged: [],
  },
  severity: isFound ? 'low' : undefined,
})
const twinRun = (raised: number, graveWithout: number | undefined, twin = twins[0]!): TwinRun => ({
  agentDays: 40,
  ...{ twin, calendar: 'ordinary', seed: 1, agents: 3, alerts: raised, grave: raised },
  graveWithout,
  alarms: Array.from({ length: raised }, () => ({
    ...{ agent: 'a', severity: 'high' as const, time: '2026-06-18T09:00:00.000Z', title: '' },
    detectors: ['new-area', 'odd-step'],
  })),
})
const ordinary = { agentDays: 400, alerted: 9, grave: 4 }
const scenarioOf = (attacks: AttackRun[]) =>
  summarise({ attacks, twins: [], ordinary }).scenarios[0]!

it('calls a scenario detected by half of the blatant runs and one of the subtle', () => {
  expect(scenarioOf([run(5, true), run(5, false), run(1, true)]).isDetected).toBe(true)
  expect(scenarioOf([run(5, true), run(5, false), run(5, false), run(1, true)]).isDetected).toBe(
    false,
  )
  expect(scenarioOf([run(5, true), run(2, false), run(1, false)]).isDetected).toBe(false)
  expect(scenarioOf([run(5, true)]).isDetected).toBe(true) // the small version has no subtle ones
})

it('counts apart what comes while learning or from a backlog', () => {
  const found = scenarioOf([run(5, true), run(5, false, 'learning'), run(5, true, 'backfill')])
  expect(found).toMatchObject({
    isDetected: true,
    byIntensity: { 5: { runs: 1, found: 1 } },
    bySpread: { '1 h': { runs: 1, found: 1 } },
    learning: { runs: 1, found: 0 },
    backfill: { runs: 1, found: 1 },
  })
})

it('calls a twin silent when none of its runs raised anything', () => {
  const of = (runs: TwinRun[]) => summarise({ attacks: [], twins: runs, ordinary }).twins[0]!
  expect(of([twinRun(0, 1), twinRun(0, 0)])).toMatchObject({ isSilent: true, graveWithout: 1 })
  expect(of([twinRun(0, 1), twinRun(2, 0)])).toMatchObject({
    ...{ isSilent: false, runs: 2, alarmed: 1, grave: 2, detectors: { 'new-area': 2 } },
  })
})

it('allows the calendar as many alarms as ordinary days have by chance', () => {
  const weekend = twins.find(({ isOfCalendar }) => isOfCalendar)!
  const of = (raised: number) =>
    summarise({ attacks: [], twins: [twinRun(raised, undefined, weekend)], ordinary }).twins[0]!
  // 4.5 in 400 agent-days are 0.45 in 40: P(≥ 1) = 1 − e^−0.45 = 0.362, P(≥ 2) = 0.075, P(≥ 3) = 0.011.
  expect(of(1).graveWithout).toBe(0.5)
  expect([0, 1, 2, 3].map((raised) => of(raised).isSilent)).toEqual([true, true, true, false])
})

it('names spreads as a person would', () => {
  expect([0.2, 4, 24, 312].map((hours) => spreadName(hours * HOUR_MS))).toEqual(
    ['12 min', '4 h', '1 d', '13 d'], //
  )
})
