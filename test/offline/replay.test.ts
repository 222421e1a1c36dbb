import { isDeepStrictEqual } from 'node:util'
import { pack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { saveState } from '../../src/alert/agent-state.ts'
import { chosenModel } from '../../src/cli/model.ts'
import { agentKey, Engine, type Mode, partitionOf } from '../../src/engine.ts'
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { Replay } from '../../src/offline/replay.ts'
import { simulate } from '../../src/offline/simulate/simulate.ts'
import { epochOf, groupKey, type Knowledge, mergeKnowledge } from '../../src/scoring/knowledge.ts'

const EVENTS = 3_000
const PARTITIONS = 8
const options = { threshold: { falseAgentDaysPerThousand: 1000 }, partitions: PARTITIONS }
const LEARNING: Mode = { isAlerting: true, frozenMs: undefined }

const events: Event[] = []
for (const raw of simulate({ seed: 3, agents: 14, days: 6, attacks: 4 }).events) {
  const read = parseEvent(structuredClone(raw))
  if ('event' in read) events.push(read.event)
  if (events.length === EVENTS) break
}

interface Outcome {
  readonly verdicts: readonly (readonly [p: number, score: number])[]
  readonly states: ReadonlyMap<string, string>
}

function statesOf(engines: readonly Engine[]): Map<string, string> {
  const states = engines.flatMap(({ agents }) =>
    [...agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')] as const),
  )
  return new Map(states.sort())
}

function replayed(partitions: number): Outcome {
  const replay = new Replay({ ...options, partitions })
  const verdicts = events.map((event) => {
    const verdict = replay.take(event, LEARNING)
    return [verdict?.p ?? Number.NaN, verdict?.score ?? Number.NaN] as const
  })
  return { verdicts, states: statesOf(replay.engines) }
}

/** The same stream, but of every epoch the partitions run one after the other, in any order. */
function runApart(order: (partitions: number[]) => number[]): Outcome {
  const known: Knowledge = new Map()
  const engines = Array.from({ length: PARTITIONS }, () => new Engine(options, known))
  const verdicts: [number, number][] = []
  let pending: Knowledge[] = []
  const epochs = new Map<number, number[]>()
  events.forEach((_, at) => {
    epochs.set(epochOf(at), [...(epochs.get(epochOf(at)) ?? []), at])
  })
  for (const members of epochs.values()) {
    for (const partition of order([...engines.keys()])) {
      for (const at of members) {
        if (partitionOf(agentKey(events[at]!), PARTITIONS) !== partition) continue
        const verdict = engines[partition]!.take(events[at]!, LEARNING)
        verdicts[at] = [verdict?.p ?? Number.NaN, verdict?.score ?? Number.NaN]
      }
    }
    mergeKnowledge(known, pending)
    pending = engines.map((engine) => engine.handIn())
  }
  return { verdicts, states: statesOf(engines) }
}

const whole = replayed(PARTITIONS)

describe('a replay', () => {
  it('passes through several epochs, so that there is something to share', () => {
    expect(epochOf(EVENTS - 1)).toBeGreaterThanOrEqual(4)
    expect(whole.states.size).toBeGreaterThanOrEqual(10)
  })

  it('is the same to the bit, whichever partition runs first', () => {
    for (const order of [
      (partitions: number[]) => partitions,
      (partitions: number[]) => [...partitions].reverse(),
      (partitions: number[]) => [...partitions.slice(3), ...partitions.slice(0, 3)],
    ]) {
      const apart = runApart(order)
      expect(apart.verdicts).toEqual(whole.verdicts)
      expect(apart.states).toEqual(whole.states)
    }
  })

  it('finds nearly the same with another number of partitions', () => {
    // Shares are joined in other groups: single precision and the weight of first meetings differ.
    const alone = replayed(1)
    const apart = alone.verdicts
      .map(([p], at) => Math.abs(Math.log(p) - Math.log(whole.verdicts[at]![0])))
      .filter((nats) => !Number.isNaN(nats))
      .sort((a, b) => a - b)
    expect(apart[Math.floor(apart.length * 0.5)]).toBeLessThan(0.02)
    expect(apart[Math.floor(apart.length * 0.99)]).toBeLessThan(0.5)
  })

  it('knows after settling all that was gathered', () => {
    const replay = new Replay(options)
    const half = events.slice(0, EVENTS / 2)
    for (const event of half) replay.take(event, { isAlerting: false, frozenMs: undefined })
    replay.settle()
    const { knowledge: known } = replay
    for (const event of half) {
      expect(known.has(groupKey(event.tenant))).toBe(true)
      expect(known.get(groupKey(event.tenant))!.lastMs).toBeGreaterThanOrEqual(event.atMs)
    }
  })
})

describe('a replay of models that were activated', async () => {
  const model = await chosenModel(undefined)
  const activations = [
    { epoch: 1, model },
    { epoch: 3, model: undefined },
  ]
  const judged = (replay: Replay, some: readonly Event[]) =>
    some.map((event) => {
      const verdict = replay.take(event, LEARNING)
      return [verdict?.dayTail ?? Number.NaN, verdict?.score ?? Number.NaN]
    })
  const all = judged(new Replay({ ...options, activations }), events)

  it('scores with each from the epoch after the next on', () => {
    const without = judged(new Replay(options), events)
    const first = all.findIndex((verdict, at) => !isDeepStrictEqual(verdict, without[at]))
    expect(first).toBeGreaterThan(0)
    expect(epochOf(first)).toBe(3)
    const withIt = judged(new Replay({ ...options, model }), events)
    expect(all).not.toEqual(withIt)
    const late = judged(new Replay({ ...options, activations: activations.slice(0, 1) }), events)
    const second = all.findIndex((verdict, at) => !isDeepStrictEqual(verdict, late[at]))
    expect(epochOf(second)).toBe(5)
  })

  it('goes on as it was where it is saved in between', () => {
    for (const cut of [1_400, 1_700, 2_700]) {
      const first = new Replay({ ...options, activations })
      const before = judged(first, events.slice(0, cut))
      const saved = structuredClone(first.save())
      const second = Replay.load({ ...options, activations }, saved)
      expect([...before, ...judged(second, events.slice(cut))]).toEqual(all)
    }
  })
})

describe('epochs', () => {
  it('begin at 0, never go back, and leave none out', () => {
    let before = 0
    const jumps: number[] = []
    for (let number = 0; number < 400_000; number++) {
      const epoch = epochOf(number)
      if (epoch !== before && epoch !== before + 1) jumps.push(number)
      before = epoch
    }
    expect(jumps).toEqual([])
    expect(before).toBeGreaterThan(10)
  })

  it('leave none out where the stream is long', () => {
    for (let power = 18; power <= 40; power++) {
      for (const near of [-1, 0, 1]) {
        const number = 2 ** power + near
        const step = epochOf(number + 1) - epochOf(number)
        expect(step === 0 || step === 1, `at ${number}`).toBe(true)
      }
    }
  })
})
