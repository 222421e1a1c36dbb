import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { rankOf, Sampling } from '../../src/runtime/samples.ts'

const AT_MS = Date.UTC(2026, 2, 4)
const findings = Float64Array.of(1, 0, 4)

function eventOf(tenant: string): Event {
  const raw = {
    id: '1',
    time: AT_MS,
    tenant,
    agent: { id: 'a' },
    action: 'read',
    resource: { id: 'r' },
  }
  const parsed = parseEvent(raw)
  if ('reject' in parsed) throw new Error(parsed.reject.reason)
  return parsed.event
}

describe('the rank of a sample', () => {
  it('keeps what is four weeks older half as often', () => {
    const numbers = Array.from({ length: 4_000 }, (_, number) => number)
    // Old and new in equal number; the lower half of the ranks stays.
    const samples = numbers.map((number) => {
      const isOld = number % 2 === 0
      return { isOld, rank: rankOf(number, isOld ? AT_MS - 28 * DAY_MS : AT_MS) }
    })
    const kept = samples.sort((a, b) => a.rank - b.rank).slice(0, 200)
    const old = kept.filter(({ isOld }) => isOld).length
    // Of few kept of many a third is old: 66.7, give or take three of its deviations (6.7).
    expect(Math.abs(old - 200 / 3)).toBeLessThan(3 * Math.sqrt((200 * 2) / 9))
  })

  it('orders a stream of one day as evenly as chance does', () => {
    const ranks = Array.from({ length: 10_000 }, (_, number) => rankOf(number, AT_MS))
    const [lowest] = [...ranks].sort((a, b) => a - b).slice(999)
    const early = ranks.slice(0, 5_000).filter((rank) => rank <= lowest!).length
    expect(Math.abs(early - 500)).toBeLessThan(50) // three deviations of a binomial are 47
  })
})

describe('a sampling', () => {
  it('gives each tenant the same room, and trims all where one more comes', () => {
    const sampling = new Sampling(['one'], 100)
    sampling.offer(1, eventOf('one'), 'key', findings)
    sampling.offer(2, eventOf('one'), 'key', findings)
    const first = sampling.take()
    expect(first).toMatchObject({ trimmed: ['one'], perTenantMax: 100 })
    expect(first.fresh.map(({ tenant }) => tenant)).toEqual(['one', 'one'])
    sampling.offer(3, eventOf('two'), 'key', findings)
    expect(sampling.take()).toMatchObject({ trimmed: ['one', 'two'], perTenantMax: 50 })
    expect(sampling.take()).toMatchObject({ fresh: [], trimmed: [] })
  })

  it('keeps nothing of more tenants than it has room for, and nothing at all where there is none', () => {
    const sampling = new Sampling([], 1_000)
    for (let tenant = 0; tenant < 70; tenant++) {
      sampling.offer(tenant, eventOf(`tenant-${tenant}`), 'key', findings)
    }
    expect(sampling.take().fresh).toHaveLength(64)
    const none = new Sampling([], 0)
    none.offer(1, eventOf('one'), 'key', findings)
    expect(none.take()).toEqual({ fresh: [], trimmed: [], perTenantMax: 0 })
  })
})
