import { describe, expect, it } from 'vitest'
import { epochOf } from '../../src/scoring/knowledge.ts'
import { settledFrom } from '../../src/scoring/settled.ts'

describe('settledFrom', () => {
  it('is the first number of the epoch after the next, however long the stream is', () => {
    const numbers = [0, 1, 511, 512, 513, 9_000, 2_097_151, 2_097_152, 3_000_000, 2 ** 31 + 7]
    for (const number of numbers) {
      const from = settledFrom(number)
      expect(epochOf(from), `after ${number}`).toBe(epochOf(number) + 2)
      expect(epochOf(from - 1), `before ${from}`).toBe(epochOf(number) + 1)
    }
  })
})
