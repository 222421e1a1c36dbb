import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../../src/agent/context.ts'
import { authority } from '../../src/baselines/authority.ts'
import type { Event, RawEvent } from '../../src/event/event.ts'
import { readGolden } from '../golden/memories/memories.ts'
import { eventOf, learnAll, momentsOf, START_MS, shelf } from '../support/life.ts'

const baseline = shelf.find(([name]) => name === 'authority')![1]
type Outcome = NonNullable<RawEvent['outcome']>

/** So many calls from a minute on, one a minute. */
const calls = (count: number, outcome: Outcome, fromMinute = 0): Event[] =>
  Array.from({ length: count }, (_, nth) =>
    eventOf({ atMs: START_MS + (fromMinute + nth) * MINUTE_MS, outcome }),
  )
/** What a group knows whose members have each lived their own events. */
const groupOf = (...lives: readonly (readonly Event[])[]) => {
  const group = authority.blank('group')
  for (const life of lives) learnAll(baseline, authority.blank('agent'), momentsOf(life), [group])
  return group
}
const several = (members: number, life: () => Event[]) => Array.from({ length: members }, life)

/** What the last of these events reads as the trouble of others. */
const troubleAmong = (group: ReturnType<typeof groupOf>, events: readonly Event[]) =>
  authority.read(
    authority.blank('agent'),
    { blueprint: undefined, tenant: group },
    momentsOf(events).at(-1)!,
  ).trouble

const past = () => calls(300, 'success', -600)
const well = () => [...past(), ...calls(20, 'success')]
const failing = () => [...past(), ...calls(20, 'failure')]
const refused = () => [...past(), ...calls(20, 'denied')]

describe('trouble', () => {
  it('is what most peers meet in this hour or met in the one before, and no longer', () => {
    const group = groupOf(...several(10, failing))
    expect(troubleAmong(group, failing())).toBeGreaterThan(0.7)
    expect(troubleAmong(group, calls(5, 'failure', 65))).toBeGreaterThan(0.7)
    // What was left undone is made up for, without a failure.
    expect(troubleAmong(group, calls(5, 'success', 65))).toBeGreaterThan(0.7)
    expect(troubleAmong(group, calls(5, 'failure', 125))).toBe(0)
  })

  it('is the less the fewer meet it, and none where it is as usual', () => {
    const some = groupOf(...several(4, failing), ...several(12, well))
    const most = groupOf(...several(12, failing), ...several(4, well))
    expect(troubleAmong(some, failing())).toBeLessThan(troubleAmong(most, failing()))
    const mixed = () =>
      Array.from({ length: 8 }, (_, nth) =>
        calls(20, nth % 2 ? 'success' : 'failure', nth * 25 - 150),
      ).flat()
    expect(troubleAmong(groupOf(...several(8, mixed)), failing())).toBeLessThan(0.25)
  })

  it('is not the own: one that fails alone, or in a group of its own, has no excuse', () => {
    const life = failing()
    expect(troubleAmong(groupOf(life), life)).toBe(0)
    expect(troubleAmong(groupOf(life, ...several(9, well)), life)).toBe(0)
    const long = calls(400, 'failure', -350)
    expect(troubleAmong(groupOf(long, ...several(3, well)), long)).toBeLessThan(0.3)
  })

  it('is of the kind that was met: failures are no excuse for being refused', () => {
    const group = groupOf(...several(10, failing))
    expect(troubleAmong(group, refused())).toBe(0)
    const locked = groupOf(...several(10, refused))
    expect(troubleAmong(locked, refused())).toBeGreaterThan(0.7)
    expect(troubleAmong(locked, failing())).toBe(0)
  })

  it('comes back from rest, and nothing of it is kept of an agent', () => {
    const group = groupOf(...several(6, failing))
    const again = authority.load(structuredClone(authority.save(group)), 'group')
    expect(troubleAmong(again, failing())).toBe(troubleAmong(group, failing()))
    const tallies = (holder: 'agent' | 'group') => authority.blank(holder).layout.sizesMax.length
    expect(tallies('group') - tallies('agent')).toBe(1)
    const before = authority.load(readGolden('authority.v3.json'), 'group')
    expect(troubleAmong(before, failing())).toBe(0)
  })
})
