import { describe, expect, it } from 'vitest'
import { keyOf, pairKey, uuidOf, wideHash, wideHashOf } from '../../src/math/hash.ts'

const names = (count: number) => Array.from({ length: count }, (_, at) => `agent-${at}`)

/** Chi-squared over `bins` equal bins; its mean is `bins` − 1 and its deviation √(2 · (bins − 1)). */
function unevenness(values: readonly number[], bins: number, span: number): number {
  const counts = new Float64Array(bins)
  for (const value of values) counts[Math.floor((value / span) * bins)]!++
  const expected = values.length / bins
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe('keys of texts', () => {
  it('are the same for ever', () => {
    // Stored memories hold these: a change would make everything known new again.
    expect(keyOf('files.read')).toBe(keyOf('files.read'))
    expect([keyOf(''), keyOf('a'), keyOf('files.read'), keyOf('ä🙂')]).toMatchInlineSnapshot(`
      [
        725515275,
        444641715,
        900492827,
        576499393,
      ]
    `)
    expect([wideHash(''), wideHash('a'), wideHash('files.read')]).toMatchInlineSnapshot(`
      [
        6405929415113739,
        3029734799749555,
        5479864847855131,
      ]
    `)
    expect([pairKey(1, 2), pairKey(2, 1)]).toMatchInlineSnapshot(`
      [
        974429477,
        712511347,
      ]
    `)
    expect(uuidOf('a')).toMatchInlineSnapshot(`"0ac3871a-80b1-8b30-a051-66773b7e751d"`)
  })

  it('lie between 1 and 2³⁰ − 1, evenly', () => {
    const keys = names(50_000).map((name) => keyOf(name))
    expect(Math.min(...keys.slice(0, 1000))).toBeGreaterThanOrEqual(1)
    expect(keys.every((key) => Number.isInteger(key) && key >= 1 && key < 2 ** 30)).toBe(true)
    expect(unevenness(keys, 256, 2 ** 30)).toBeLessThan(255 + 6 * Math.sqrt(2 * 255))
    const low = keys.map((key) => key & 255)
    expect(unevenness(low, 256, 256)).toBeLessThan(255 + 6 * Math.sqrt(2 * 255))
  })

  it('seldom collide', () => {
    const keys = new Set(names(20_000).map((name) => keyOf(name)))
    // Birthdays: 20,000² / 2 / 2³⁰ = 0.19 pairs are expected.
    expect(keys.size).toBeGreaterThanOrEqual(19_997)
  })

  it('of a beginning are those of the beginning alone', () => {
    expect(keyOf('sites/finance/a', 5)).toBe(keyOf('sites'))
  })
})

describe('keys of pairs', () => {
  it('depend on the order, and are spread evenly', () => {
    expect(pairKey(3, 4)).not.toBe(pairKey(4, 3))
    const keys = names(200).flatMap((a) => names(100).map((b) => pairKey(keyOf(a), keyOf(b))))
    expect(new Set(keys).size).toBeGreaterThanOrEqual(keys.length - 3)
    expect(unevenness(keys, 256, 2 ** 30)).toBeLessThan(255 + 6 * Math.sqrt(2 * 255))
  })

  it('of small keys do not collide', () => {
    const keys = new Set<number>()
    for (let a = 0; a < 100; a++) for (let b = 0; b < 100; b++) keys.add(pairKey(a, b))
    expect(keys.size).toBeGreaterThanOrEqual(9_999)
  })
})

describe('identities', () => {
  it('are whole numbers of 53 bits, evenly spread, and do not collide', () => {
    const all = names(100_000).map(wideHash)
    expect(all.every((one) => Number.isSafeInteger(one) && one >= 1)).toBe(true)
    expect(new Set(all).size).toBe(all.length)
    expect(wideHashOf('agent', '-7')).toBe(wideHash('agent-7'))
    expect(unevenness(all, 256, 2 ** 53)).toBeLessThan(255 + 6 * Math.sqrt(2 * 255))
    for (const partitions of [3, 8, 64]) {
      const of = all.map((one) => one % partitions)
      const most = partitions - 1 + 6 * Math.sqrt(2 * (partitions - 1))
      expect(unevenness(of, partitions, partitions)).toBeLessThan(most)
    }
  })
})

it('a text always gets the same UUID of version 8, and different texts different ones', () => {
  const uuids = names(5_000).map(uuidOf)
  expect(new Set(uuids).size).toBe(uuids.length)
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  }
  expect(uuidOf('x')).toBe(uuidOf('x'))
})
