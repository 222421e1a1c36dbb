import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import { addDay, blankValidity, validate } from '../../src/scoring/validity.ts'

/** So many agent-days whose tails are so many times as often small as they ought to be. */
function lived(days: number, times: number, from = blankValidity()) {
  const chance = random(7)
  for (let day = 0; day < days; day++) addDay(from, Math.min(1, chance.uniform() / times))
  return from
}

describe('the promise of the budget', () => {
  it('is neither kept nor broken before enough days have ended', () => {
    expect(validate(blankValidity())).toMatchObject({ agentDays: 0, met: 0, holds: undefined })
    expect(validate(lived(100, 10)).holds).toBeUndefined()
  })

  it('is kept where tails are uniform, or nearly', () => {
    for (const times of [0.8, 1, 1.2]) expect(validate(lived(3_000, times)).holds).toBe(true)
    expect(validate(lived(3_000, 1)).met).toBeCloseTo(0.1, 1)
  })

  it('is broken where odd days are too many or too few', () => {
    expect(validate(lived(3_000, 3)).holds).toBe(false)
    expect(validate(lived(3_000, 0.2)).holds).toBe(false)
  })

  it('is kept again some time after it was broken', () => {
    const validity = lived(2_000, 4)
    expect(validate(validity).holds).toBe(false)
    expect(validate(lived(9_000, 1, validity)).holds).toBe(true)
  })
})
