import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Bits,
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putFloat,
  putNumber,
  putText,
  takeBits,
  takeCount,
  takeFloat,
  takeNumber,
  takeSize,
  takeText,
} from '../../src/math/bits.ts'

/** One of everything that can be written, with what reads it. */
const written = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
    .map(([value, width]) => {
      const low = width === 32 ? value : value % 2 ** width
      return [low, (bits: Bits) => putBits(bits, value, width), (b: Bits) => takeBits(b, width)]
    }),
  fc
    .integer({ min: 0, max: 2 ** 31 - 2 })
    .map((value) => [value, (bits: Bits) => putCount(bits, value), takeCount]),
  fc.float().map((value) => [value, (bits: Bits) => putFloat(bits, value), takeFloat]),
  fc
    .oneof(fc.double(), fc.float(), fc.maxSafeInteger(), fc.constantFrom(0, -0, 2 ** 32, 2 ** 53))
    .map((value) => [value, (bits: Bits) => putNumber(bits, value), takeNumber]),
  fc
    .oneof(fc.string(), fc.string({ unit: 'binary' }))
    .map((value) => [value, (bits: Bits) => putText(bits, value), takeText]),
) as fc.Arbitrary<[unknown, (bits: Bits) => void, (bits: Bits) => unknown]>

describe('bits', () => {
  it('are read as they were written, whatever comes after whatever', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 300 }), (all) => {
        const bits = bitsIn(
          bitsWritten((into) => {
            for (const [, put] of all) put(into)
          }),
        )
        for (const [value, , take] of all) expect(take(bits)).toBe(value)
        expect(bits.bytes.length).toBe(Math.ceil(bits.at / 8))
      }),
    )
  })

  it('may be written while others are', () => {
    let inner = new Uint8Array()
    const outer = bitsWritten((bits) => {
      putCount(bits, 7)
      inner = bitsWritten((others) => putCount(others, 9))
      putCount(bits, 8)
    })
    expect(takeCount(bitsIn(inner))).toBe(9)
    const bits = bitsIn(outer)
    expect([takeCount(bits), takeCount(bits)]).toEqual([7, 8])
  })

  it('say small numbers in little room', () => {
    const lengthOf = (put: (bits: Bits) => void) => {
      let length = 0
      bitsWritten((bits) => {
        put(bits)
        length = bits.at
      })
      return length
    }
    expect([0, 1, 2, 3, 7].map((count) => lengthOf((bits) => putCount(bits, count)))).toEqual([
      1, 3, 3, 5, 7,
    ])
    expect([0, 1, 1000, 0.5, 0.1].map((value) => lengthOf((b) => putNumber(b, value)))).toEqual([
      2, 9, 18, 34, 66,
    ])
  })

  it('that end too early are damaged memory, and so is a size beyond what there is', () => {
    const bytes = bitsWritten((bits) => putText(bits, 'twelve bytes'))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => takeText(bitsIn(bytes.subarray(0, length)))).toThrow(/damaged/)
    }
    const large = bitsWritten((bits) => putCount(bits, 1e9))
    expect(() => takeSize(bitsIn(large), 1)).toThrow(/damaged/)
    expect(() => takeCount(bitsIn(new Uint8Array(64)))).toThrow(/damaged/)
  })
})
