import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bits, bitsIn, bitsWritten } from '../../src/math/bits.ts'
import { coarse, fine } from '../../src/math/coarse.ts'
import {
  putKeys,
  putPlaces,
  putWeights,
  takeKeys,
  takePlaces,
  takeWeights,
} from '../../src/math/columns.ts'
import { keyOf } from '../../src/math/hash.ts'

const through = <T>(put: (bits: Bits) => void, take: (bits: Bits) => T): T =>
  take(bitsIn(bitsWritten(put)))
const inOrder = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b)

describe('columns', () => {
  it('give back keys in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 })), (some) => {
        const keys = inOrder(some)
        expect([...through((bits) => putKeys(bits, keys, keys.length), takeKeys)]).toEqual(keys)
      }),
    )
  })

  it('take for keys little more than their differences hold', () => {
    const keys = inOrder(Array.from({ length: 192 }, (_, at) => keyOf(`resource ${at}`)))
    const bytes = bitsWritten((bits) => putKeys(bits, keys, keys.length))
    // ln(n!) nats are in the order of keys: log2(2^30) bits each, less that.
    const least = keys.length * 30 - keys.reduce((sum, _, at) => sum + Math.log2(at + 1), 0)
    expect(bytes.length * 8).toBeLessThan(least + keys.length)
  })

  it('give back places, few or many', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(198)), (some) => {
        const places = inOrder(some)
        const taken = through(
          (bits) => putPlaces(bits, places, 199),
          (bits) => takePlaces(bits, 199),
        )
        expect(taken).toEqual(places)
      }),
    )
  })

  it('give back weights to the bit, coarse ones in less than half the room', () => {
    const weight = fc.float({ min: 0, max: 2 ** 40, noNaN: true, noDefaultInfinity: true })
    const grains = fc.array(fc.constantFrom(coarse, fine, Math.fround), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(weight), grains, (some, kept) => {
        const weights = some.map((value, at) => kept[at % kept.length]!(Math.abs(value), at, at))
        const taken = through(
          (bits) => putWeights(bits, weights, weights.length),
          (bits) => takeWeights(bits, weights.length),
        )
        expect([...taken]).toEqual(weights)
      }),
    )
    const counts = Array.from({ length: 100 }, (_, at) => coarse((at + 1) * 1.1, at, at))
    const bytes = bitsWritten((bits) => putWeights(bits, counts, counts.length))
    expect(bytes.length).toBeLessThan(100 * 4 * 0.45)
  })
})
