import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import {
  isPromptChanged,
  loadPrompts,
  type StandingPrompt,
  savePrompts,
} from '../../src/agent/standing-prompt.ts'
import { eventOf, START_MS } from '../support/life.ts'

const run = (day: number, digest: string, id?: string, kind = 'schedule') =>
  eventOf({
    atMs: START_MS + day * DAY_MS,
    trigger: { kind, digest, ...(id === undefined ? {} : { id }) },
  })

/** The days on which a change was seen. */
function changesIn(days: readonly (readonly [digest: string, id?: string, kind?: string])[]) {
  const prompts: StandingPrompt[] = []
  return [...days.keys()].filter((day) => isPromptChanged(prompts, run(day, ...days[day]!)))
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('a standing prompt', () => {
  it('changes once, on the first day with another', () => {
    expect(changesIn([...times(6, ['a'] as const), ...times(4, ['b'] as const)])).toEqual([6])
  })

  it('has to stand before it can change: a digest that is always another excuses nothing', () => {
    expect(changesIn(Array.from({ length: 20 }, (_, day) => [`d${day}`] as const))).toEqual([])
    const restless = [...times(6, ['a'] as const), ['b'], ['c'], ['d'], ['e']] as const
    expect(changesIn(restless)).toEqual([6])
  })

  it('is one for each line of the timetable', () => {
    const days = Array.from({ length: 24 }, (_, day) =>
      day % 2 === 0 ? (['a', 'nightly'] as const) : ([day < 15 ? 'b' : 'c', 'weekly'] as const),
    )
    expect(changesIn(days)).toEqual([15])
  })

  it('is none where people ask', () => {
    const asked = (digest: string) => [digest, 'chat', 'prompt'] as const
    expect(changesIn([...times(6, asked('a')), asked('b')])).toEqual([])
  })

  it('is not changed by events that come late, and follows a few lines alone', () => {
    const prompts: StandingPrompt[] = []
    for (let day = 0; day < 6; day++) isPromptChanged(prompts, run(day, 'a'))
    expect(isPromptChanged(prompts, run(6, 'b'))).toBe(true)
    expect(isPromptChanged(prompts, run(5, 'a'))).toBe(false)
    expect(prompts[0]?.digest).toBe('b')
    for (let line = 0; line < 30; line++) isPromptChanged(prompts, run(7, 'x', `line-${line}`))
    expect(prompts.length).toBeLessThanOrEqual(4)
    expect(loadPrompts(savePrompts(prompts))).toEqual(prompts)
  })
})
