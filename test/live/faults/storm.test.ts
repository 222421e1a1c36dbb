/** Whatever breaks, what comes of a stream is what comes of it offline. `npm run soak` is the long one. */
import { expect, it } from 'vitest'
import { storm } from './storm.ts'

const SEEDS = [1, 2]
const FAULTS = { kill: 2, freeze: 1, add: 1, remove: 1, 'restart redis': 1, cut: 1 }

it.each(SEEDS)('a storm with the seed %i changes nothing', { timeout: 180_000 }, async (seed) => {
  const report = await storm({ seed, faults: FAULTS })
  expect(report.differences, `again: npm run soak -- --seed ${seed}`).toEqual([])
  expect(report.kills).toBe(FAULTS.kill)
  expect(report.alerts).toBeGreaterThan(50)
})
