/** What is done slowly, so that no day shows it: found, where honest growth passes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MEASURES, MINUTE_MS, measures, spans } from '../src/agent/context.ts'
import type { Alert } from '../src/alert/alert.ts'
import type { Facets } from '../src/baselines/facet.ts'
import type { Readings } from '../src/baselines/index.ts'
import type { RawEvent } from '../src/event/event.ts'
import { keysOf } from '../src/event/keys.ts'
import { MOMENTS_SIZE } from '../src/math/moments.ts'
import { random } from '../src/math/random.ts'
import { totalOf, weightOf } from '../src/math/tally.ts'
import { Replay } from '../src/offline/replay.ts'
import { thresholdSchema } from '../src/scoring/threshold.ts'
import { blankReadings, eventOf, live, nobody, shelf } from './support/life.ts'

/** A Monday. */
const FROM_MS = Date.UTC(2026, 0, 5)
const LIVE = { isAlerting: true, frozenMs: undefined }
const AGENTS = 14
const EVENTS_A_DAY = 16
const threshold = thresholdSchema.parse({})
/** Places in memories; see baselines/resources and baselines/volume. */
const AREA = 2
const RECORDS_A_DAY = (spans.indexOf('day') * MEASURES + measures.indexOf('records')) * MOMENTS_SIZE

/** How many times as much as at first an agent moves with every call of a day. */
type Growth = (agent: number, day: number) => number

interface Told {
  readonly agent: string
  readonly day: number
  readonly alert: Alert
}

/** What an agent does on a day besides, if anything, in the middle of its work. */
type Aside = (agent: number, day: number) => Partial<RawEvent> | undefined
const NOTHING: Aside = () => undefined

/** A company whose agents read the same every day, but for chance and growth; what was told, and by whom. */
function tellOf(days: number, growth: Growth, aside: Aside = NOTHING): Told[] {
  const chance = random(5)
  const replay = new Replay({ threshold, partitions: 4 })
  const told: Told[] = []
  for (let day = 0; day < days; day++) {
    const moments = Array.from({ length: AGENTS }, (_, agent) => {
      const count = Math.round(EVENTS_A_DAY * chance.logNormal(1, 0.15))
      const mood = chance.logNormal(1, 0.12)
      return Array.from({ length: count }, (__, at) => ({ agent, at, mood }))
    })
    for (const { agent, at, mood } of moments.flat().sort((a, b) => a.at - b.at)) {
      const factor = mood * growth(agent, day)
      const event = eventOf({
        atMs: FROM_MS + day * DAY_MS + 8 * HOUR_MS + at * 25 * MINUTE_MS + agent * 1000,
        agent: { id: `reader-${agent}`, blueprint: 'reader' },
        action: at % 4 === 3 ? 'files.write' : 'files.read',
        resource: { id: `sites/finance/folder${at % 4}/item${chance.integer(0, 9)}`, type: 'file' },
        session: `${agent}-${day}-${at >> 2}`,
        volume: {
          records: Math.max(1, Math.round(40 * factor * chance.logNormal(1, 0.5))),
          bytes: Math.round(90_000 * factor * chance.logNormal(1, 0.5)),
        },
        ...(at === 6 ? aside(agent, day) : {}),
      })
      const alert = replay.take(event, LIVE)?.alert
      if (alert !== undefined) told.push({ agent: event.agent.id, day, alert })
    }
  }
  return told
}

const by = (detector: string, told: readonly Told[]) =>
  told.filter(({ alert }) => alert.reasons.some((reason) => reason.detector === detector))
const byDrift = (told: readonly Told[]) => by('slow-drift', told)
const POISONED = 3
const SINCE = 40
const poison = (day: number) => 1.02 ** Math.max(0, day - SINCE)

describe('an agent that takes two in a hundred more each day', () => {
  const told = tellOf(95, (agent, day) => (agent === POISONED ? poison(day) : 1))

  it('is told of before it takes twice as much, by what it has drifted from', () => {
    const [first] = byDrift(told)
    expect(first?.agent).toBe(`reader-${POISONED}`)
    expect(first!.day).toBeGreaterThan(SINCE)
    expect(poison(first!.day)).toBeLessThan(2)
    const reason = first!.alert.reasons.find(({ detector }) => detector === 'slow-drift')!
    expect(reason.expected).toMatch(/^about [\d,.]+ .*a call, as for \d+ days$/)
    expect(first!.alert.candidates[0]?.mayBe).toBe('a slow change meant to be taken for normal')
  })

  it('is told of by nothing else, and nobody else is', () => {
    const others = told.filter(({ agent }) => agent === `reader-${POISONED}`)
    expect(byDrift(others)).toEqual(others)
    expect(new Set(byDrift(told).map(({ agent }) => agent)).size).toBe(1)
  })
})

it('a company that grows by a twentieth a week drifts together, and is told of no drift', () => {
  expect(byDrift(tellOf(90, (_, day) => 1.05 ** (day / 7)))).toEqual([])
})

describe('drops over two weeks', () => {
  const DROPPED = 45
  const toHost = (host: string): Partial<RawEvent> => ({
    action: 'webhooks.post',
    resource: { id: `https/${host}/in` },
  })

  it('to one place are told of again on a later day, as data taken out in drips', () => {
    const told = tellOf(
      62,
      () => 1,
      (agent, day) =>
        agent === POISONED && day >= DROPPED && day % 2 === 0 ? toHost('drop.example') : undefined,
    )
    const dripped = by('lone-habit', told)
    expect(new Set(dripped.map(({ agent }) => agent))).toEqual(new Set([`reader-${POISONED}`]))
    const [{ alert, day }] = dripped.slice(-1) as [Told]
    expect(day).toBeGreaterThan(DROPPED + 1)
    const seen = alert.reasons.find(({ detector }) => detector === 'lone-habit')!.seen
    expect(seen).toMatch(
      /^webhooks\.post on https\/drop\.example\/in, the \d+(nd|rd|th) day there in /,
    )
    expect(alert.candidates.map(({ mayBe }) => mayBe)).toContain('data taken out in drips')
  })

  it('to a partner that all took up are no habit of one', () => {
    const told = tellOf(
      62,
      () => 1,
      (agent, day) =>
        day >= DROPPED && (day + agent) % 2 === 0 ? toHost('partner.example') : undefined,
    )
    expect(by('lone-habit', told)).toEqual([])
  })
})

/** A reader of always the same, so that the weight of its past is known. */
const CALLS = 24
const lived = (days: number, fields: (day: number) => Partial<RawEvent> = () => ({})) =>
  Array.from({ length: days * CALLS }, (_, at) =>
    eventOf({
      atMs: FROM_MS + Math.floor(at / CALLS) * DAY_MS + (at % CALLS) * HOUR_MS,
      resource: { id: 'sites/finance/folder1/item1' },
      volume: { bytes: 1000 },
      ...fields(Math.floor(at / CALLS)),
    }),
  )
const PAST_DAYS = 60
/** What 60 days weigh a day after them, in days; see math/decay. */
const PAST = (2 ** -(1 / 21) - 2 ** -((PAST_DAYS + 1) / 21)) / (1 - 2 ** -(1 / 21))

/** What is learned of a last day, each event of which is trusted so far, after 60 days as always. */
function poisoned(trust: number, odd: Partial<RawEvent>) {
  const events = [
    ...lived(PAST_DAYS),
    ...lived(PAST_DAYS + 1, () => odd).slice(-CALLS),
    ...lived(PAST_DAYS + 2).slice(-CALLS, 1 - CALLS), // the day has ended
  ]
  const memory = new Map(shelf.map(([name, baseline]) => [name, baseline.blank('agent')]))
  const readings = blankReadings() as unknown as Record<string, unknown>
  live(events, (moment) => {
    const isPast = moment.event.atMs < FROM_MS + PAST_DAYS * DAY_MS
    // The engine hands a day over with the least trust in any of its events.
    const closings = moment.closings.map((closing) => ({ ...closing, trust }))
    const isEnd = moment.event.atMs >= FROM_MS + (PAST_DAYS + 1) * DAY_MS
    const its = { ...moment, closings: isEnd ? closings : moment.closings }
    for (const [name, baseline] of shelf) {
      const read = baseline.read(memory.get(name), nobody(baseline), its, readings[name])
      readings[name] = read
      baseline.learn(memory.get(name), [], its, isPast ? 1 : trust, read)
    }
    return readings.sizes
  })
  return { memory, readings: readings as unknown as Readings }
}

describe('nobody teaches a baseline faster than the share of a day in what is remembered', () => {
  const trusts = fc.double({ min: 0.05, max: 1, noNaN: true })
  const shareOf = (trust: number) => trust / (PAST + trust)
  const RUNS = { numRuns: 12 }

  it('of sizes', () => {
    fc.assert(
      fc.property(trusts, fc.integer({ min: 1001, max: 1e12 }), (trust, bytes) => {
        const { readings } = poisoned(trust, { volume: { bytes } })
        const moved = readings.sizes.logUsualBytes - Math.log1p(1000)
        const most = shareOf(trust) * Math.log((1 + bytes) / 1001)
        expect(moved).toBeGreaterThan(0)
        expect(moved).toBeLessThanOrEqual(most * 1.05 + 1e-4) // a float32 knows no better
      }),
      RUNS,
    )
    expect(shareOf(1)).toBeLessThan(0.04)
  })

  it('of what is new: one who does nothing else for a day is known for it by no more', () => {
    fc.assert(
      fc.property(trusts, (trust) => {
        const resource = { id: 'vault/secret/item1' }
        const { memory } = poisoned(trust, { resource })
        const known = memory.get('resources') as Facets
        const { area } = keysOf(eventOf({ resource }))
        const share = weightOf(known, AREA, area) / totalOf(known, AREA)
        expect(share).toBeGreaterThan(0)
        expect(share).toBeLessThanOrEqual(shareOf(trust) * 1.05)
      }),
      RUNS,
    )
  })

  it('of volume', () => {
    fc.assert(
      fc.property(trusts, fc.integer({ min: 2, max: 1e9 }), (trust, records) => {
        const { memory } = poisoned(trust, { volume: { records } })
        const usual = (memory.get('volume') as Float32Array)[RECORDS_A_DAY + 1]!
        expect(usual).toBeGreaterThan(0)
        expect(usual).toBeLessThanOrEqual(shareOf(trust) * Math.log1p(CALLS * records) * 1.05)
      }),
      RUNS,
    )
  })
})
