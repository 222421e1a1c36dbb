import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/agent/context.ts'
import {
  type Anomaly,
  alertOf,
  type Case,
  caseSchema,
  gatherInto,
  isOver,
  openCase,
} from '../../src/alert/case.ts'
import type { KeptEvent } from '../../src/alert/evidence.ts'
import { severities } from '../../src/scoring/threshold.ts'

const AT_MS = Date.UTC(2026, 5, 1)
let made = 0

const reason = (detector: string, p = 1e-4) => ({
  detector,
  title: `did ${detector}`,
  expected: 'little',
  seen: 'much',
  p,
  event: 'e',
  counterfactuals: [],
})
const eventAt = (atMs = AT_MS, id = `e${made++}`, p = 1e-4): KeptEvent => ({
  id,
  atMs,
  action: 'files.read',
  resource: 'sites/a',
  outcome: 'success',
  p,
  detectors: ['off-hours'],
})
const anomaly = (fields: Partial<Anomaly> = {}): Anomaly => ({
  event: eventAt(),
  session: undefined,
  score: 50,
  severity: 'low',
  reasons: [reason('off-hours')],
  links: [],
  ...fields,
})
/** Whether each of these was told, in turn. */
function tell(open: Case, anomalies: readonly Anomaly[]): boolean[] {
  return anomalies.map((one) => gatherInto(open, one))
}

describe('a case', () => {
  it('is told when it opens', () => {
    const open = openCase('id', AT_MS)
    expect(gatherInto(open, anomaly())).toBe(true)
    expect(open).toMatchObject({ revision: 1, eventCount: 1, severity: 'low', score: 50 })
  })

  it('is told again each time it has doubled, and not in between', () => {
    const told = tell(
      openCase('id', AT_MS),
      Array.from({ length: 64 }, () => anomaly()),
    )
    expect(told.flatMap((isTold, at) => (isTold ? at + 1 : []))).toEqual([1, 2, 4, 8, 16, 32, 64])
  })

  it('keeps the first and the latest of its events, and of long ids fewer', () => {
    const idsOf = (length: number) => {
      const open = openCase('id', AT_MS)
      const ids = Array.from({ length: 99 }, (_, at) => `${at}`.padStart(length, 'x'))
      tell(
        open,
        ids.map((id) => anomaly({ event: eventAt(AT_MS, id) })),
      )
      expect(open.first).toEqual(ids.slice(0, open.first.length))
      expect(open.latest).toEqual(ids.slice(-open.latest.length))
      return open
    }
    const [short, long] = [idsOf(36), idsOf(240)]
    expect(long.first.length).toBeLessThan(short.first.length)
    expect(long.first.length).toBeGreaterThan(2)
    expect(long.latest.length).toBeLessThan(short.latest.length)
    expect(long.latest.length).toBeGreaterThan(5)
  })

  it('is told again when it is graver, and not when it is milder', () => {
    const open = openCase('id', AT_MS)
    tell(
      open,
      Array.from({ length: 4 }, () => anomaly()),
    )
    expect(gatherInto(open, anomaly({ severity: 'high' }))).toBe(true)
    expect(gatherInto(open, anomaly({ severity: 'low' }))).toBe(false)
    expect(open.severity).toBe('high')
  })

  it('is told again for a new reason, and not for one it has', () => {
    const open = openCase('id', AT_MS)
    tell(
      open,
      Array.from({ length: 4 }, () => anomaly()),
    )
    expect(gatherInto(open, anomaly({ reasons: [reason('new-user')] }))).toBe(true)
    expect(gatherInto(open, anomaly({ reasons: [reason('new-user', 1e-9)] }))).toBe(false)
    expect(open.reasons[0]).toMatchObject({ detector: 'new-user', p: 1e-9 })
  })

  it('is over after a quiet day, and after a week however loud', () => {
    const open = openCase('id', AT_MS)
    gatherInto(open, anomaly())
    expect(isOver(open, AT_MS + 23 * HOUR_MS)).toBe(false)
    expect(isOver(open, AT_MS + 25 * HOUR_MS)).toBe(true)
    for (let day = 1; day <= 7; day++)
      gatherInto(open, anomaly({ event: eventAt(AT_MS + day * DAY_MS - 1) }))
    expect(isOver(open, AT_MS + 7 * DAY_MS - HOUR_MS)).toBe(false)
    expect(isOver(open, AT_MS + 7 * DAY_MS + HOUR_MS)).toBe(true)
  })

  it('stays small and sound whatever joins it', () => {
    const anomalies = fc.array(
      fc.record({
        event: fc
          .tuple(
            fc.integer({ min: AT_MS - DAY_MS, max: AT_MS + DAY_MS }),
            fc.string({ minLength: 1, maxLength: 8 }),
            fc.double({ min: 1e-12, max: 1, noNaN: true }),
          )
          .map(([atMs, id, p]) => eventAt(atMs, id, p)),
        links: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        session: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
        score: fc.double({ min: 0, max: 100, noNaN: true }),
        severity: fc.constantFrom(...severities),
        reasons: fc
          .array(
            fc.tuple(
              fc.integer({ min: 0, max: 15 }),
              fc.double({ min: 1e-12, max: 1, noNaN: true }),
            ),
            {
              minLength: 1,
              maxLength: 4,
            },
          )
          .map((some) => some.map(([at, p]) => reason(`detector-${at}`, p))),
      }),
      { minLength: 1, maxLength: 300 },
    )
    fc.assert(
      fc.property(anomalies, (all) => {
        const open = openCase('id', AT_MS)
        let told = 0
        for (const one of all) if (gatherInto(open, one)) told++
        expect(open.revision).toBe(told)
        expect(open.eventCount).toBe(all.length)
        expect(open.score).toBe(Math.max(...all.map(({ score }) => score)))
        expect(severities.indexOf(open.severity)).toBe(
          Math.max(...all.map(({ severity }) => severities.indexOf(severity))),
        )
        const alert = alertOf(open, { id: 'bot' }, 'default', 'test')
        expect(alert.events.length).toBeLessThanOrEqual(100)
        expect(alert.events.slice(0, 20)).toEqual(all.slice(0, 20).map(({ event }) => event.id))
        expect(alert.events.at(-1)).toBe(all.at(-1)!.event.id)
        expect(open.sessions.length).toBeLessThanOrEqual(10)
        expect(new Set(open.sessions).size).toBe(open.sessions.length)
        expect(open.reasons.length).toBeLessThanOrEqual(6)
        expect(new Set(open.reasons.map(({ detector }) => detector)).size).toBe(open.reasons.length)
        const ps = open.reasons.map(({ p }) => p)
        expect(ps).toEqual([...ps].sort((a, b) => a - b))
        expect(caseSchema.parse(JSON.parse(JSON.stringify(open)))).toEqual(open)
      }),
      { numRuns: 50 },
    )
  })
})

describe('an alert', () => {
  it('says who did what, with the strongest reason first', () => {
    const open = openCase('id', AT_MS)
    gatherInto(open, anomaly({ reasons: [reason('off-hours', 1e-3), reason('new-user', 1e-6)] }))
    const alert = alertOf(open, { id: 'bot', name: 'Invoice Bot' }, 'corp', 'v')
    expect(alert.title).toMatch(
      /^Invoice Bot did new-user: much \(expected little\); also did off-hours$/,
    )
    expect(alert).toMatchObject({
      tenant: 'corp',
      revision: 1,
      scoredWith: 'v',
      time: '2026-06-01T00:00:00.000Z',
    })
  })

  it('that was told stays what it was when the case grows', () => {
    const open = openCase('id', AT_MS)
    gatherInto(open, anomaly({ session: 'a' }))
    const alert = alertOf(open, { id: 'bot' }, 'default', 'v')
    const before = JSON.stringify(alert)
    for (let at = 0; at < 30; at++)
      gatherInto(open, anomaly({ session: `s${at}`, severity: 'high' }))
    expect(JSON.stringify(alert)).toBe(before)
  })
})
