import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  knownNats,
  newShare,
  newShareGiven,
  POPULARITIES,
  peersNats,
  popularityOf,
  uptakeNats,
} from '../../src/math/novelty.ts'
import {
  addTo,
  blankTallies,
  novelOf,
  type Tallies,
  totalOf,
  weightOf,
} from '../../src/math/tally.ts'

const KEYS = 12
const met = fc.array(fc.integer({ min: 1, max: KEYS }), { maxLength: 60 })
const weight = fc.double({ min: 0, max: 1e6, noNaN: true })
const uptakes = fc
  .array(weight, { minLength: POPULARITIES, maxLength: POPULARITIES })
  .map((weights) => Float64Array.from(weights))

function tallyOf(keys: readonly number[]): Tallies {
  const tally = blankTallies([64])
  for (const key of keys) addTo(tally, 0, key, 1)
  return tally
}

const newShareIn = (tally: Tallies) => newShare(totalOf(tally, 0), novelOf(tally, 0), 1)

describe('how well known a thing is', () => {
  it('has a grade of its own for none, about 1, 2, 4, 8, 16 members, and more', () => {
    expect([0, 1, 2, 4, 8, 16, 32].map(popularityOf)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(popularityOf(1e6)).toBe(POPULARITIES - 1)
    expect(popularityOf(0.001)).toBe(1)
  })

  it('never falls with the number of members', () => {
    fc.assert(
      fc.property(weight, weight, (a, b) => {
        expect(popularityOf(Math.min(a, b))).toBeLessThanOrEqual(popularityOf(Math.max(a, b)))
      }),
    )
  })
})

describe('what an uptake says', () => {
  it('is a surprise of at least 0, and the less the better known the thing', () => {
    fc.assert(
      fc.property(uptakes, (uptake) => {
        let before = Number.POSITIVE_INFINITY
        for (let grade = 0; grade < POPULARITIES; grade++) {
          const nats = uptakeNats(uptake, 0, grade, 1)
          expect(nats).toBeGreaterThanOrEqual(0)
          expect(nats).toBeLessThanOrEqual(before)
          expect(Number.isFinite(nats)).toBe(true)
          before = nats
        }
        expect(before).toBe(0)
      }),
    )
  })

  it('is nothing in a group that has taken up nothing, or only what none knew', () => {
    const uptake = new Float64Array(POPULARITIES)
    expect(uptakeNats(uptake, 0, 0, 1)).toBe(0)
    uptake[0] = 100
    expect(uptakeNats(uptake, 0, 0, 1)).toBe(0)
  })

  it('grows with what the members take up only when many know it', () => {
    const [few, many] = [new Float64Array(POPULARITIES), new Float64Array(POPULARITIES)]
    few[POPULARITIES - 1] = 10
    many[POPULARITIES - 1] = 1000
    expect(uptakeNats(many, 0, 0, 1)).toBeGreaterThan(uptakeNats(few, 0, 0, 1))
    expect(uptakeNats(few, 0, 0, 1)).toBeGreaterThan(1)
  })

  it('of what is known to one peer is less than of what is known to none', () => {
    fc.assert(
      fc.property(uptakes, met, (uptake, keys) => {
        const members = weightOf(tallyOf([...keys, 1]), 0, 1)
        const unknown = peersNats(uptake, 0, 0, 1)
        expect(unknown).toBe(uptakeNats(uptake, 0, 0, 1))
        const known = peersNats(uptake, 0, members, 1)
        expect(known).toBeGreaterThanOrEqual(0)
        if (unknown > 0) expect(known).toBeLessThan(unknown)
        else expect(known).toBe(0)
      }),
    )
  })
})

describe('the share of new things', () => {
  it('falls while the same things come again, and grows with new ones', () => {
    const settled = tallyOf([1, 2, 3, ...Array.from({ length: 100 }, () => 1)])
    const roaming = tallyOf(Array.from({ length: 50 }, (_, at) => at + 1))
    expect(newShareIn(tallyOf([]))).toBe(1)
    expect(newShareIn(settled)).toBeLessThan(0.1)
    expect(newShareIn(roaming)).toBeGreaterThan(0.5)
    fc.assert(
      fc.property(met, (keys) => {
        expect(newShareIn(tallyOf(keys))).toBeGreaterThan(0)
        expect(newShareIn(tallyOf(keys))).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('under a condition lies between the general one and the condition’s own', () => {
    const shares = fc.double({ min: 1e-6, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        shares,
        weight,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (share, all, part) => {
          const given = newShareGiven(share, all, part * all, 1)
          const [own] = all === 0 ? [share] : [newShareGiven(0, all, part * all, 0)]
          expect(given).toBeGreaterThanOrEqual(Math.min(share, own) - 1e-12)
          expect(given).toBeLessThanOrEqual(Math.max(share, own) + 1e-12)
        },
      ),
    )
    expect(newShareGiven(0.3, 0, 0, 1)).toBeCloseTo(0.3, 12)
    expect(newShareGiven(0.3, 1e6, 0, 1)).toBeLessThan(0.001)
  })
})

it('a thing that is held is a surprise from 0, and never more than something new', () => {
  fc.assert(
    fc.property(met, (keys) => {
      const tally = tallyOf(keys)
      const unseen = newShareIn(tally)
      for (const key of keys) {
        const nats = knownNats(totalOf(tally, 0), weightOf(tally, 0, key), unseen)
        expect(nats).toBeGreaterThanOrEqual(0)
        expect(nats).toBeLessThanOrEqual(-Math.log(unseen) + 1e-12)
      }
    }),
  )
})
