import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { Engine } from '../../src/engine.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { type Knowledge, mergeKnowledge } from '../../src/scoring/knowledge.ts'
import {
  isNewTool,
  loadTools,
  mergeTools,
  noteTool,
  saveTools,
  type Tools,
} from '../../src/scoring/tools.ts'
import { eventOf, START_MS } from '../support/life.ts'

const SINCE = START_MS - 30 * DAY_MS
const onDay = (day: number): number => START_MS + day * DAY_MS
/** A blueprint's tools after members took up action 7 on these days. */
const takenUpOn = (...days: number[]): Tools => {
  const tools: Tools = new Map()
  for (const day of days) noteTool(tools, 7, onDay(day))
  return tools
}

describe('a tool', () => {
  it('is new where three members took the action up within days', () => {
    expect(isNewTool(takenUpOn(0, 0.5), 7, SINCE, onDay(1))).toBe(false)
    expect(isNewTool(takenUpOn(0, 0.5, 1), 7, SINCE, onDay(1))).toBe(true)
    expect(isNewTool(takenUpOn(0, 0.5, 1), 8, SINCE, onDay(1))).toBe(false)
  })

  it('is new for four days, and not in the first week of a blueprint', () => {
    expect(isNewTool(takenUpOn(0, 1, 2), 7, SINCE, onDay(3.9))).toBe(true)
    expect(isNewTool(takenUpOn(0, 1, 2), 7, SINCE, onDay(4.1))).toBe(false)
    expect(isNewTool(takenUpOn(0, 1, 2), 7, onDay(-6), onDay(3))).toBe(false)
  })

  it('is the same whatever the order in which shares are joined, and comes back from storage', () => {
    const shares = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(20)), { maxLength: 12 })
    fc.assert(
      fc.property(shares, shares, (left, right) => {
        const toolsOf = (some: readonly (readonly [number, number])[]) => {
          const tools: Tools = new Map()
          for (const [action, day] of some) noteTool(tools, action, onDay(day))
          return tools
        }
        const joined = toolsOf(left)
        mergeTools(joined, toolsOf(right))
        const reversed = toolsOf(right)
        mergeTools(reversed, toolsOf(left))
        expect(saveTools(joined)).toEqual(saveTools(reversed))
        expect(saveTools(joined)).toEqual(saveTools(toolsOf([...left, ...right])))
        expect(loadTools(saveTools(joined))).toEqual(joined)
      }),
    )
  })

  it('leaves room by letting go of what was taken up first', () => {
    const tools: Tools = new Map()
    for (let action = 1; action <= 400; action++) noteTool(tools, action, onDay(action))
    expect(tools.size).toBeLessThanOrEqual(256)
    expect(tools.has(1)).toBe(false)
    expect(tools.has(400)).toBe(true)
  })
})

it('the fourth of a kind to take a tool up is told as a change, and found less strange', () => {
  const known: Knowledge = new Map()
  const engine = new Engine({ threshold: { falseAgentDaysPerThousand: 1000 } }, known)
  const take = (agent: number, day: number, fields: Partial<RawEvent>) => {
    const event = eventOf({
      atMs: onDay(day) + agent,
      agent: { id: `one-${agent}`, blueprint: 'kind' },
      ...fields,
    })
    return engine.take(event, { isAlerting: false, frozenMs: undefined })!
  }
  const endEpoch = () => mergeKnowledge(known, [engine.handIn()])
  for (let day = 0; day < 14; day += 0.25) {
    for (let agent = 0; agent < 5; agent++) {
      take(agent, day, { resource: { id: `sites/finance/item${(4 * day) % 7}` } })
    }
    endEpoch()
  }
  const tool: Partial<RawEvent> = { action: 'text.translate', resource: { id: 'tickets/9' } }
  const took = [0, 1, 2, 3].map((agent) => {
    const { isNewTool: isNew, score } = take(agent, 14 + agent / 1e5, tool)
    endEpoch()
    return { isNew, score }
  })
  expect(took.map(({ isNew }) => isNew)).toEqual([false, false, false, true])
  expect(took[3]!.score).toBeGreaterThan(0)
  expect(took[3]!.score).toBeLessThan(took[2]!.score)
  expect(take(3, 14.001, tool).isNewTool).toBe(false) // known to it by now
})
