import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { contenderOf, evaluateAlerts, missedBy } from '../../src/offline/report.ts'
import { scoreTable } from '../../src/offline/score-table.ts'

const HOUR_MS = 3_600_000
const attacks = [
  { incident: 'found', scenario: 'loud', events: ['m1'] },
  { incident: 'missed', scenario: 'quiet', events: ['m2', 'm3'] },
  { incident: 'unseen', scenario: 'quiet', events: ['gone'] },
]
const alert = (agent: string, time: string, events: string[]) =>
  ({ agent: { id: agent }, time, events }) as Partial<Alert> as Alert

describe('a report', () => {
  it('tells true alerts from false ones, and counts the days of these', () => {
    const alerts = [
      alert('a', '2026-02-02T01:00:00.000Z', ['b1', 'm1']),
      alert('b', '2026-02-02T02:00:00.000Z', ['b2']),
      alert('b', '2026-02-02T20:00:00.000Z', ['b3']),
    ]
    expect(evaluateAlerts(alerts, attacks, 500)).toEqual({
      ...{ alerts: 3, falseAlerts: 2, falsePerThousandAgentDays: 2, found: 1 },
    })
  })

  it('shows a missed attack among the scores of the agent that did most of it', () => {
    const table = scoreTable()
    const scores: number[] = []
    const add = (id: string, agent: string, hour: number, score: number) => {
      table.add({ id, agent, time: hour * HOUR_MS, session: undefined })
      scores.push(score)
    }
    for (let day = 0; day < 300; day++) add(`b${day}`, 'busy', day * 24, 5)
    add('m1', 'loud', 10, 9)
    add('m2', 'busy', 240.5, 4)
    add('m3', 'busy', 241, 2)
    const contender = contenderOf('own', table, scores, { attacks, sessions: undefined }, 1)
    const missed = missedBy(contender, table, scores, attacks)
    expect(missed).toHaveLength(1) // the unseen one has no scores to show
    expect(missed[0]).toMatchObject({ incident: 'missed', agent: 'busy', highest: 4, above: 5 })
    expect(missed[0]!.malicious).toEqual([
      [240.5 * HOUR_MS, 4],
      [241 * HOUR_MS, 2],
    ])
    // A day around it: the honest events of hours 216.5 to 265.
    const hours = missed[0]!.scores.map(([atMs]) => atMs / HOUR_MS)
    expect(hours).toEqual([240, 240.5, 241, 264])
  })
})
