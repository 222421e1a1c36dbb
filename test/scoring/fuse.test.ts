import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectors } from '../../src/detectors/index.ts'
import { joint, strangenessOf, together } from '../../src/scoring/fuse.ts'

const nats = fc.integer({ min: 0, max: 50_000 }).map((thousandths) => thousandths / 1000)
const findings = fc
  .array(nats, { minLength: detectors.length, maxLength: detectors.length })
  .map((all) => Float64Array.from(all))
const full = new Float64Array(detectors.length).fill(1)
const one = (at: number, surprise: number) => {
  const surprises = new Float64Array(detectors.length)
  surprises[at] = surprise
  return surprises
}

describe('joined findings', () => {
  it('lie between the largest and the sum', () => {
    fc.assert(
      fc.property(findings, (surprises) => {
        const all = joint(surprises, full)
        expect(all).toBeGreaterThanOrEqual(Math.max(...surprises) * (1 - 1e-9))
        expect(all).toBeLessThanOrEqual(surprises.reduce((a, b) => a + b, 0) * (1 + 1e-9))
      }),
    )
  })

  it('let one overwhelming finding speak alone', () => {
    detectors.forEach((_, at) => {
      expect(joint(one(at, 12), full)).toBeCloseTo(12, 9)
    })
  })

  it('of different aspects say more together, of one aspect no more than the strongest', () => {
    detectors.forEach(({ aspect }, at) => {
      detectors.forEach((other, otherAt) => {
        if (at === otherAt) return
        const surprises = one(at, 5)
        surprises[otherAt] = 4
        const both = joint(surprises, full)
        if (other.aspect === aspect) expect(both).toBeCloseTo(5, 9)
        else expect(both).toBeGreaterThan(5)
      })
    })
  })

  it('never say less when a finding grows or counts for more', () => {
    fc.assert(
      fc.property(findings, fc.nat(detectors.length - 1), nats, (surprises, at, more) => {
        const before = joint(surprises, full)
        const grown = surprises.slice()
        grown[at] = grown[at]! + more
        expect(joint(grown, full)).toBeGreaterThanOrEqual(before * (1 - 1e-9))
        const lighter = full.slice()
        lighter[at] = 0.5
        expect(joint(surprises, lighter)).toBeLessThanOrEqual(before * (1 + 1e-9))
      }),
    )
  })
})

it('an event and what gathered before it say at least what either says', () => {
  fc.assert(
    fc.property(nats, nats, (event, gathered) => {
      const both = together(event, gathered)
      expect(both).toBeGreaterThanOrEqual(Math.max(event, gathered) * (1 - 1e-9))
      expect(both).toBeLessThanOrEqual((event + gathered) * (1 + 1e-9))
    }),
  )
})

it('an everyday event adds nothing to what gathers', () => {
  expect(strangenessOf(0)).toBe(0)
  expect(strangenessOf(1)).toBe(0)
  expect(strangenessOf(20)).toBeGreaterThan(strangenessOf(10))
})
