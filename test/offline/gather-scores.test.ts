import { describe, expect, it } from 'vitest'
import { gatherScores, type ScoredEvent } from '../../src/offline/gather-scores.ts'

const DAY_MS = 86_400_000
const event = (
  id: string,
  agent: string,
  day: number,
  score: number,
  session?: string,
): ScoredEvent => ({
  ...{ id, agent, time: day * DAY_MS, score },
  session,
})

describe('gatherScores', () => {
  const scores = [
    event('b1', 'a', 0, 3, 's1'),
    event('m1', 'a', 0, 5, 's1'),
    event('b2', 'b', 0, 2, 's2'),
    event('b3', 'b', 1, Number.NaN),
  ]
  const attacks = [{ incident: 'i', scenario: 's', events: ['m1', 'gone'] }]

  it('keeps the highest score of agent-days and sessions, malicious when any event is', () => {
    const { days, sessions, unscored, agents, honest } = gatherScores(scores, attacks)
    expect(days).toEqual([
      { agent: 0, max: 5, isMalicious: true },
      { agent: 1, max: 2, isMalicious: false },
      { agent: 1, max: -Infinity, isMalicious: false },
    ])
    expect(sessions).toEqual([
      { agent: 0, max: 5, isMalicious: true },
      { agent: 1, max: 2, isMalicious: false },
    ])
    expect({ unscored, agents, honest: honest.length }).toEqual({
      unscored: 1,
      agents: 2,
      honest: 3,
    })
  })

  it('believes what is said of whole sessions, and leaves out the others', () => {
    const truth = new Map([['s2', true]])
    expect(gatherScores(scores, attacks, truth).sessions).toEqual([
      { agent: 1, max: 2, isMalicious: true },
    ])
  })

  it('holds more honest events than it began with room for', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => event(`b${n}`, `a${n % 7}`, 0, n))
    const { honest, honestAgents } = gatherScores(many, attacks)
    expect([...honest]).toEqual(many.map(({ score }) => score))
    expect([...honestAgents]).toEqual(many.map((_, n) => n % 7))
  })
})
