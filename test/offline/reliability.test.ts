import { describe, expect, it } from 'vitest'
import { detectors } from '../../src/detectors/index.ts'
import type { Verdict } from '../../src/engine.ts'
import { random } from '../../src/math/random.ts'
import { countReliability } from '../../src/offline/reliability.ts'
import { DAY, EVENT } from '../../src/scoring/channels.ts'
import { eventOf } from '../support/life.ts'

const EVENTS = 30_000
const CALM = 0
const EAGER = 1
const SHY = 2
const rng = random('reliability')

/** Uniform p-values in one channel, ones ten times too small in another, none in a third. */
const count = countReliability(new Set(['malicious']))
for (let n = 0; n < EVENTS; n++) {
  const surprises = new Float64Array(DAY)
  surprises[CALM] = -Math.log(rng.uniform())
  surprises[EAGER] = -Math.log(rng.uniform() / 10)
  const event = eventOf({ id: `e${n}`, agent: { id: `a${n % 500}` } })
  count.take(event, { surprises, dayTail: 1 - (n % 500) / 500 } as Partial<Verdict> as Verdict)
}
const worst = new Float64Array(DAY).fill(50)
count.take(eventOf({ id: 'malicious', agent: { id: 'a499' } }), {
  surprises: worst,
  dayTail: 1e-9,
} as Partial<Verdict> as Verdict)
const { rows, honestEvents, benignAgentDays } = count.result()

describe('reliability', () => {
  it('marks what holds, what does not, and what cannot be told', () => {
    const marks = (at: number) => rows[at]!.cells.map(({ mark }) => mark)
    expect(marks(CALM)).toEqual(['within', 'within', 'within', 'too few'])
    expect(marks(EAGER)).toEqual(['above', 'above', 'above', 'too few'])
    expect(marks(SHY)).toEqual(['below', 'below', 'below', 'too few'])
    expect(rows[EAGER]!.cells[1]!.ratio).toBeCloseTo(10, 0)
  })

  it('counts honest events only, and agent-days without a malicious one', () => {
    expect(honestEvents).toBe(EVENTS)
    expect(benignAgentDays).toBe(499)
    expect(rows[SHY]!.cells[0]).toMatchObject({ seen: 0, expected: EVENTS / 10 })
    // The days' tails are 1, 0.998 … 0.004: a uniform.
    const days = rows.at(-1)!
    expect(days).toMatchObject({ channel: 'verdict of day', unit: 'agent-day' })
    expect(days.cells[0]!.ratio).toBeCloseTo(1, 1)
  })

  it('names every detector and step of fusion, and tells those that judge the agent', () => {
    expect(rows).toHaveLength(DAY + 1)
    const ofAgent = rows.slice(0, EVENT).filter(({ unit }) => unit === 'agent')
    const names = detectors.filter(({ isOfDay }) => isOfDay).map(({ name }) => name)
    expect(ofAgent.map(({ channel }) => channel)).toEqual(names)
  })
})
