import { describe, expect, it } from 'vitest'
import { GENERATION_MAX, identityOf, Seen } from '../../src/event/seen.ts'

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
    expect(identityOf('ab', 'c')).not.toBe(identityOf('a', 'bc'))
  })
})
