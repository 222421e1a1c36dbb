/** What every detector must obey, and that each speaks up when its own kind of oddity comes. */
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../src/agent/context.ts'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import type { Moment } from '../../src/baselines/baseline.ts'
import type { Readings } from '../../src/baselines/index.ts'
import {
  aspects,
  type Detector,
  NOT_LONE,
  NOT_SHARED,
  type Standing,
} from '../../src/detectors/detector.ts'
import { detectors } from '../../src/detectors/index.ts'
import type { Event, RawEvent } from '../../src/event/event.ts'
import { cases } from '../detectors/cases.ts'
import {
  blankReadings,
  eventOf,
  extremeEvents,
  live,
  lives,
  routine,
  START_MS,
  shelf,
} from '../support/life.ts'

/** An agent that is no newcomer, without a registry unless one is given. */
const standing = (fields: Partial<Standing> = {}): Standing => ({
  registry: undefined,
  registered: undefined,
  double: undefined,
  events: 1000,
  population: { agents: 50, unregistered: 0, outOfService: 0, lookAlikes: 0 },
  findings: new Float64Array(0),
  model: undefined,
  lone: NOT_LONE,
  shared: NOT_SHARED,
  ...fields,
})
const NOWHERE = standing()
const bot: RegisteredAgent = {
  id: 'bot',
  status: 'retired',
  purpose: { actions: [], resources: ['sites/*'] },
  granted: [],
}
const standings: readonly Standing[] = [
  NOWHERE,
  standing({ events: 0 }),
  standing({ registry: new Map() }),
  standing({ registry: new Map([['bot', bot]]), registered: bot }),
  standing(cases['odd-combination']?.standing),
  standing(cases['lone-habit']?.standing),
  standing({
    registry: new Map([['bot', bot]]),
    registered: { id: 'bot', status: 'active' },
    events: 1,
  }),
]

/** An agent and the groups it belongs to. */
interface Holders {
  readonly own: ReadonlyMap<string, unknown>
  readonly group: ReadonlyMap<string, unknown>
}
const blank = (holder: 'agent' | 'group') =>
  new Map(shelf.map(([name, baseline]) => [name, baseline.blank(holder)]))
const nobody = (): Holders => ({ own: blank('agent'), group: blank('group') })

/** A newcomer to a tenant whose other agents have lived the routine, each for itself. */
function amongColleagues(): Holders {
  const { own, group } = nobody()
  for (const seed of [11, 12, 13]) {
    const colleague = { own: blank('agent'), group }
    live(routine(5, seed), (moment) => learn(colleague, moment, readingsOf(colleague, moment)))
  }
  return { own, group }
}

/** As they look to these holders; written over `into` where it is given. */
function readingsOf({ own, group }: Holders, moment: Moment, into?: Readings): Readings {
  const read = shelf.map(([name, baseline]) => {
    const kin = { blueprint: undefined, tenant: group.get(name) }
    return [name, baseline.read(own.get(name), kin, moment, into?.[name])] as const
  })
  return Object.fromEntries(read) as unknown as Readings
}

function learn({ own, group }: Holders, moment: Moment, readings: Readings): void {
  for (const [name, baseline] of shelf) {
    baseline.learn(own.get(name), [group.get(name)], moment, 1, readings[name])
  }
}

/** Calls back with every event as one who learns from each of them reads it. */
function watch(
  events: readonly Event[],
  each: (readings: Readings, event: Event, at: number) => void,
  holders = nobody(),
): void {
  let at = 0
  live(events, (moment) => {
    const readings = readingsOf(holders, moment)
    each(readings, moment.event, at++)
    learn(holders, moment, readings)
    return readings.sizes
  })
}

function expectSane(detector: Detector, readings: Readings, event: Event): void {
  for (const standing of standings) {
    const nats = detector.judge(readings, event, standing)
    if (nats !== undefined) {
      expect(Number.isFinite(nats) && nats >= 0, `${nats}`).toBe(true)
    }
    const facets = detector
      .facets?.(readings)
      .map((facet) => (detector.isOfTenant ? facet.tenantNats : facet.nats))
    if (facets !== undefined) expect(nats ?? 0).toBeLessThanOrEqual(Math.max(...facets))
    const relevance = detector.relevance?.(readings) ?? 1
    expect(relevance >= 0 && relevance <= 1, `relevance ${relevance}`).toBe(true)
    const { expected, seen } = detector.explain(readings, event, standing)
    for (const text of [expected, seen]) {
      expect(text.trim()).not.toBe('')
      expect(text).not.toMatch(/\b(undefined|NaN|null|Infinity)\b/)
    }
    if (nats !== undefined && nats > 0) expectSupposable(detector, readings, event, standing, nats)
  }
}

/** What it supposes is told in words, and makes nothing stranger. */
function expectSupposable(
  detector: Detector,
  readings: Readings,
  event: Event,
  standing: Standing,
  nats: number,
): void {
  for (const supposition of detector.suppositions?.(readings, event, standing) ?? []) {
    if (supposition.kind === 'less') {
      expect(supposition.seen >= 0, `${supposition.seen}`).toBe(true)
      expect(supposition.inWords(supposition.seen)).not.toMatch(/undefined|NaN/)
    }
    if (supposition.kind !== 'otherwise') continue
    expect(supposition.had).not.toMatch(/\b(undefined|NaN|null)\b/)
    const others = structuredClone(readings)
    const other = { ...standing }
    supposition.suppose(others, other)
    expect(detector.judge(others, event, other) ?? 0).toBeLessThanOrEqual(nats)
  }
}

const MONTH = { min: START_MS, max: START_MS + 30 * 24 * HOUR_MS }

describe.each(detectors.map((detector) => [detector.name, detector] as const))(
  '%s',
  (name, it_) => {
    const detector: Detector = it_

    it('goes by the name of its file and of nothing else', () => {
      expect(existsSync(`src/detectors/${name}.ts`)).toBe(true)
      expect(readFileSync(`src/detectors/${name}.ts`, 'utf8')).toMatch(/^ \* Blind to /m)
      expect(detectors.filter((other) => other.name === name)).toHaveLength(1)
      expect(aspects).toContain(detector.aspect)
    })

    it('has a title that reads on after "the agent"', () => {
      expect(detector.title).toMatch(/^[a-z][^.:;]*[a-z]$/)
      const [verb] = detector.title.split(' ')
      const past = ['went', 'did', 'took', 'was', 'met', 'had', 'made', 'spoke', 'sent']
      expect(past.includes(verb!) || /ed$/.test(verb!), `a verb in the past: ${verb}`).toBe(true)
    })

    it('answers nothing or a number from 0, and explains whatever comes', () => {
      fc.assert(
        fc.property(
          lives(8),
          fc.array(extremeEvents(MONTH), { minLength: 1, maxLength: 4 }),
          (usual, odd) => {
            watch([...usual, ...odd], (readings, event) => expectSane(detector, readings, event))
          },
        ),
        { numRuns: 8 },
      )
    })

    it('is not alarmed by the first event of the first agent', () => {
      fc.assert(
        fc.property(lives(1), ([event]) => {
          watch([event!], (readings) => {
            expect(detector.judge(readings, event!, NOWHERE) ?? 0).toBeLessThan(8)
          })
        }),
        { numRuns: 20 },
      )
    })

    it('says the same of readings that were written over', () => {
      fc.assert(
        fc.property(lives(25), (events) => {
          const holders = nobody()
          let reused: Readings | undefined
          live(events, (moment) => {
            const readings = readingsOf(holders, moment)
            reused = readingsOf(holders, moment, reused ?? blankReadings())
            const nats = detector.judge(readings, moment.event, NOWHERE)
            expect(detector.judge(reused, moment.event, NOWHERE)).toBe(nats)
            if (nats !== undefined && nats > 0) {
              expect(detector.explain(reused, moment.event, NOWHERE)).toEqual(
                detector.explain(readings, moment.event, NOWHERE),
              )
            }
            learn(holders, moment, readings)
          })
        }),
        { numRuns: 8 },
      )
    })

    it('speaks up when its own kind of oddity comes', () => {
      const { odd = {}, laterMs = 0, times = 1, apartMs = 1, lived, ...given } = cases[name] ?? {}
      expect(Object.keys(cases)).toContain(name)
      const days = routine(21, 1, lived)
      const [last] = days.slice(-1)
      const next = (fields: Partial<RawEvent>, at: number, later = 0) => {
        const { id: _, time: __, atMs, ...rest } = last!
        const resource =
          times === 1 ? rest.resource : { ...rest.resource, id: `sites/finance/folder1/item${at}` }
        return eventOf({ ...rest, resource, ...fields, atMs: atMs + 1000 + later + at * apartMs })
      }
      const strange = Array.from({ length: times }, (_, at) => next(odd, at, laterMs))
      const strangest = (events: readonly Event[], of: Standing) => {
        let nats = 0
        const each = (readings: Readings, event: Event, at: number) => {
          if (at < days.length) return
          nats = Math.max(nats, detector.judge(readings, event, of) ?? 0)
        }
        watch([...days, ...events], each, amongColleagues())
        return nats
      }
      const usual = strangest([next({}, 0)].slice(0, times), NOWHERE)
      expect(strangest(strange, standing(given.standing))).toBeGreaterThan(usual + 0.05)
    })
  },
)
