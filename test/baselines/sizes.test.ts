import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { sizes } from '../../src/baselines/sizes.ts'
import { eventOf, learnAll, momentsOf, nobody, routine, START_MS, shelf } from '../support/life.ts'

const baseline = shelf.find(([name]) => name === 'sizes')![1]

function readerOf() {
  const memory = sizes.blank('agent')
  learnAll(baseline, memory, momentsOf(routine(10)))
  return (fields: Parameters<typeof eventOf>[0]) =>
    sizes.read(
      memory,
      nobody(baseline) as never,
      momentsOf([eventOf({ atMs: START_MS + 10 * DAY_MS, ...fields })])[0]!,
    )
}

describe('sizes', () => {
  const read = readerOf()

  it('surprise by more than usual of an action, and not by less', () => {
    expect(read({ volume: { bytes: 100 } }).bytesNats).toBe(0)
    expect(read({ volume: { bytes: 2000 } }).bytesNats).toBeLessThan(1)
    const [some, many] = [1e5, 1e9].map((bytes) => read({ volume: { bytes } }).bytesNats)
    expect(some).toBeGreaterThan(1)
    expect(many).toBeGreaterThan(some!)
  })

  it('are known by action', () => {
    const { usualRecords, largestRecords } = read({ volume: { records: 1 } })
    expect(usualRecords).toBeGreaterThan(1)
    expect(largestRecords).toBeCloseTo(5, 3)
    expect(read({ action: 'unheard.of', volume: { records: 1 } }).largestRecords).toBe(0)
  })

  it('say nothing where the event does not', () => {
    expect(read({})).toMatchObject({ bytesNats: 0, recordsNats: 0 })
    expect(read({ volume: { bytes: 1e9 } }).recordsNats).toBe(0)
  })
})
