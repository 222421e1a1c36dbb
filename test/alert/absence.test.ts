import { describe, expect, it } from 'vitest'
import { type Alert, alertSchema } from '../../src/alert/alert.ts'
import { clockOf, overdueOf } from '../../src/alert/overdue.ts'
import type { Mode } from '../../src/engine.ts'
import { Replay, type ReplayOptions } from '../../src/offline/replay.ts'
import { groupKey } from '../../src/scoring/knowledge.ts'
import { eventOf } from '../support/life.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const STEP_MS = 20 * 60_000
const START_MS = Date.UTC(2026, 1, 2)
const LIVE: Mode = { isAlerting: true, frozenMs: undefined }
/** Of ten agents four weeks are known: what is rare among them says less than in a company. */
const OPTIONS = { threshold: { falseAgentDaysPerThousand: 20 }, partitions: 2 }
const AGENTS = Array.from({ length: 10 }, (_, nth) => `reader-${nth}`)
const GONE = 'reader-3'

type Silent = (agent: string, days: number) => boolean
/** Switched off from then on, counted in days. */
const goneAfter =
  (from: number, to = Number.POSITIVE_INFINITY): Silent =>
  (agent, days) =>
    agent === GONE && days >= from && days < to

interface Life {
  replay: Replay
  /** Told of agents that were not heard of, with the day on which each was. */
  readonly overdue: { readonly alert: Alert; readonly day: number }[]
  /** Told of GONE on events of its own, after it was switched off. */
  readonly later: Alert[]
}

/** Ten of a kind, each at work three times an hour where it is not silent. */
function lived(
  isSilent: Silent,
  { until = 28, options = {}, mode = LIVE, cutAt = Number.NaN } = {} as {
    until?: number
    options?: Partial<ReplayOptions>
    mode?: Mode
    cutAt?: number
  },
): Life {
  const life: Life = { replay: new Replay({ ...OPTIONS, ...options }), overdue: [], later: [] }
  for (let atMs = START_MS; atMs < START_MS + until * DAY_MS; atMs += STEP_MS) {
    const day = (atMs - START_MS) / DAY_MS
    if (Math.abs(day - cutAt) < 1e-6) {
      life.replay = Replay.load(OPTIONS, structuredClone(life.replay.save()))
    }
    for (const id of AGENTS) {
      if (isSilent(id, day)) continue
      const event = eventOf({ id: `${id} ${atMs}`, atMs, agent: { id, blueprint: 'reader' } })
      const alert = life.replay.take(event, mode)?.alert
      if (alert !== undefined && id === GONE && day > 16) life.later.push(alert)
      for (const one of life.replay.takeOverdue()) life.overdue.push({ alert: one, day })
    }
  }
  return life
}

const stateOf = ({ replay }: Pick<Life, 'replay'>, agent = GONE) => {
  const key = groupKey('default', agent)
  return replay.engineFor(key).agents.get(key)!
}

describe('an agent that is switched off', () => {
  const off = lived(goneAfter(22))
  const [told] = off.overdue

  it('is told of some epochs later while the others go on, once, and nobody else is', () => {
    expect(off.overdue.map(({ alert }) => alert.agent.id)).toEqual([GONE])
    expect(told!.day).toBeLessThan(24.5)
    expect(off.later).toEqual([])
    expect(stateOf(off)).toMatchObject({ isMissed: true, isAwaited: false })
    for (const agent of AGENTS.filter((id) => id !== GONE)) {
      expect(stateOf(off, agent)).toMatchObject({ isMissed: false, isAwaited: true })
    }
  })

  it('is told of with what was expected and seen, since when, and what to do', () => {
    const { alert, day } = told!
    expect(alertSchema.parse(alert)).toEqual(alert)
    const lastMs = START_MS + 22 * DAY_MS - STEP_MS
    expect(alert).toMatchObject({ revision: 1, eventCount: 1, evidence: [], sessions: [] })
    expect(alert.events).toEqual([`${GONE} ${lastMs}`])
    expect(alert.agent).toMatchObject({ id: GONE, blueprint: 'reader' })
    expect(alert.title).toMatch(/^reader-3 has gone quiet while it is usually active: nothing for /)
    const silentMs = Date.parse(alert.time) - lastMs
    expect(silentMs).toBeGreaterThan(9 * HOUR_MS)
    expect(Date.parse(alert.time)).toBeLessThanOrEqual(START_MS + day * DAY_MS)
    const [reason] = alert.reasons
    expect(alert.reasons.map(({ detector }) => detector)).toEqual(['gone-quiet'])
    expect(reason!.seen).toMatch(
      /since 2026-02-24T00:00, in which [\d.]+ hours of activity are usual/,
    )
    expect(reason!.measured).toMatchObject({ unit: 'hours', over: 'silence' })
    const [hangsOn] = reason!.counterfactuals
    expect(hangsOn).toMatchObject({ effect: 'alert', unit: 'hours' })
    const when = /^would not have alerted had it been heard of since (.*) UTC$/.exec(hangsOn!.text)
    expect(Date.parse(`${when![1]} 2026 UTC`)).toBe(
      Date.parse(alert.time) - hangsOn!.below! * HOUR_MS,
    )
    expect(alert.candidates.map(({ id }) => id)).toContain('unwatched-gap')
    expect(alert.nextSteps.join()).toMatch(/whether reader-3 stood still/)
  })

  it('would not be told of had it been heard of by then', () => {
    const { alert } = told!
    const { below } = alert.reasons[0]!.counterfactuals[0]!
    const heardMs = Date.parse(alert.time) - below! * HOUR_MS
    const heardDay = (heardMs - START_MS) / DAY_MS
    const isSilent: Silent = (agent, day) =>
      goneAfter(22)(agent, day) && Math.abs(day - heardDay) > 1e-6
    const until = (Date.parse(alert.time) - START_MS) / DAY_MS + 0.02
    expect(lived(isSilent, { until }).overdue).toEqual([])
  })

  it('goes on in the same case when it is back, however late', () => {
    for (const days of [3, 12]) {
      const back = lived(goneAfter(16, 16 + days), { until: 16 + days + 1.5 })
      expect(back.overdue).toHaveLength(1)
      const { id } = back.overdue[0]!.alert
      expect(back.later.filter((alert) => alert.id !== id)).toEqual([])
      expect(stateOf(back)).toMatchObject({ isMissed: false, isAwaited: true })
      const [first] = back.later
      if (days === 3) {
        expect(first).toMatchObject({ revision: 2, eventCount: 2 })
        expect(first!.events.at(-1)).toBe(`${GONE} ${START_MS + 19 * DAY_MS}`)
      }
    }
  })

  it('is not told of for a silence like the one that it is known for by then', () => {
    const isSilent: Silent = (agent, day) =>
      goneAfter(16, 19)(agent, day) || goneAfter(26)(agent, day)
    expect(lived(isSilent, { until: 31 }).overdue).toHaveLength(1)
  })

  it('is told of all the same, and once, where it was saved and loaded in between', () => {
    for (const cutAt of [22.25, 25]) {
      const cut = lived(goneAfter(22), { cutAt })
      expect(cut.overdue).toEqual(off.overdue)
      expect(structuredClone(cut.replay.save())).toEqual(structuredClone(off.replay.save()))
    }
  })
})

describe('looking after agents', () => {
  it('learns nothing and changes nothing of those that are not told of', () => {
    const threshold = { falseAgentDaysPerThousand: 0.01 } // it is overdue, and not rare enough
    const { replay } = lived(goneAfter(22), { until: 26, options: { threshold } })
    const before = structuredClone(replay.save())
    const clockHour = clockOf(replay.knowledge.get(groupKey('default')))
    expect(
      overdueOf(stateOf({ replay }), replay.knowledge.get(groupKey('default')), undefined),
    ).toBeDefined()
    const looked = AGENTS.map((agent) => {
      const key = groupKey('default', agent)
      const { next, alert, isChanged } = replay.engineFor(key).lookAfter(key, clockHour)
      expect([alert, isChanged], agent).toEqual([undefined, false])
      return next! - clockHour
    })
    expect(structuredClone(replay.save())).toEqual(before)
    expect(Math.min(...looked)).toBeGreaterThan(0)
    expect(looked[AGENTS.indexOf(GONE)]).toBeLessThan(12)
  })

  it('is done seldom while they work, and ever more seldom while they stay away', () => {
    const { replay } = lived(goneAfter(10), { until: 12 })
    const key = groupKey('default', GONE)
    const engine = replay.engineFor(key)
    const heardHour = Math.floor((START_MS + 10 * DAY_MS) / HOUR_MS) - 1
    const looks: number[] = []
    for (let hour = heardHour + 1; looks.length < 40; ) {
      looks.push(hour - heardHour)
      hour = engine.lookAfter(key, hour).next!
    }
    expect(looks[1]).toBeGreaterThanOrEqual(10)
    expect(looks.at(-1)!).toBeGreaterThan(365 * 24)
    looks.reduce((before, look) => {
      expect(look).toBeGreaterThan(before)
      return look
    })
  })
})

describe('nothing is told', () => {
  it('where all are silent, for the log or for the night', () => {
    const isOut: Silent = (_, day) => day >= 20 && day < 23
    expect(lived(isOut).overdue).toEqual([])
    const isResting: Silent = (_, day) => (day * 24) % 24 < 8 || Math.floor(day) % 7 >= 5
    expect(lived(isResting, { until: 35 }).overdue).toEqual([])
  })

  it('of one that is out of service, or was muted, or is in nobody’s present', () => {
    const registry = new Map([[GONE, { id: GONE, status: 'retired' }]])
    expect(lived(goneAfter(22), { options: { registry } }).overdue).toEqual([])
    const muted = new Set(['gone-quiet'])
    expect(lived(goneAfter(22), { options: { muted } }).overdue).toEqual([])
    const mode: Mode = { isAlerting: false, frozenMs: undefined }
    expect(lived(goneAfter(22), { mode }).overdue).toEqual([])
  })

  it('of one that is known for a week', () => {
    const isYoung: Silent = (agent, day) => agent === GONE && (day < 14 || day >= 22)
    expect(lived(isYoung).overdue).toEqual([])
  })
})
