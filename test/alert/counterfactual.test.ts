/** What alerts are said to hang on is put to the test: events are changed and sent through the engine. */
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { DAY_MS, measures, SPANS, startOf, totalsOf } from '../../src/agent/context.ts'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import { loadState, saveState } from '../../src/alert/agent-state.ts'
import type { Alert } from '../../src/alert/alert.ts'
import type { Counterfactual } from '../../src/alert/counterfactual.ts'
import { detectors } from '../../src/detectors/index.ts'
import { agentKey, Engine, type Verdict } from '../../src/engine.ts'
import type { Event, RawEvent } from '../../src/event/event.ts'
import {
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  saveKnowledge,
} from '../../src/scoring/knowledge.ts'
import { eventOf, routine, START_MS } from '../support/life.ts'

const DAYS = 20
const LEARNING = { isAlerting: false, frozenMs: undefined }
const JUDGING = { isAlerting: true, frozenMs: undefined }
/** With so few days to tell by, far tails are estimated with caution. */
const threshold = { falseAgentDaysPerThousand: 150 }
const READERS = ['ann', 'bea', 'cat', 'dan', 'eve']
const agentOf = (id: string) => ({ id, blueprint: 'reader' })

/** Weeks of ordinary work by five agents of a kind. */
const past = READERS.flatMap((id, at) =>
  routine(DAYS, at + 1, { agent: agentOf(id) } as Partial<RawEvent>),
).sort((a, b) => a.atMs - b.atMs)

interface World {
  readonly known: Buffer
  readonly states: readonly [string, Buffer][]
  readonly registry?: ReadonlyMap<string, RegisteredAgent>
}

function lived(): World {
  const known: Knowledge = new Map()
  const engine = new Engine({ threshold }, known)
  past.forEach((event, at) => {
    if (at > 0 && at % 200 === 0) mergeKnowledge(known, [engine.handIn()])
    engine.take(event, LEARNING)
  })
  mergeKnowledge(known, [engine.handIn()])
  const states = [...engine.agents].map(([key, state]): [string, Buffer] => [
    key,
    pack(saveState(state)),
  ])
  return { known: pack(saveKnowledge(known)), states }
}
const world = lived()

/** The engine as it was at the end of the past, as often as one likes. */
function again({ known, states, registry }: World = world): Engine {
  const engine = new Engine({ threshold, registry }, loadKnowledge(unpack(known)))
  for (const [key, state] of states) engine.agents.set(key, loadState(unpack(state)))
  return engine
}

const endMs = START_MS + DAYS * DAY_MS
const [, usual] = routine(1, 1, { agent: agentOf('ann') } as Partial<RawEvent>)
/** The next morning's ordinary event, on its beat, changed. */
function next(fields: Partial<RawEvent>, atMs = endMs + 60_000): Event {
  const { id: _, time: __, atMs: ___, ...rest } = usual!
  return eventOf({ ...rest, session: 'next', ...fields, atMs })
}

const alertIn = (verdict: Verdict | undefined): Alert => {
  expect(verdict?.alert).toBeDefined()
  return verdict!.alert!
}
function told(alert: Alert, detector: string, effect: 'alert' | 'reason'): Counterfactual[] {
  const reason = alert.reasons.find((one) => one.detector === detector)
  expect(reason, `${detector} among ${alert.reasons.map((one) => one.detector)}`).toBeDefined()
  return reason!.counterfactuals.filter((one) => one.effect === effect)
}
const hasAlert = (engine: Engine, event: Event): boolean =>
  engine.take({ ...event }, JUDGING)?.alert !== undefined

describe('an alert on one large call', () => {
  const large = (records: number) => next({ volume: { records, bytes: 2_000 } })
  const alert = alertIn(again().take(large(200_000), JUDGING))

  it('is there from the amount it names on, and gone just below it', () => {
    const [hanging] = told(alert, 'large-call', 'alert')
    expect(hanging).toMatchObject({ method: 'threshold', unit: 'records' })
    const { below } = hanging!
    expect(below).toBeGreaterThan(5)
    expect(below).toBeLessThan(200_000)
    expect(hasAlert(again(), large(below!))).toBe(true)
    expect(hasAlert(again(), large(below! - 1))).toBe(false)
  })

  it('gives what is usual in numbers beside the sentence', () => {
    const { measured } = alert.reasons.find(({ detector }) => detector === 'large-call')!
    expect(measured).toMatchObject({ unit: 'records', seen: 200_000, over: 'call' })
    expect(measured!.usual).toBeGreaterThan(1)
    expect(measured!.usual).toBeLessThan(measured!.largest!)
    expect(measured!.largest).toBeCloseTo(5, 1)
  })
})

const TOTALS = 'bulk-transfer'
const channelOf = (name: string) => detectors.findIndex((detector) => detector.name === name)

describe('an alert on a total', () => {
  it('is there from the total it names on, though the call is but a part of it', () => {
    const morning = Array.from({ length: 4 }, (_, at) =>
      next({ id: `morning-${at}`, volume: { records: 1 } }, endMs + 1_200_000 + at * 30_000),
    )
    const verdictOn = (records: number) => {
      const engine = again()
      for (const event of morning) engine.take({ ...event }, JUDGING)
      return engine.take(next({ id: 'large', volume: { records } }, endMs + 1_500_000), JUDGING)!
    }
    const { reasons } = alertIn(verdictOn(200_000))
    const { measured, counterfactuals } = reasons.find(({ detector }) => detector === TOTALS)!
    const [hanging] = counterfactuals
    expect(hanging).toMatchObject({ method: 'threshold', unit: 'records' })
    expect(measured!.seen).toBeGreaterThan(200_000)
    const stands = (total: number) => {
      const { alert, surprises } = verdictOn(total - (measured!.seen - 200_000))
      return hanging!.effect === 'alert' ? alert !== undefined : surprises[channelOf(TOTALS)]! >= 4
    }
    expect(stands(hanging!.below!)).toBe(true)
    expect(stands(hanging!.below! - 1)).toBe(false)
  })

  it('keeps its reason from the total it names on, all else being as it was', () => {
    const burst = Array.from({ length: 300 }, (_, at) =>
      next({ resource: { id: `sites/finance/folder1/item${at % 6}` } }, endMs + 1_200_000 + at),
    )
    const key = agentKey(burst[0]!)
    const channel = channelOf('event-burst')
    const engine = again()
    let tried = 0
    for (const event of burst) {
      const before = pack(saveState(engine.agents.get(key)!))
      const alert = engine.take({ ...event }, JUDGING)?.alert
      const reason = alert?.reasons.find(({ detector }) => detector === 'event-burst')
      if (reason?.event !== event.id) continue
      const [hanging] = reason.counterfactuals
      const below = hanging!.below!
      /** The same event where so many fewer went before it. */
      const standsWith = (total: number) => {
        const other = again()
        const state = loadState(unpack(before))
        const session = state.context.sessions.find(({ cells }) => cells[0]! > 0)!
        for (let span = 0; span < SPANS; span++) {
          const totals = totalsOf(state.context, session, span)
          const place = startOf(span) + measures.indexOf('events')
          totals[place] = Math.max(0, totals[place]! - (reason.measured!.seen - total))
        }
        other.agents.set(key, state)
        const cases = state.case?.eventCount ?? 0
        const surprise = other.take({ ...event }, JUDGING)!.surprises[channel]!
        const isAlert = (state.case?.eventCount ?? 0) > cases
        return hanging!.effect === 'alert' ? isAlert : surprise >= 4
      }
      expect(standsWith(below)).toBe(true)
      expect(standsWith(below - 1)).toBe(false)
      tried++
    }
    expect(tried).toBeGreaterThan(1)
  })
})

describe('an alert on an agent that is not registered', () => {
  const registered = (ids: string[]) =>
    new Map(ids.map((id) => [id, { id, status: 'active' } as RegisteredAgent]))

  it('is gone where it is registered, as it says', () => {
    const fay = next({ agent: agentOf('fay'), volume: { records: 1, bytes: 1_000 } })
    const alert = alertIn(again({ ...world, registry: registered(READERS) }).take(fay, JUDGING))
    const [hanging] = told(alert, 'shadow-agent', 'alert')
    expect(hanging).toMatchObject({
      method: 'supposed',
      text: 'would not have alerted had it been registered and in service',
    })
    const withIt = { ...world, registry: registered([...READERS, 'fay']) }
    expect(hasAlert(again(withIt), fay)).toBe(false)
  })

  it('beyond its purpose is gone where its purpose covers it, as it says', () => {
    const purposeful = (actions: string[]) =>
      new Map(registered(READERS)).set('ann', { id: 'ann', status: 'active', purpose: { actions } })
    const odd = next({ action: 'payroll.read', resource: { id: 'payroll/june' } })
    const narrow = { ...world, registry: purposeful(['files.*', 'mail.*']) }
    const alert = alertIn(again(narrow).take(odd, JUDGING))
    const all = alert.reasons.find(({ detector }) => detector === 'beyond-purpose')!.counterfactuals
    expect(all).toHaveLength(1)
    const wide = { ...world, registry: purposeful(['files.*', 'mail.*', 'payroll.*']) }
    const other = again(wide).take({ ...odd }, JUDGING)?.alert
    const isGone = other?.reasons.every(({ detector }) => detector !== 'beyond-purpose') ?? true
    expect(isGone).toBe(true)
    expect(all[0]!.effect).toBe(other === undefined ? 'alert' : 'reason')
  })
})

describe('an alert on something unfamiliar', () => {
  const odd = next({
    action: 'secrets.read',
    resource: { id: 'vault/keys/1' },
    source: { ip: '203.0.113.7', asn: 'AS9', country: 'KP', userAgent: 'curl/8' },
  })
  const alert = alertIn(again().take(odd, JUDGING))

  it('says of every reason what it hangs on', () => {
    expect(alert.reasons.length).toBeGreaterThan(2)
    for (const { detector, counterfactuals } of alert.reasons) {
      expect(counterfactuals, detector).not.toEqual([])
      for (const { text, effect } of counterfactuals) {
        const start = effect === 'alert' ? /^would not have alerted / : /^this reason alone would /
        expect(text).toMatch(start)
        expect(text).not.toMatch(/undefined|NaN/)
      }
    }
  })

  it('keeps the reason of an address until that is known', () => {
    const address = next({ source: { ...usual!.source, ip: '203.0.113.7', asn: 'AS1' } })
    const engine = again()
    const first = engine.take({ ...address, id: 'first' }, JUDGING)
    const strange = first!.surprises.slice()
    for (let at = 0; at < 400; at++) {
      engine.take({ ...address, id: `more-${at}`, atMs: address.atMs + at }, LEARNING)
    }
    const later = engine.take({ ...address, id: 'later', atMs: address.atMs + 500 }, JUDGING)
    const most = Math.max(...strange)
    expect(most).toBeGreaterThan(4)
    expect(later!.surprises[strange.indexOf(most)]).toBeLessThan(most)
  })
})

describe('judging anew', () => {
  it('leaves verdicts, states and knowledge as they would be without it', () => {
    const burst = Array.from({ length: 60 }, (_, at) =>
      next(
        { action: 'secrets.read', resource: { id: `vault/${at}` } },
        endMs + 1_200_000 + at * 900,
      ),
    )
    // Nothing is told of history, and so nothing judged anew.
    const run = (isAlerting: boolean) => {
      const engine = again()
      const scores = burst.map((event) => {
        const { p, score } = engine.take({ ...event }, { isAlerting, frozenMs: undefined })!
        return [p, score]
      })
      const states = [...engine.agents.values()].map((state) => {
        const { case: _, ...rest } = saveState(state)
        return pack(rest).toString('hex')
      })
      return { scores, states, knowledge: pack(saveKnowledge(engine.handIn())).toString('hex') }
    }
    expect(run(true)).toEqual(run(false))
  })
})
