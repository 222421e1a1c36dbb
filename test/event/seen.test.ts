import { describe, expect, it } from 'vitest'
import { GENERATION_MAX, identityOf, Seen } from '../../src/event/seen.ts'
import { wideHash } from '../../src/math/hash.ts'

describe('what was seen', () => {
  it('is known again, through at least a generation of others', () => {
    const seen = new Seen()
    expect(seen.add(7)).toBe(true)
    for (let other = 1000; other < 1000 + GENERATION_MAX; other++) {
      if (!seen.add(other)) throw new Error(`${other} was not seen before`)
    }
    expect(seen.add(7)).toBe(false)
  })

  it('is forgotten in the end, so that memory is bounded', () => {
    const seen = new Seen()
    seen.add(7)
    for (let other = 1000; other < 1000 + 2 * GENERATION_MAX; other++) seen.add(other)
    expect(seen.add(7)).toBe(true)
    expect(seen.generation).toBeGreaterThanOrEqual(2)
  })

  it('does not live longer for being delivered again', () => {
    const seen = new Seen()
    seen.add(7)
    let taken = 0
    for (let again = 0; again < 2 * GENERATION_MAX; again++) if (seen.add(7)) taken++
    expect(taken).toBe(0)
    expect(seen.generation).toBe(0)
  })

  it('is what two sets would hold, through several generations', () => {
    let older = new Set<number>()
    let newer = new Set<number>()
    const seen = new Seen()
    for (let step = 0; step < 4 * GENERATION_MAX; step++) {
      // Every other one is from a while ago: some of those are still known, some forgotten.
      const identity = wideHash(`${step % 2 === 0 ? step : step >> 3}`)
      const isNew = !newer.has(identity) && !older.has(identity)
      if (isNew && newer.size >= GENERATION_MAX) {
        older = newer
        newer = new Set()
      }
      if (isNew) newer.add(identity)
      if (seen.add(identity) !== isNew) throw new Error(`step ${step}: expected ${isNew}`)
    }
    expect(seen.generation).toBeGreaterThanOrEqual(2)
  })

  it('may be alike in its low bits, or of any size up to 53 bits', () => {
    const seen = new Seen()
    const alike = Array.from({ length: 2000 }, (_, at) => 2 ** 53 - 1 - at * 2 ** 41)
    const all = [...alike.filter((one) => one >= 1), 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1]
    expect(all.map((one) => seen.add(one))).toEqual(all.map(() => true))
    expect(all.map((one) => seen.add(one))).toEqual(all.map(() => false))
  })

  it('goes on from what was stored', () => {
    const seen = new Seen(3, [1, 2], [3])
    expect([1, 2, 3, 4].map((one) => seen.add(one))).toEqual([false, false, false, true])
    expect(seen.generation).toBe(3)
  })
})

describe('an identity', () => {
  it('belongs to a tenant', () => {
    expect(identityOf('a', 'x')).toBe(identityOf('a', 'x'))
    expect(identityOf('a', 'x')).not.toBe(identityOf('b', 'x'))
    expect(identityOf('a', 'x')).toBe(wideHash('1:ax'))
    expect(identityOf('ab', 'c')).not.toBe(identityOf('a', 'bc'))
  })
})
