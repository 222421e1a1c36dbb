import fc from 'fast-check'
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import {
  advance,
  blankContext,
  type Closing,
  type Context,
  DAY_MS,
  HOUR_MS,
  loadContext,
  MINUTE_MS,
  measures,
  saveContext,
  savedContext,
  spans,
  startOf,
  totalsOf as totalsIn,
} from '../../src/agent/context.ts'
import type { Event } from '../../src/event/event.ts'
import { keysOf } from '../../src/event/keys.ts'
import { keyOf } from '../../src/math/hash.ts'
import { readGolden } from '../golden/memories/memories.ts'
import { eventOf, lives, START_MS } from '../support/life.ts'

const LENGTHS = { '10 min': 10 * MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const

function take(context: Context, event: Event) {
  const closings: Closing[] = []
  const sessionKey = event.session === undefined ? 0 : keyOf(event.session)
  return { ...advance(context, event, keysOf(event), sessionKey, closings), closings }
}
const sum = (events: readonly Event[], of: (event: Event) => number) =>
  events.reduce((total, event) => total + of(event), 0)

/** The obvious version: everything of the same window is added up anew. */
function totalsOf(events: readonly Event[]) {
  return {
    events: events.length,
    records: sum(events, ({ volume }) => volume?.records ?? 0),
    bytes: sum(events, ({ volume }) => volume?.bytes ?? 0),
    resources: new Set(events.map(({ resource }) => resource.id)).size,
    denials: sum(events, ({ outcome }) => (outcome === 'denied' ? 1 : 0)),
  }
}

function expectTotals(totals: Float64Array, expected: ReturnType<typeof totalsOf>): void {
  for (const [name, value] of Object.entries(expected)) {
    const total = totals[(measures as readonly string[]).indexOf(name)]!
    // Distinct resources are estimated from a bitmap.
    if (name === 'resources') expect(Math.abs(total - value)).toBeLessThanOrEqual(2)
    else expect(total, name).toBe(value)
  }
}

describe('windows', () => {
  it('hold what the clock window holds so far, and hand it over when it has passed', () => {
    fc.assert(
      fc.property(lives(60, { min: 1, max: 3 * HOUR_MS }), (events) => {
        const context = blankContext()
        const closed = new Map<string, Float64Array>()
        events.forEach((event, at) => {
          const { session, closings } = take(context, event)
          for (const { span, totals } of closings) {
            if (spans[span] !== 'session') closed.set(`${spans[span]} ${at}`, totals)
          }
          for (const [span, lengthMs] of Object.entries(LENGTHS)) {
            const index = (atMs: number) => Math.floor(atMs / lengthMs)
            const past = events.slice(0, at + 1)
            const inside = past.filter(({ atMs }) => index(atMs) === index(event.atMs))
            const place = (spans as readonly string[]).indexOf(span)
            const running = totalsIn(context, session, place).subarray(startOf(place))
            expectTotals(running, totalsOf(inside))
            const before = events[at - 1]
            const hasPassed = before !== undefined && index(before.atMs) !== index(event.atMs)
            expect(closed.has(`${span} ${at}`)).toBe(hasPassed)
            if (!hasPassed) continue
            const ended = past.filter(({ atMs }) => index(atMs) === index(before.atMs))
            expectTotals(closed.get(`${span} ${at}`)!, totalsOf(ended))
          }
        })
      }),
      { numRuns: 50 },
    )
  })

  it('do not go back for an event that comes late', () => {
    const context = blankContext()
    take(context, eventOf({ atMs: START_MS + 2 * HOUR_MS }))
    const { closings } = take(context, eventOf({ atMs: START_MS }))
    expect(closings.filter(({ span }) => spans[span] !== 'session')).toEqual([])
    const of = (span: number) => context.windows[startOf(span)]
    expect([of(0), of(1), of(2)]).toEqual([1, 1, 2])
    expect(context.lastMs).toBe(START_MS + 2 * HOUR_MS)
  })

  it('estimate distinct resources within a tenth up to some hundreds', () => {
    for (const distinct of [1, 10, 50, 100, 300]) {
      const context = blankContext()
      for (let at = 0; at < distinct * 2; at++) {
        take(context, eventOf({ resource: { id: `item-${at % distinct}` } }))
      }
      const seen = context.windows[measures.indexOf('resources')]!
      expect(Math.abs(seen - distinct), `${seen} of ${distinct}`).toBeLessThanOrEqual(
        1 + distinct * 0.2,
      )
    }
  })
})

describe('sessions', () => {
  it('are the event’s own, however they are interleaved', () => {
    const context = blankContext()
    const count = (session: string, atMs: number) =>
      take(context, eventOf({ atMs, session })).session.cells[0]
    expect(count('a', START_MS)).toBe(1)
    expect(count('b', START_MS + 1)).toBe(1)
    expect(count('a', START_MS + 5 * HOUR_MS)).toBe(2)
    expect(count('b', START_MS + 5 * HOUR_MS)).toBe(2)
  })

  it('without an id end after half an hour of silence', () => {
    const context = blankContext()
    const at = (minutes: number) => take(context, eventOf({ atMs: START_MS + minutes * MINUTE_MS }))
    expect(at(0).session.cells[0]).toBe(1)
    expect(at(29).session.cells[0]).toBe(2)
    expect(at(58).session.cells[0]).toBe(3)
    const { session, closings, elapsedMs } = at(89)
    expect(session.cells[0]).toBe(1)
    expect(elapsedMs).toBe(0)
    const ended = closings.filter(({ span }) => spans[span] === 'session')
    expect(ended.map(({ totals }) => totals[0])).toEqual([3])
  })

  it('last from their first event to their latest; a late one does not make them longer', () => {
    const context = blankContext()
    const minutesAt = (minutes: number) => {
      const event = eventOf({ atMs: START_MS + minutes * MINUTE_MS, session: 'run' })
      return take(context, event).session.cells[measures.indexOf('minutes')]
    }
    expect([0, 20, 10, 50, -600].map(minutesAt)).toEqual([0, 20, 20, 50, 50])
  })

  it('count how often each action is taken, and hand the counts over when they end', () => {
    const context = blankContext()
    const deed = (action: string, minutes: number) =>
      take(context, eventOf({ atMs: START_MS + minutes * MINUTE_MS, action }))
    expect(deed('read', 0).session.sameDeeds).toBe(1)
    expect(deed('write', 1).session.sameDeeds).toBe(1)
    expect(deed('read', 2).session.sameDeeds).toBe(2)
    const { closings, session } = deed('read', 60)
    expect(session.sameDeeds).toBe(1)
    for (const { span, deeds } of closings) {
      const [read, write] = ['read', 'write'].map((action) => keysOf(eventOf({ action })).action)
      expect(deeds).toEqual(spans[span] === 'session' ? [read, 2, write, 1] : [])
    }
    expect(closings.some(({ span }) => spans[span] === 'session')).toBe(true)
  })

  it('count only so many actions, and say so of the others by a count of 0', () => {
    const context = blankContext()
    for (let at = 0; at < 40; at++) take(context, eventOf({ action: `action${at}` }))
    const counted = (action: string) => take(context, eventOf({ action })).session.sameDeeds
    expect(counted('action0')).toBe(2)
    expect(counted('action39')).toBe(0)
    expect(context.sessions[0]!.deeds.length).toBeLessThanOrEqual(24)
  })

  it('are few at once: of too many the one idle longest ends', () => {
    const context = blankContext()
    const ended: number[] = []
    for (let at = 0; at < 50; at++) {
      const event = eventOf({ atMs: START_MS + at * 1000, session: `s${at}` })
      for (const { span, totals } of take(context, event).closings) {
        if (spans[span] === 'session') ended.push(totals[0]!)
      }
    }
    expect(context.sessions.length).toBeLessThanOrEqual(16)
    expect(ended).toHaveLength(50 - context.sessions.length)
    expect(
      take(context, eventOf({ atMs: START_MS + 60_000, session: 's49' })).session.cells[0],
    ).toBe(2)
  })
})

it('a context knows when the event before was, also where the one at hand is late', () => {
  const context = blankContext()
  const previousAt = (hours: number) => {
    take(context, eventOf({ atMs: START_MS + hours * HOUR_MS }))
    return context.previousMs
  }
  expect([0, 5, 3, 9].map(previousAt)).toEqual(
    [undefined, 0, 5, 5].map((hours) => (hours === undefined ? 0 : START_MS + hours * HOUR_MS)),
  )
})

it('a context comes back from storage and goes on as it would have', () => {
  fc.assert(
    fc.property(lives(30), lives(15), (past, future) => {
      const context = blankContext()
      for (const event of past) take(context, event)
      const loaded = loadContext(savedContext.parse(unpack(pack(saveContext(context)))))
      expect(saveContext(loaded)).toEqual(saveContext(context))
      for (const event of future) expect(take(loaded, event)).toEqual(take(context, event))
    }),
    { numRuns: 50 },
  )
})

it('a context loads as it rested before it was written bit by bit', () => {
  const { context: saved } = readGolden('state.v4.json') as { context: unknown }
  const context = loadContext(savedContext.parse(saved))
  expect(context.sessions.length).toBeGreaterThan(0)
  for (const { cells, deeds, bitmap } of context.sessions) {
    expect(cells[0]).toBeGreaterThan(0)
    expect(deeds.length).toBeGreaterThan(0)
    expect(bitmap.some((word) => word !== 0)).toBe(true)
  }
  expect(loadContext(saveContext(context))).toEqual(context)
})
