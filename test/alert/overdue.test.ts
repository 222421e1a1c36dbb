import { describe, expect, it } from 'vitest'
import { type Overdue, overdueOf } from '../../src/alert/overdue.ts'
import { type Overview, overviewOf } from '../../src/alert/overview.ts'
import { Replay } from '../../src/offline/replay.ts'
import { groupKey } from '../../src/scoring/knowledge.ts'
import { eventOf } from '../support/life.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const STEP_MS = 20 * 60_000
const START_MS = Date.UTC(2026, 1, 2)
const DAYS = 28
const LIVE = { isAlerting: true, frozenMs: undefined }
const OPTIONS = { threshold: { falseAgentDaysPerThousand: 2 }, partitions: 2 }
const AGENTS = Array.from({ length: 10 }, (_, nth) => `reader-${nth}`)
const GONE = 'reader-3'

/** Ten of a kind, each at work three times an hour where it is not said to rest. */
function lived(isSilent: (agent: string, atMs: number) => boolean, clockOf = (_: string) => 0) {
  const replay = new Replay(OPTIONS)
  for (let atMs = START_MS; atMs < START_MS + DAYS * DAY_MS; atMs += STEP_MS) {
    for (const id of AGENTS) {
      if (isSilent(id, atMs)) continue
      const agent = { id, blueprint: 'reader' }
      replay.take(eventOf({ atMs: atMs + clockOf(id), agent }), LIVE)
    }
  }
  return replay
}

const keyOf = (agent: string) => groupKey('default', agent)
function askedOf(replay: Replay, agent: string): Overdue | undefined {
  const state = replay.engineFor(keyOf(agent)).agents.get(keyOf(agent))!
  const { knowledge } = replay
  return overdueOf(state, knowledge.get(groupKey('default')), knowledge.get(keyOf('reader')))
}
const overdueIn = (replay: Replay) => AGENTS.filter((agent) => askedOf(replay, agent))

const since = (days: number) => (_: string, atMs: number) => atMs >= START_MS + days * DAY_MS
const goneAfter = (days: number) => (agent: string, atMs: number) =>
  agent === GONE && since(days)(agent, atMs)
/** Works by day from Monday to Friday. */
const isResting = (_: string, atMs: number) => {
  const hour = Math.floor((atMs - START_MS) / HOUR_MS)
  return hour % 24 < 8 || hour % 24 >= 18 || Math.floor(hour / 24) % 7 >= 5
}

describe('an agent that is not heard of any more', () => {
  it('is overdue while others go on, and says what was missed', () => {
    const replay = lived(goneAfter(24))
    expect(overdueIn(replay)).toEqual([GONE])
    const { silentHours, missedHours, missedHoursMax } = askedOf(replay, GONE)!
    expect(silentHours).toBeGreaterThan(48)
    expect(silentHours).toBeLessThan(4 * 24)
    expect(missedHours).toBeGreaterThan(0.5 * silentHours) // known for weeks, it is not sure yet
    expect(missedHours).toBeLessThanOrEqual(silentHours)
    expect(missedHoursMax).toBe(0)
  })

  it('is not overdue once it is back', () => {
    const isAway = (agent: string, atMs: number) =>
      goneAfter(23)(agent, atMs) && !since(27.9)(agent, atMs)
    expect(overdueIn(lived(isAway))).toEqual([])
  })

  it('is not overdue where all are silent, for the log or for the night', () => {
    const isOut = (agent: string, atMs: number) => agent !== 'reader-0' && since(24)(agent, atMs)
    expect(overdueIn(lived(isOut))).toEqual([])
    expect(overdueIn(lived(isResting))).toEqual([])
  })

  it('is overdue by its hours of work, not by those of its nights', () => {
    const replay = lived((agent, atMs) => isResting(agent, atMs) || goneAfter(16)(agent, atMs))
    expect(overdueIn(replay)).toEqual([GONE])
    const { silentHours, missedHours } = askedOf(replay, GONE)!
    expect(missedHours).toBeLessThan(0.5 * silentHours)
  })

  it('is not missed by one whose clock is days ahead', () => {
    const replay = lived(goneAfter(27.9), (agent) => (agent === 'reader-0' ? 5 * DAY_MS : 0))
    expect(overdueIn(replay)).toEqual([])
  })

  it('is not told of while it is new, nor when its registry has it out of service', () => {
    const isYoung = (agent: string, atMs: number) =>
      agent === GONE && (!since(12)(agent, atMs) || since(24)(agent, atMs))
    expect(overdueIn(lived(isYoung))).toEqual([])

    const replay = lived(goneAfter(24))
    const state = replay.engineFor(keyOf(GONE)).agents.get(keyOf(GONE))!
    const seenWith = (status: string): Overview =>
      overviewOf(keyOf(GONE), state, replay.knowledge, new Map([[GONE, { id: GONE, status }]]))
    expect(seenWith('active').overdue).toBeDefined()
    expect(seenWith('retired')).toMatchObject({ standing: 'out of service', overdue: undefined })
  })
})
