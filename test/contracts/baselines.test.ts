/** What every baseline must obey, whatever its agent does. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/agent/context.ts'
import type { Moment } from '../../src/baselines/baseline.ts'
import { type Event, TIME_MS_MAX, TIME_MS_MIN } from '../../src/event/event.ts'
import { stretchOf } from '../../src/math/decay.ts'
import {
  type AnyBaseline,
  eventOf,
  extremeEvents,
  learnAll,
  live,
  lives,
  memoryOf,
  momentsOf,
  nobody,
  numbersIn,
  routine,
  START_MS,
  shelf,
  sparseLives,
} from '../support/life.ts'

const RUNS = { numRuns: 25 }
const bytesOf = (baseline: AnyBaseline, memory: unknown): string =>
  pack(baseline.save(memory)).toString('hex')
const reload = (baseline: AnyBaseline, memory: unknown): unknown =>
  baseline.load(baseline.schema.parse(unpack(pack(baseline.save(memory)))), 'agent')

/**
 * A tenth of a nat and one part in twenty: a first meeting weighs as much as when it came, so a life
 * joined or told in another order may have met things a few per cent earlier or later.
 */
const CLOSE = { nats: 0.1, share: 0.05 }
/**
 * What the clock foretold depends on what was known then, which the order decides; so does what lay
 * between an hour and the latest before it, the silences.
 */
const OF_THE_ORDER = /\.(?:skill|silenceNats|logLongestSilence)$/
const NOTHING = /^$/

function expectClose(left: unknown, right: unknown, exempt = NOTHING, close = CLOSE): void {
  const others = numbersIn(right)
  for (const [path, value] of numbersIn(left)) {
    if (exempt.test(path)) continue
    const apart = Math.abs(value - others.get(path)!)
    expect(apart, `${path}: ${value} and ${others.get(path)}`).toBeLessThanOrEqual(
      close.nats + close.share * Math.abs(value),
    )
  }
}

/** A moment an hour after a life, to be read with its memory. */
function probeAfter(events: readonly Event[]): Moment {
  const atMs = events.reduce((latest, event) => Math.max(latest, event.atMs), 0) + HOUR_MS
  const probe = eventOf({ ...events[0]!, time: atMs, atMs, volume: { bytes: 5e4, records: 50 } })
  return momentsOf([...events, probe]).at(-1)!
}

const MONTH = { min: START_MS, max: START_MS + 30 * DAY_MS }
/** All that an event's time may be. */
const EVER = { min: TIME_MS_MIN, max: TIME_MS_MAX }

function expectSane(baseline: AnyBaseline, events: readonly Event[]): void {
  const memory = baseline.blank('agent')
  const group = baseline.blank('group')
  // The engine moves the landmark on before it reads; here it lies where the latest of them puts it.
  const stretch = stretchOf(Math.max(...events.map(({ atMs }) => atMs)))
  for (const moment of momentsOf(events, stretch)) {
    const reading = baseline.read(memory, { blueprint: group, tenant: group }, moment)
    for (const [path, value] of numbersIn(reading)) {
      expect(Number.isFinite(value), `${path} is ${value}`).toBe(true)
      if (/nats/i.test(path)) expect(value, path).toBeGreaterThanOrEqual(0)
    }
    baseline.learn(memory, [group], moment, 1, reading)
  }
  expect(baseline.schema.safeParse(baseline.save(memory)).success).toBe(true)
}

describe.each(shelf)('%s', (name, baseline) => {
  it('goes by the name of its file and its place on the shelf', () => {
    expect(baseline.name).toBe(name)
    expect(baseline.version).toBeGreaterThanOrEqual(1)
    const text = readFileSync(`src/baselines/${name}.ts`, 'utf8')
    for (const heading of ['Source', 'Departs', 'Cost', 'Blind to']) {
      expect(text, heading).toMatch(new RegExp(`^ \\* ${heading} `, 'm'))
    }
  })

  it('leaves memory and kin as they were when it reads', () => {
    fc.assert(
      fc.property(lives(30), lives(10), (own, peers) => {
        const memory = memoryOf(baseline, momentsOf(own))
        const kin = {
          blueprint: learnAll(baseline, baseline.blank('group'), momentsOf(peers)),
          tenant: learnAll(baseline, baseline.blank('group'), momentsOf(peers)),
        }
        const all = [memory, kin.blueprint, kin.tenant]
        const before = all.map((one) => bytesOf(baseline, one))
        for (const moment of momentsOf(peers)) baseline.read(memory, kin, moment)
        expect(all.map((one) => bytesOf(baseline, one))).toEqual(before)
      }),
      RUNS,
    )
  })

  it('comes back from storage to the bit, and reads and learns on to the bit', () => {
    fc.assert(
      fc.property(lives(40), lives(10), (past, future) => {
        const memory = memoryOf(baseline, momentsOf(past))
        const loaded = reload(baseline, memory)
        expect(bytesOf(baseline, loaded)).toBe(bytesOf(baseline, memory))
        const kin = nobody(baseline)
        for (const moment of momentsOf(future)) {
          const reading = baseline.read(memory, kin, moment)
          expect(baseline.read(loaded, kin, moment)).toEqual(reading)
          baseline.learn(memory, [], moment, 0.5, reading)
          baseline.learn(loaded, [], moment, 0.5, reading)
        }
        expect(bytesOf(baseline, loaded)).toBe(bytesOf(baseline, memory))
      }),
      RUNS,
    )
  })

  it('is saved as it stands: what is learned later does not change what was saved', () => {
    const [early, late] = [routine(1), routine(3, 2).slice(24)]
    const memory = baseline.blank('agent')
    learnAll(baseline, memory, momentsOf(early.slice(0, 2)))
    const saved = baseline.save(memory)
    const before = pack(saved).toString('hex')
    learnAll(baseline, memory, momentsOf([...early.slice(2), ...late]))
    expect(pack(saved).toString('hex')).toBe(before)
  })

  it('merges in either order to the same, and to the life of one who lived both', () => {
    fc.assert(
      fc.property(sparseLives(30), fc.array(fc.boolean(), { minLength: 30 }), (events, sides) => {
        const moments = momentsOf(events)
        const left = moments.filter((_, at) => sides[at])
        const right = moments.filter((_, at) => !sides[at])
        const merged = memoryOf(baseline, left)
        baseline.merge(merged, memoryOf(baseline, right))
        const reversed = memoryOf(baseline, right)
        baseline.merge(reversed, memoryOf(baseline, left))
        const probe = probeAfter(events)
        const kin = nobody(baseline)
        const reading = baseline.read(merged, kin, probe)
        expectClose(reading, baseline.read(reversed, kin, probe))
        expectClose(reading, baseline.read(memoryOf(baseline, moments), kin, probe), OF_THE_ORDER)
      }),
      RUNS,
    )
  })

  it('merges with a blank memory to itself, and leaves the other as it was', () => {
    fc.assert(
      fc.property(lives(30), (events) => {
        const memory = memoryOf(baseline, momentsOf(events))
        const before = bytesOf(baseline, memory)
        baseline.merge(memory, baseline.blank('agent'))
        expect(bytesOf(baseline, memory)).toBe(before)
        const into = baseline.blank('agent')
        baseline.merge(into, memory)
        expect(bytesOf(baseline, memory)).toBe(before)
        const probe = probeAfter(events)
        const kin = nobody(baseline)
        expectClose(baseline.read(into, kin, probe), baseline.read(memory, kin, probe))
      }),
      RUNS,
    )
  })

  it('does not mind the order in which moments are learned', () => {
    fc.assert(
      fc.property(sparseLives(24), fc.infiniteStream(fc.nat()), (events, chance) => {
        const moments = momentsOf(events)
        const shuffled = moments
          .map((moment) => ({ moment, place: chance.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ moment }) => moment)
        const probe = probeAfter(events)
        const kin = nobody(baseline)
        expectClose(
          baseline.read(memoryOf(baseline, shuffled), kin, probe),
          baseline.read(memoryOf(baseline, moments), kin, probe),
          OF_THE_ORDER,
        )
      }),
      RUNS,
    )
  })

  it('reads the same at the same distance from another landmark', () => {
    fc.assert(
      fc.property(lives(30), (events) => {
        const memory = memoryOf(baseline, momentsOf(events))
        const probe = probeAfter(events)
        const kin = nobody(baseline)
        const reading = baseline.read(memory, kin, probe)
        baseline.scale(memory, 2 ** -32)
        const later = { ...probe, gain: probe.gain * 2 ** -32 }
        expect(numbersIn(baseline.read(memory, kin, later))).toEqual(numbersIn(reading))
      }),
      RUNS,
    )
  })

  it('reads finite numbers, and no surprise below 0, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(extremeEvents(MONTH), { minLength: 1, maxLength: 12 }), (events) =>
        expectSane(baseline, events),
      ),
      RUNS,
    )
  })

  it('reads finite numbers, and no surprise below 0, whenever it comes', () => {
    fc.assert(
      fc.property(fc.array(extremeEvents(EVER), { minLength: 1, maxLength: 6 }), (events) =>
        expectSane(baseline, events),
      ),
      RUNS,
    )
  })

  it('stays within its bound, whatever its agent touches', () => {
    const memory = baseline.blank('agent')
    live(manifold, (moment) => {
      learnAll(baseline, memory, [moment])
    })
    const sizeBytes = pack(baseline.save(memory)).length
    expect(sizeBytes).toBeLessThanOrEqual(boundOf(name))
  })
})

/** One who never does the same thing twice. */
const manifold = Array.from({ length: 10_000 }, (_, at) =>
  eventOf({
    atMs: START_MS + at * 7 * MINUTE_MS,
    action: `system${at % 911}.action${at}`,
    resource: {
      id: `area${at % 3001}/folder${at}/${'x'.repeat(80)}${at}`,
      type: `type${at}`,
      sensitivity: `level${at}`,
    },
    volume: { bytes: at * at, records: at },
    source: {
      ip: `${at % 251}.${at % 241}.${at % 239}.${at % 233}`,
      asn: `AS${at}`,
      country: `C${at}`,
      userAgent: `${'client'.repeat(9)}${at.toString(36).replace(/\d/g, 'z')}`,
    },
    session: `session${at >> 1}`,
    trigger: { kind: `kind${at}` },
    permission: { used: `${'scope'.repeat(12)}${at}` },
    onBehalfOf: `${'user'.repeat(15)}${at}@corp.example`,
    outcome: (['success', 'failure', 'denied'] as const)[at % 3]!,
  }),
)

/** Names of a few examples, and what frames the numbers when they are stored. */
const NAMES_BYTES = 1100
/** Where a baseline states no bound: a quarter of what an agent may take. */
const SHARE_BYTES = 4096

/** What its file promises. */
function boundOf(name: string): number {
  const text = readFileSync(`src/baselines/${name}.ts`, 'utf8')
  const [, kilobytes] = /Cost .*?at most ([\d.]+) KB an agent/s.exec(text) ?? []
  return kilobytes === undefined ? SHARE_BYTES : Number(kilobytes) * 1024 + NAMES_BYTES
}
