import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newShare, noveltyOf } from '../../src/math/novelty.ts'
import { addTo, blankTally, entriesOf, type Tally } from '../../src/math/tally.ts'

const KEYS = 12
const met = fc.array(fc.integer({ min: 1, max: KEYS }), { maxLength: 60 })
const UNMET = KEYS + 1

function tallyOf(keys: readonly number[]): Tally {
  const tally = blankTally(64)
  for (const key of keys) addTo(tally, key, 1)
  return tally
}

describe('novelty', () => {
  it('is a surprise of at least 0, and finite', () => {
    fc.assert(
      fc.property(met, met, met, fc.integer({ min: 1, max: UNMET }), (own, kin, all, key) => {
        const nats = noveltyOf(tallyOf(own), tallyOf(kin), tallyOf(all), key, 1)
        expect(nats).toBeGreaterThanOrEqual(0)
        expect(nats).toBeLessThan(Number.POSITIVE_INFINITY)
      }),
    )
  })

  it('finds nothing known to the agent stranger than a new thing', () => {
    fc.assert(
      fc.property(met, met, met, (own, kin, all) => {
        const tallies = [tallyOf(own), tallyOf(kin), tallyOf(all)] as const
        const strange = noveltyOf(...tallies, UNMET, 1)
        for (const [key] of entriesOf(tallies[0])) {
          expect(noveltyOf(...tallies, key, 1)).toBeLessThanOrEqual(strange)
        }
      }),
    )
  })

  it('finds nothing that peers know stranger than what they do not', () => {
    fc.assert(
      fc.property(met, met, met, (own, kin, all) => {
        const tallies = [tallyOf(own), tallyOf(kin), tallyOf(all)] as const
        const strange = noveltyOf(...tallies, UNMET, 1)
        for (const key of [...kin, ...all]) {
          expect(noveltyOf(...tallies, key, 1)).toBeLessThanOrEqual(strange + 1e-12)
        }
      }),
    )
  })

  it('finds a thing one meets daily far less strange than one never met', () => {
    const often = Array.from({ length: 40 }, (_, at) => 1 + (at % 2))
    const tallies = [tallyOf(often), undefined, tallyOf([1, 2])] as const
    expect(noveltyOf(...tallies, UNMET, 1)).toBeGreaterThan(noveltyOf(...tallies, 1, 1) + 1.5)
  })

  it('grows as the agent settles: the same new thing says more of one who never meets any', () => {
    const nats = (own: number[]) => noveltyOf(tallyOf(own), undefined, tallyOf([1]), UNMET, 1)
    const settled = Array.from({ length: 100 }, () => 1)
    const roaming = Array.from({ length: 12 }, (_, at) => at + 1)
    expect(nats(settled)).toBeGreaterThan(nats(settled.slice(0, 10)))
    expect(nats(settled)).toBeGreaterThan(nats(roaming))
  })
})

it('the share of new things falls while the same things come again, and grows with new ones', () => {
  const settled = tallyOf([1, 2, 3, ...Array.from({ length: 100 }, () => 1)])
  const roaming = tallyOf(Array.from({ length: 50 }, (_, at) => at + 1))
  expect(newShare(tallyOf([]), 1)).toBe(1)
  expect(newShare(settled, 1)).toBeLessThan(0.1)
  expect(newShare(roaming, 1)).toBeGreaterThan(0.5)
  fc.assert(
    fc.property(met, (keys) => {
      expect(newShare(tallyOf(keys), 1)).toBeGreaterThan(0)
      expect(newShare(tallyOf(keys), 1)).toBeLessThanOrEqual(1)
    }),
  )
})
