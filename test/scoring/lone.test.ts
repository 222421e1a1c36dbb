import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import type { Place } from '../../src/agent/trail.ts'
import type { Facets } from '../../src/baselines/facet.ts'
import type { Readings } from '../../src/baselines/index.ts'
import { resources } from '../../src/baselines/resources.ts'
import { followPlace, loneIn } from '../../src/scoring/lone.ts'
import { eventOf, live, routine, START_MS } from '../support/life.ts'

const FROM = 21
const dropAt = (day: number, id = 'https/drop.example/upload') =>
  eventOf({
    atMs: START_MS + day * DAY_MS + 9 * 3_600_000,
    action: 'webhooks.post',
    resource: { id },
    session: `s-${day}`,
  })

/** How surprising each drop is as a lone habit; others send there as well, or not. */
function natsOf(drops: ReturnType<typeof dropAt>[], isShared = false, since = START_MS): number[] {
  const own = resources.blank('agent')
  const other = resources.blank('agent')
  const tenant: Facets = resources.blank('group')
  const trail: Place[] = []
  const found: number[] = []
  const ids = new Set(drops.map(({ id }) => id))
  live([...routine(FROM), ...drops], (moment) => {
    const kin = { blueprint: undefined, tenant }
    const reading: Readings['resources'] = resources.read(own, kin, moment)
    const { nats } = loneIn(trail, moment, reading, tenant)
    if (ids.has(moment.event.id)) found.push(nats)
    const others = resources.read(other, kin, moment)
    resources.learn(own, [tenant], moment, 1, reading)
    if (isShared) resources.learn(other, [tenant], moment, 1, others)
    followPlace(trail, moment, reading, moment.event.atMs - since, 1)
  })
  return found
}

describe('a lone habit', () => {
  const days = [FROM, FROM + 0.01, FROM + 1, FROM + 4, FROM + 8]

  it('is one from the second day on, the stranger the more days it has been one', () => {
    const [first, again, second, third, fourth] = natsOf(days.map((day) => dropAt(day)))
    expect(first).toBe(0)
    expect(again).toBe(0)
    expect(second).toBeGreaterThan(3)
    expect(third).toBeGreaterThan(second!)
    expect(fourth).toBeGreaterThan(0)
  })

  it('is none where others of the tenant took the place up too', () => {
    expect(
      natsOf(
        days.map((day) => dropAt(day)),
        true,
      ),
    ).toEqual([0, 0, 0, 0, 0])
  })

  it('is none of an agent in its first week', () => {
    const young = START_MS + (FROM - 3) * DAY_MS
    expect(
      natsOf(
        days.map((day) => dropAt(day)),
        false,
        young,
      ),
    ).toEqual([0, 0, 0, 0, 0])
  })

  it('is none where each place is left after a day, or has long been used', () => {
    const elsewhere = days.map((day, nth) => dropAt(day, `https/site${nth}.example/upload`))
    expect(natsOf(elsewhere)).toEqual([0, 0, 0, 0, 0])
    const always = days.map((day) => dropAt(day, 'sites/finance/folder1/item1'))
    expect(natsOf(always)).toEqual([0, 0, 0, 0, 0])
  })
})
