import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { sizes } from '../../src/baselines/sizes.ts'
import { keysOf } from '../../src/event/keys.ts'
import { bytesOf } from '../../src/math/bytes.ts'
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
    const { logUsualRecords, logLargestRecords } = read({ volume: { records: 1 } })
    expect(Math.expm1(logUsualRecords)).toBeGreaterThan(1)
    expect(Math.expm1(logLargestRecords)).toBeCloseTo(5, 3)
    expect(read({ action: 'unheard.of', volume: { records: 1 } }).logLargestRecords).toBe(0)
  })

  it('say nothing of what is not known, of an event that comes years late too', () => {
    const memory = sizes.blank('agent')
    learnAll(baseline, memory, momentsOf([eventOf({ atMs: START_MS, volume: { bytes: 5 } })]))
    const late = momentsOf([eventOf({ atMs: START_MS, volume: { records: 5 } })])[0]!
    const its = sizes.read(memory, nobody(baseline) as never, { ...late, gain: 0 })
    expect(its.deviations).toBeUndefined()
  })

  it('say nothing where the event does not', () => {
    expect(read({})).toMatchObject({ bytesNats: 0, recordsNats: 0 })
    expect(read({ volume: { bytes: 1e9 } }).recordsNats).toBe(0)
  })
})

describe('calls of an action in a session', () => {
  /** Sessions, each of a few calls of one action; the last may differ. */
  const sessionsOf = (calls: readonly number[], action = 'files.read') =>
    calls.flatMap((count, day) =>
      Array.from({ length: count }, (_, at) =>
        eventOf({ atMs: START_MS + day * DAY_MS + at * 1000, action, session: `run-${day}` }),
      ),
    )
  const usual = Array.from({ length: 30 }, (_, day) => 3 + (day % 3))
  const readLast = (calls: readonly number[], memory = sizes.blank('agent')) => {
    const events = sessionsOf(calls)
    const moments = momentsOf(events)
    learnAll(baseline, memory, moments.slice(0, -1))
    return sizes.read(memory, nobody(baseline) as never, moments.at(-1)!)
  }

  it('are learned when the session ends, and not before', () => {
    const memory = sizes.blank('agent')
    const moments = momentsOf(sessionsOf([4, 1, 1, 1, 1, 1, 1, 1, 1]))
    learnAll(baseline, memory, moments.slice(0, 4))
    expect(memory.byAction.size).toBe(0)
    learnAll(baseline, memory, moments.slice(4)) // one too many sessions are open: the first ends
    const { logLargestCalls } = sizes.read(memory, nobody(baseline) as never, moments.at(-1)!)
    expect(Math.expm1(logLargestCalls)).toBeCloseTo(4, 3)
  })

  it('surprise by more than usual, and the more the longer it goes on', () => {
    expect(readLast([...usual, 3])).toMatchObject({ calls: 3, callsNats: 0 })
    expect(readLast([...usual, 5]).callsNats).toBeLessThan(1)
    const [some, many] = [20, 100].map((calls) => readLast([...usual, calls]))
    expect(some!.callsNats).toBeGreaterThan(1)
    expect(many!.callsNats).toBeGreaterThan(some!.callsNats)
    expect(many!.calls).toBe(100)
    expect(Math.expm1(many!.logLargestCalls)).toBeCloseTo(5, 3)
    expect(Math.expm1(many!.logUsualCalls)).toBeLessThan(5)
  })

  it('say nothing of the first two', () => {
    for (const calls of [1, 2]) {
      expect(readLast([...usual.map(() => 1), calls])).toMatchObject({ calls, callsNats: 0 })
    }
  })

  it('of a memory from before they were counted read as not known', () => {
    const { action } = keysOf(eventOf())
    const volume = [9, 5, 1, 6, 9, 2, 1, 3] // nine calls of about e⁵ bytes and e² records
    const loaded = sizes.load([[action, bytesOf(Float32Array.from(volume))]], 'agent')
    const [moment] = momentsOf(sessionsOf([1]))
    expect(sizes.read(loaded, nobody(baseline) as never, moment!)).toMatchObject({
      logLargestCalls: 0,
      logUsualCalls: 0,
    })
  })
})
