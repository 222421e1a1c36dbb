import { describe, expect, it } from 'vitest'
import { timeToMs } from '../../../src/event/event.ts'
import { random } from '../../../src/math/random.ts'
import {
  gateway,
  makeId,
  runtime,
  scripts,
  suite,
  traces,
  trail,
  writeTime,
} from '../../../src/offline/simulate/platform.ts'

const AT_MS = Date.parse('2026-03-01T23:59:58.765Z')

describe('platforms', () => {
  it.each([
    [runtime, AT_MS],
    [suite, AT_MS - 765],
    [trail, AT_MS - 765],
    [traces, AT_MS],
    [gateway, AT_MS],
    [scripts, AT_MS],
  ])('$name writes a time that reads back', (platform, expected) => {
    expect(timeToMs(writeTime(platform, AT_MS))).toBe(expected)
  })

  it('makes identifiers that do not repeat', () => {
    const rng = random('ids')
    for (const platform of [runtime, suite, trail, traces, gateway, scripts]) {
      const ids = new Set(Array.from({ length: 2000 }, () => makeId(platform, AT_MS, rng)))
      expect(ids.size).toBe(2000)
    }
    expect(makeId(suite, AT_MS, rng)).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    )
  })
})
