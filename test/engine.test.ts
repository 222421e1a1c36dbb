import fc from 'fast-check'
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../src/agent/context.ts'
import { blankState, loadState, saveState } from '../src/alert/agent-state.ts'
import type { Alert } from '../src/alert/alert.ts'
import { agentKey, Engine, type Mode, partitionOf, type Verdict } from '../src/engine.ts'
import type { Event, RawEvent } from '../src/event/event.ts'
import { Seen } from '../src/event/seen.ts'
import { rescale, stretchOf } from '../src/math/decay.ts'
import { random } from '../src/math/random.ts'
import { totalOf } from '../src/math/tally.ts'
import {
  groupKey,
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  saveKnowledge,
} from '../src/scoring/knowledge.ts'
import { eventOf, extremeEvents, routine, START_MS } from './support/life.ts'

const LEARNING: Mode = { isAlerting: true, frozenMs: undefined }
const EVERYTHING = { falseAgentDaysPerThousand: 1000 }
const STATE_BYTES_MAX = 16 * 1024

/** Three agents of a blueprint and one without, interleaved, with an attack by one at the end. */
function stream(days = 12): Event[] {
  const events = ['ann', 'bea', 'cat', 'dan'].flatMap((id, at) => {
    const agent = at < 3 ? { id, name: `Agent ${id}`, blueprint: 'reader' } : { id }
    return routine(days, at + 1, { agent } as Partial<RawEvent>)
  })
  const endMs = START_MS + days * DAY_MS
  for (let at = 0; at < 40; at++) {
    events.push(
      eventOf({
        atMs: endMs + at * 20_000,
        agent: { id: 'bea', name: 'Agent bea', blueprint: 'reader' },
        action: 'secrets.read',
        resource: { id: `vault/keys/${at}`, sensitivity: 'secret' },
        outcome: at % 3 === 0 ? 'denied' : 'success',
        volume: { records: 5000, bytes: 5e8 },
        source: { ip: '203.0.113.7', country: 'US', userAgent: 'curl/8' },
        session: 'attack',
      }),
    )
  }
  return events.sort((a, b) => a.atMs - b.atMs)
}

interface Lived {
  readonly engine: Engine
  readonly known: Knowledge
  readonly verdicts: (Verdict | undefined)[]
}

/** Runs an engine over events; every so many of them an epoch ends. */
function run(
  events: readonly Event[],
  {
    mode = LEARNING,
    threshold = EVERYTHING,
    epoch = 150,
    from,
  }: {
    mode?: Mode
    threshold?: { falseAgentDaysPerThousand: number }
    epoch?: number
    from?: Lived
  } = {},
): Lived {
  const known: Knowledge = from?.known ?? new Map()
  const engine = from?.engine ?? new Engine({ threshold }, known)
  const verdicts = events.map((event, at) => {
    if (at > 0 && at % epoch === 0) mergeKnowledge(known, [engine.handIn()])
    const verdict = engine.take(event, mode)
    // It holds until the next event alone.
    return verdict && { ...verdict, surprises: verdict.surprises.slice() }
  })
  return { engine, known, verdicts }
}

const plain = (verdicts: Lived['verdicts']) =>
  JSON.stringify(verdicts, (_, value) => (value instanceof Float64Array ? [...value] : value))
const statesOf = ({ engine }: Lived): Map<string, string> =>
  new Map([...engine.agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')]))
const memoriesOf = ({ engine }: Lived): Map<string, string> =>
  new Map(
    [...engine.agents].map(([key, state]) => [key, pack(saveState(state).memory).toString('hex')]),
  )
const knowledgeOf = ({ known }: Lived): string => pack(saveKnowledge(known)).toString('hex')
const alertsOf = ({ verdicts }: Lived): Alert[] => verdicts.flatMap((one) => one?.alert ?? [])

const events = stream()

describe('the engine', () => {
  it('gives the same verdicts, states and knowledge for the same events', () => {
    const [one, two] = [run(events), run(structuredClone(events))]
    expect(plain(two.verdicts)).toBe(plain(one.verdicts))
    expect(statesOf(two)).toEqual(statesOf(one))
    expect(knowledgeOf(two)).toBe(knowledgeOf(one))
  })

  it('answers with chances and scores within their bounds', () => {
    for (const verdict of run(events).verdicts) {
      expect(verdict!.p).toBeGreaterThan(0)
      expect(verdict!.p).toBeLessThanOrEqual(1)
      expect(verdict!.score).toBeGreaterThanOrEqual(0)
      expect(verdict!.score).toBeLessThanOrEqual(100)
      expect([...verdict!.surprises].every((nats) => nats >= 0 && Number.isFinite(nats))).toBe(true)
    }
  })

  it('finds a plain attack stranger than 99 in 100 of what went before it', () => {
    const { verdicts } = run(events)
    const settled = Math.floor(events.length / 2)
    const scores = verdicts.map((verdict) => verdict!.score)
    const begins = events.findIndex(({ session }) => session === 'attack')
    const usual = scores.slice(settled, begins)
    expect(usual.length).toBeGreaterThan(0)
    const attack = scores.filter((_, at) => events[at]!.session === 'attack')
    usual.sort((a, b) => a - b)
    expect(Math.max(...attack)).toBeGreaterThan(usual[Math.floor(usual.length * 0.99)]!)
  })

  it('leaves its events as they were', () => {
    const before = JSON.stringify(events)
    run(events)
    expect(JSON.stringify(events)).toBe(before)
  })

  it('takes an event once: a second delivery answers nothing and changes nothing', () => {
    const lived = run(events)
    const states = statesOf(lived)
    for (const event of events) expect(lived.engine.take(event, LEARNING)).toBeUndefined()
    expect(statesOf(lived)).toEqual(states)
    const doubled = run(
      events.flatMap((event) => [event, structuredClone(event)]),
      { epoch: 300 },
    )
    expect(plain(doubled.verdicts.filter((verdict) => verdict !== undefined))).toBe(
      plain(run(events).verdicts),
    )
  })

  it('knows the same id of another tenant for another event', () => {
    const one = eventOf({ id: 'same' })
    const { engine } = run([one])
    expect(engine.take(eventOf({ id: 'same', tenant: 'other' }), LEARNING)).toBeDefined()
    expect(engine.agents.size).toBe(2)
  })

  it('goes on to the bit where it was stored and loaded in the middle', () => {
    const half = Math.floor(events.length / 300) * 150
    const whole = run(events)
    const first = run(events.slice(0, half))
    mergeKnowledge(first.known, [first.engine.handIn()])
    const known = loadKnowledge(unpack(pack(saveKnowledge(first.known))))
    const engine = new Engine({ threshold: EVERYTHING }, known, new Seen())
    for (const [key, state] of first.engine.agents) {
      engine.agents.set(key, loadState(unpack(pack(saveState(state)))))
    }
    const second = run(events.slice(half), { from: { engine, known, verdicts: [] } })
    expect(plain(second.verdicts)).toBe(plain(whole.verdicts.slice(half)))
    expect(statesOf(second)).toEqual(statesOf(whole))
    expect(knowledgeOf(second)).toBe(knowledgeOf(whole))
  })

  it('judges by thresholds and learns without: states and scores are the same under any', () => {
    const all = run(events)
    const none = run(events, { threshold: { falseAgentDaysPerThousand: 0.01 } })
    const scores = ({ verdicts }: Lived) => verdicts.map((verdict) => [verdict!.p, verdict!.score])
    expect(scores(none)).toEqual(scores(all))
    expect(memoriesOf(none)).toEqual(memoriesOf(all))
    expect(knowledgeOf(none)).toBe(knowledgeOf(all))
    expect(alertsOf(all).length).toBeGreaterThan(alertsOf(none).length)
  })

  it('alerts on nothing where it is not asked to, and learns all the same', () => {
    const quiet = run(events, { mode: { isAlerting: false, frozenMs: undefined } })
    expect(alertsOf(quiet)).toEqual([])
    expect(memoriesOf(quiet)).toEqual(memoriesOf(run(events)))
  })
})

describe('a frozen engine', () => {
  const frozen: Mode = { isAlerting: true, frozenMs: events[600]!.atMs }

  it('learns nothing, while windows and sessions go on', () => {
    const lived = run(events.slice(0, 600))
    mergeKnowledge(lived.known, [lived.engine.handIn()])
    const before = { memories: memoriesOf(lived), knowledge: knowledgeOf(lived) }
    const contexts = [...lived.engine.agents.values()].map(({ context }) => context.lastMs)
    run(events.slice(600), { mode: frozen, from: lived })
    mergeKnowledge(lived.known, [lived.engine.handIn()])
    expect(memoriesOf(lived)).toEqual(before.memories)
    expect(knowledgeOf(lived)).toBe(before.knowledge)
    const after = [...lived.engine.agents.values()].map(({ context }) => context.lastMs)
    expect(after.every((lastMs, at) => lastMs > contexts[at]!)).toBe(true)
  })

  it('goes on to know when its agents were last seen', () => {
    const days = routine(8)
    const lived = run(days)
    const frozenMs = days.at(-1)!.atMs
    const silentAt = (daysLater: number) => {
      const event = eventOf({ atMs: frozenMs + daysLater * DAY_MS })
      lived.engine.take(event, { isAlerting: true, frozenMs })
      const [state] = lived.engine.agents.values()
      return state!.context.lastMs - state!.context.previousMs
    }
    expect([2, 5, 6].map(silentAt)).toEqual([2 * DAY_MS, 3 * DAY_MS, DAY_MS])
  })

  it('does not come to know a blueprint it meets', () => {
    const lived = run(events.slice(0, 600))
    mergeKnowledge(lived.known, [lived.engine.handIn()])
    const before = knowledgeOf(lived)
    const stranger = eventOf({
      atMs: frozen.frozenMs! + 1000,
      agent: { id: 'new', blueprint: 'unheard' },
    })
    lived.engine.take(stranger, frozen)
    mergeKnowledge(lived.known, [lived.engine.handIn()])
    expect(knowledgeOf(lived)).toBe(before)
  })
})

describe('late events', () => {
  it('are taken like any other', () => {
    const shuffled = random(5).shuffle(events)
    for (const verdict of run(shuffled).verdicts) {
      expect(verdict!.p > 0 && verdict!.p <= 1).toBe(true)
      expect(Number.isFinite(verdict!.score)).toBe(true)
    }
  })

  it('weigh what they weigh, though another agent is already past the next landmark', () => {
    // Landmarks lie 672 days apart: what comes before one and after it is read together.
    const stretch = stretchOf(START_MS) + 1
    const landmarkMs = stretch * (Math.log2(1 / rescale(1)) * 21 * DAY_MS)
    expect(stretchOf(landmarkMs)).toBe(stretch)
    expect(stretchOf(landmarkMs - 1)).toBe(stretch - 1)
    const known: Knowledge = new Map()
    const engine = new Engine({ threshold: EVERYTHING }, known)
    let met = 0
    const at = (atMs: number, id: string) =>
      engine.take(eventOf({ atMs, agent: { id }, action: `action${met++}` }), LEARNING)
    at(landmarkMs - HOUR_MS, 'slow')
    at(landmarkMs + HOUR_MS, 'fast')
    at(landmarkMs - 1000, 'slow')
    mergeKnowledge(known, [engine.handIn()])
    const { memory } = known.get(groupKey('default'))!
    // Three events within two hours weigh about one each.
    const weight = totalOf(memory.memories.actions, 0)
    const gain = 2 ** ((landmarkMs - memory.stretch * 672 * DAY_MS) / (21 * DAY_MS))
    expect(weight / gain).toBeGreaterThan(0)
    expect(weight / gain).toBeLessThan(4)
  })
})

describe('whatever comes', () => {
  const MONTH = { min: START_MS, max: START_MS + 30 * DAY_MS }

  it('is judged, and the state can be stored and read again', () => {
    fc.assert(
      fc.property(fc.array(extremeEvents(MONTH), { minLength: 1, maxLength: 12 }), (odd) => {
        const { engine, verdicts } = run(odd, { epoch: 4 })
        for (const verdict of verdicts) {
          expect(verdict!.p > 0 && verdict!.p <= 1, `p is ${verdict!.p}`).toBe(true)
          expect(Number.isFinite(verdict!.score), `score is ${verdict!.score}`).toBe(true)
        }
        for (const state of engine.agents.values()) {
          const saved = saveState(state)
          expect(pack(saveState(loadState(unpack(pack(saved)))))).toEqual(pack(saved))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('with volumes no one can add up does not make the state unreadable', () => {
    const huge = { bytes: 1.7e308 }
    const { engine } = run([eventOf({ volume: huge }), eventOf({ volume: huge })])
    const [state] = engine.agents.values()
    expect(() => loadState(unpack(pack(saveState(state!))))).not.toThrow()
  })

  it.each([1990, 2000, 2027, 2038, 2106, 2199])(
    'is judged though one event before it says it is the year %i',
    (year) => {
      const odd = eventOf({ atMs: Date.UTC(year, 5, 1) })
      const { verdicts } = run([...routine(2), odd, ...routine(3, 2).slice(50)], { epoch: 10 })
      for (const verdict of verdicts) {
        expect(verdict!.p > 0 && verdict!.p <= 1, `p is ${verdict!.p}`).toBe(true)
        expect(Number.isFinite(verdict!.score), `score is ${verdict!.score}`).toBe(true)
      }
    },
  )

  it('leaves an agent’s stored state within 16 KB', () => {
    const chance = random(9)
    const odd = Array.from({ length: 3_000 }, (_, at) =>
      eventOf({
        id: `${chance.hex(8)}-${chance.hex(4)}-${at}`,
        atMs: START_MS + at * 13 * 60_000,
        agent: { id: 'bot', name: 'Bot', blueprint: 'b' },
        action: `system${at % 97}.action${at}`,
        resource: { id: `area${at % 301}/${'folder'.repeat(20)}${at}/item${at}`, type: `t${at}` },
        volume: { bytes: chance.logNormal(1000, 5), records: at },
        source: {
          ip: `${at % 251}.${at % 241}.1.1`,
          asn: `AS${at}`,
          country: `C${at}`,
          userAgent: `${'agent'.repeat(12)}`,
        },
        session: `session-${'x'.repeat(40)}-${at >> 2}`,
        trigger: { kind: `kind${at}` },
        permission: { used: `${'scope'.repeat(12)}${at}` },
        onBehalfOf: `${'user'.repeat(15)}${at}@corp.example`,
      }),
    )
    const { engine } = run(odd, { epoch: 500 })
    for (const state of engine.agents.values()) {
      expect(pack(saveState(state)).length).toBeLessThanOrEqual(STATE_BYTES_MAX)
    }
  })

  it('leaves it within 16 KB even where events and sessions have the longest of names', () => {
    const odd = Array.from({ length: 400 }, (_, at) =>
      eventOf({
        id: `${'i'.repeat(240)}${at}`,
        atMs: START_MS + at * 60_000,
        agent: { id: 'bot' },
        action: `action${at}`,
        resource: { id: `area${at}/item` },
        session: `${'s'.repeat(500)}${at}`,
      }),
    )
    const { engine } = run(odd, { epoch: 500 })
    const [state] = engine.agents.values()
    expect(pack(saveState(state!)).length).toBeLessThanOrEqual(STATE_BYTES_MAX)
  })
})

describe('partitions', () => {
  it('are the same for an agent for ever, and share agents out evenly', () => {
    const counts = new Map<number, number>()
    for (let at = 0; at < 8_000; at++) {
      const partition = partitionOf(agentKey(eventOf({ agent: { id: `agent-${at}` } })), 8)
      counts.set(partition, (counts.get(partition) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(180)
  })

  it('keep tenants apart that share the names of agents', () => {
    const key = (tenant: string, id: string) => agentKey(eventOf({ tenant, agent: { id } }))
    expect(key('a', 'bot')).not.toBe(key('b', 'bot'))
    expect(key('a', 'b')).toBe(key('a', 'b'))
  })

  it('keep tenants apart whatever their names hold', () => {
    const key = (tenant: string, id: string) => agentKey(eventOf({ tenant, agent: { id } }))
    expect(key('a\u0000b', 'c')).not.toBe(key('a', 'b\u0000c'))
  })
})

it('a blank state comes back from storage as it was', () => {
  const blank = saveState(blankState(START_MS))
  expect(saveState(loadState(unpack(pack(blank))))).toEqual(blank)
})

describe('a new release', () => {
  const of = (version: string) => ({ agent: { id: 'ann', version } }) as Partial<RawEvent>
  /** Twelve days of one version, then something odd in another or in the same. */
  const oddIn = (version: string) => {
    const engine = new Engine({ threshold: EVERYTHING }, new Map())
    for (const event of routine(12, 1, of('1.0.0'))) engine.take(event, LEARNING)
    const next = (atMs: number, fields: Partial<RawEvent>) =>
      engine.take(eventOf({ atMs, ...of(version), ...fields }), LEARNING)!
    const startMs = START_MS + 12 * DAY_MS
    const { isNewRelease } = next(startMs, { id: `first-${version}` })
    const again = next(startMs + 1_000, { id: `second-${version}` }).isNewRelease
    const odd = next(startMs + HOUR_MS, {
      id: `odd-${version}`,
      action: 'payroll.read',
      resource: { id: 'payroll/june/list' },
    })
    return { isNewRelease, again, score: odd.score }
  }

  it('is told once, and what it brings surprises less', () => {
    const [same, other] = [oddIn('1.0.0'), oddIn('2.0.0')]
    expect(same).toMatchObject({ isNewRelease: false, again: false })
    expect(other).toMatchObject({ isNewRelease: true, again: false })
    expect(other.score).toBeGreaterThan(0)
    expect(other.score).toBeLessThan(same.score)
  })
})

describe('a new prompt of a timetable', () => {
  const by = (digest: string) => ({ trigger: { kind: 'schedule', id: 'nightly', digest } })
  /** Twelve days of one prompt, then something odd by another or by the same. */
  const oddBy = (digest: string) => {
    const engine = new Engine({ threshold: EVERYTHING }, new Map())
    for (const event of routine(12, 1, by('first'))) engine.take(event, LEARNING)
    const next = (atMs: number, fields: Partial<RawEvent>) =>
      engine.take(eventOf({ atMs, ...by(digest), ...fields }), LEARNING)!
    const startMs = START_MS + 12 * DAY_MS
    const { isNewPrompt } = next(startMs, { id: `first-by-${digest}` })
    const again = next(startMs + 1_000, { id: `second-by-${digest}` }).isNewPrompt
    const { score } = next(startMs + HOUR_MS, {
      id: `odd-by-${digest}`,
      action: 'payroll.read',
      resource: { id: 'payroll/june/list' },
    })
    return { isNewPrompt, again, score }
  }

  it('is told once, and what it brings surprises less, by half at most', () => {
    const [same, other] = [oddBy('first'), oddBy('second')]
    expect(same).toMatchObject({ isNewPrompt: false, again: false })
    expect(other).toMatchObject({ isNewPrompt: true, again: false })
    expect(other.score).toBeLessThan(same.score)
    expect(other.score).toBeGreaterThan(same.score / 3)
  })
})
