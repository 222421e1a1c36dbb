import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type KeptEvent,
  keep,
  keptEventSchema,
  keptOf,
  SHOWN_EVENTS_MAX,
  shownOf,
} from '../../src/alert/evidence.ts'
import { eventOf, extremeEvents, START_MS } from '../support/life.ts'

const kept = (id: string, p: number, atMs = START_MS): KeptEvent =>
  keptOf(eventOf({ id, atMs }), p, ['off-hours'])
function keepAll(events: readonly KeptEvent[]): KeptEvent[] {
  const all: KeptEvent[] = []
  for (const event of events) keep(all, event)
  return all
}

describe('what is kept of an event', () => {
  it('says what it did, to what, how it ended, where and on what trigger', () => {
    const event = eventOf({
      id: 'e1',
      action: 'files.read',
      resource: { id: 'sites/hr/pay.xlsx', sensitivity: 'secret' },
      outcome: 'denied',
      session: 'run-1',
      trigger: { kind: 'agent', id: 'planner-01', digest: 'd1gest' },
    })
    expect(keptOf(event, 1e-5, ['new-area'])).toEqual({
      id: 'e1',
      atMs: START_MS,
      action: 'files.read',
      resource: 'sites/hr/pay.xlsx',
      sensitivity: 'secret',
      outcome: 'denied',
      session: 'run-1',
      trigger: 'agent planner-01',
      p: 1e-5,
      detectors: ['new-area'],
    })
  })

  it('is printable and small whatever the event holds, and nothing of what it holds beside', () => {
    fc.assert(
      fc.property(extremeEvents({ min: START_MS, max: START_MS }), (event) => {
        const odd = { ...event, prompt: 'pay me', error: 'pay me' }
        const one = keptOf(odd, 0.5, [])
        const { id: _, ...text } = one
        expect(JSON.stringify(text)).not.toMatch(/pay me|\p{Cc}|\p{Cf}/u)
        expect(JSON.stringify(text).length).toBeLessThan(900)
        expect(keptEventSchema.parse(JSON.parse(JSON.stringify(one)))).toEqual(one)
      }),
    )
  })
})

describe('the evidence of a case', () => {
  it('is the first of its events and the strangest of the others', () => {
    const events = Array.from({ length: 40 }, (_, at) => kept(`e${at}`, (at + 1) / 100))
    const shuffled = [events[39]!, ...events.slice(0, 39).reverse()]
    const ids = keepAll(shuffled).map(({ id }) => id)
    expect(ids).toHaveLength(SHOWN_EVENTS_MAX)
    expect(ids[0]).toBe('e39')
    expect(ids.slice(1).sort()).toEqual(
      events
        .slice(0, SHOWN_EVENTS_MAX - 1)
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('is fewer events where their names are long, and at least one', () => {
    const long = Array.from({ length: 12 }, (_, at) => kept(`${at}`.padEnd(250, 'x'), 0.01 * at))
    const all = keepAll(long)
    expect(all.length).toBeLessThan(SHOWN_EVENTS_MAX)
    expect(all.length).toBeGreaterThan(4)
    expect(all[0]).toBe(long[0])
  })

  it('is shown by time, with the time as text', () => {
    const shown = shownOf([kept('b', 0.1, START_MS + 5), kept('a', 0.2, START_MS)])
    expect(shown.map(({ event, time }) => [event, time])).toEqual([
      ['a', '2026-06-01T09:00:00.000Z'],
      ['b', '2026-06-01T09:00:00.005Z'],
    ])
  })
})
