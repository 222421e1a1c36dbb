import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coarse, fine } from '../../src/math/coarse.ts'

const weights = fc.double({ min: 2 ** -60, max: 2 ** 60, noNaN: true })
const salts = fc.integer({ min: 1, max: 2 ** 30 })

describe.each([
  { name: 'a coarse weight', stepped: coarse, bits: 8 },
  { name: 'a fine weight', stepped: fine, bits: 16 },
])('$name', ({ stepped, bits }) => {
  it('is one of the two steps next to it, and stays what it is', () => {
    fc.assert(
      fc.property(weights, weights, salts, (weight, clock, salt) => {
        const kept = stepped(weight, clock, salt)
        const step = 2 ** (Math.floor(Math.log2(weight)) - bits)
        expect(Math.abs(kept - weight)).toBeLessThanOrEqual(step * 1.001) // a float32 first
        expect(stepped(kept, clock + 1, salt)).toBe(kept)
        expect(stepped(weight, clock, salt)).toBe(kept)
      }),
    )
  })

  it('moves with its landmark', () => {
    fc.assert(
      fc.property(weights, weights, salts, (weight, clock, salt) => {
        const moved = stepped(weight, clock, salt) * 2 ** -32
        expect(stepped(moved, clock, salt)).toBe(moved)
      }),
    )
  })

  it.each([1, 0.37, 1e-3])('counts in full what is added in parts of %d', (part) => {
    const [additions, counters] = [10_000, 300]
    let sum = 0
    let squares = 0
    for (let salt = 1; salt <= counters; salt++) {
      let [weight, total] = [0, 0]
      for (let at = 0; at < additions; at++) {
        total += part
        weight = stepped(weight + part, total, salt)
      }
      const off = weight / total - 1
      sum += off
      squares += off * off
    }
    const deviation = Math.sqrt(squares / counters)
    // Flajolet: of steps of a part a, sqrt(a / 2); here a is between 2^-bits and half of that. A float32
    // is rounded by 2^-25 of the weight before, most of all where all additions are alike.
    expect(deviation).toBeLessThan(Math.sqrt(2 ** -bits / 2) * 1.15)
    const rounding = additions * 2 ** -25
    expect(Math.abs(sum / counters)).toBeLessThan((4 * deviation) / Math.sqrt(counters) + rounding)
  })
})
