import fc from 'fast-check'
import { expect, it } from 'vitest'
import { log1p } from '../../src/math/logs.ts'

it('a logarithm is to the bit what the language answers, of counts and of all else', () => {
  const amounts = fc.oneof(
    fc.nat(2048),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    fc.nat(2048).map((count) => count + 0.5),
  )
  fc.assert(
    fc.property(amounts, (amount) => {
      expect(log1p(amount)).toBe(Math.log1p(amount))
    }),
  )
})
