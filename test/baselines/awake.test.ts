import { describe, expect, it } from 'vitest'
import {
  AGREED_MIN,
  AWAKE_HOURS,
  agreedHour,
  awakeAt,
  blankAwake,
  clearAwake,
  mergeAwake,
  putAwake,
  takeAwake,
  wake,
} from '../../src/baselines/awake.ts'
import { bitsIn, bitsWritten } from '../../src/math/bits.ts'

const HOUR = 494_000
const woken = (...hours: readonly number[]) => {
  const awake = blankAwake(AWAKE_HOURS)
  for (const hour of hours) wake(awake, hour)
  return awake
}
const saveAwake = (awake: ReturnType<typeof woken>) => bitsWritten((bits) => putAwake(bits, awake))
const around = (awake: ReturnType<typeof woken>) =>
  Array.from({ length: 12 }, (_, nth) => awakeAt(awake, HOUR - 5 + nth))

describe('awake', () => {
  it('counts by hour, late ones too, and knows nothing outside of what it was told', () => {
    const awake = woken(HOUR, HOUR, HOUR + 3, HOUR - 2)
    expect(around(awake)).toEqual([0, 0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0])
  })

  it('knows the latest hour that several agree upon, whatever one says', () => {
    const awake = woken(HOUR - 1, HOUR - 1, HOUR, HOUR, HOUR, HOUR + 1, HOUR + 1, HOUR + 50)
    expect([1, 2, 3, 4].map((agents) => agreedHour(awake, agents))).toEqual([
      HOUR + 50,
      HOUR + 1,
      HOUR,
      0,
    ])
    expect(agreedHour(woken(), 1)).toBe(0)
  })

  it('forgets what is longer ago than it can hold, and takes nothing from then', () => {
    const awake = woken(HOUR, HOUR + AWAKE_HOURS - 1)
    expect(awakeAt(awake, HOUR)).toBe(1)
    wake(awake, HOUR + AWAKE_HOURS)
    expect(awakeAt(awake, HOUR)).toBe(0)
    wake(awake, HOUR)
    expect(awakeAt(awake, HOUR)).toBe(0)
    expect(awakeAt(awake, HOUR + AWAKE_HOURS)).toBe(1)
  })

  it('begins anew after a gap longer than all it holds', () => {
    const awake = woken(HOUR, HOUR + 3 * AWAKE_HOURS + 7)
    expect(saveAwake(awake)).toEqual(saveAwake(woken(HOUR + 3 * AWAKE_HOURS + 7)))
  })

  it('does not forget all for one whose clock is weeks ahead, nor for one that came first', () => {
    const several = [HOUR, HOUR, HOUR, HOUR, HOUR + 1]
    const far = HOUR + 2 * AWAKE_HOURS
    const awake = woken(...several, far, HOUR + 2)
    expect(saveAwake(awake)).toEqual(saveAwake(woken(...several, HOUR + 2)))
    expect(agreedHour(awake, AGREED_MIN)).toBe(HOUR)
    expect(saveAwake(woken(far, ...several))).toEqual(saveAwake(woken(...several)))
    // A share that the one with the wrong clock was the first in, and one that it is alone in.
    for (const share of [woken(far, HOUR + 2), woken(far)]) mergeAwake(awake, share)
    expect(saveAwake(awake)).toEqual(saveAwake(woken(...several, HOUR + 2, HOUR + 2)))
  })

  it('goes along where as many say so as are usual, be they few or many', () => {
    const far = HOUR + 2 * AWAKE_HOURS
    const many = woken(HOUR, HOUR, HOUR, HOUR, HOUR)
    mergeAwake(many, woken(far, far))
    expect(many.latest).toBe(HOUR)
    mergeAwake(many, woken(far, far, far))
    expect(saveAwake(many)).toEqual(saveAwake(woken(far, far, far)))
    const few = woken(HOUR, HOUR + 1, HOUR + 1)
    mergeAwake(few, woken(far, far))
    expect(saveAwake(few)).toEqual(saveAwake(woken(far, far)))
  })

  it('joins to what one would hold that was told all, in either order', () => {
    const hours = [HOUR, HOUR + 4, HOUR + 4, HOUR - 3, HOUR + 6]
    for (let cut = 0; cut <= hours.length; cut++) {
      const [left, right] = [woken(...hours.slice(0, cut)), woken(...hours.slice(cut))]
      const other = woken(...hours.slice(cut))
      mergeAwake(other, left)
      mergeAwake(left, right)
      expect(around(left)).toEqual(around(woken(...hours)))
      expect(saveAwake(other)).toEqual(saveAwake(left))
    }
  })

  it('rests as bytes and comes back', () => {
    const awake = woken(HOUR, HOUR + 2, HOUR + 2)
    const again = blankAwake(AWAKE_HOURS)
    takeAwake(bitsIn(saveAwake(awake)), again)
    expect(around(again)).toEqual(around(awake))
    clearAwake(awake)
    expect(around(awake)).toEqual(around(blankAwake(AWAKE_HOURS)))
    expect(saveAwake(awake)).toEqual(saveAwake(blankAwake(AWAKE_HOURS)))
  })
})
