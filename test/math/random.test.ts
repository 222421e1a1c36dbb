import { describe, expect, it } from 'vitest'
import { hash, hashText, random } from '../../src/math/random.ts'

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw)
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const variance = (values: readonly number[]) => {
  const m = mean(values)
  return mean(values.map((value) => (value - m) ** 2))
}

describe('random', () => {
  it('gives the same numbers for the same seed', () => {
    expect(draws(5, random('a').u32)).toEqual(draws(5, random('a').u32))
    expect(draws(5, random('a').u32)).not.toEqual(draws(5, random('b').u32))
    expect(draws(5, random(1).u32)).not.toEqual(draws(5, random(2).u32))
  })

  it('gives the numbers it always gave', () => {
    expect(draws(3, random('perimeter').u32)).toMatchInlineSnapshot(`
      [
        2299816892,
        3291984727,
        2021053440,
      ]
    `)
  })

  it('forks the same stream whatever was drawn before', () => {
    const used = random(7)
    draws(100, used.uniform)
    expect(used.fork('x').u32()).toBe(random(7).fork('x').u32())
    expect(used.fork('x').u32()).not.toBe(used.fork('y').u32())
    expect(used.fork(1).u32()).not.toBe(used.fork(2).u32())
  })

  it('has the moments of its distributions', () => {
    const rng = random('moments')
    const n = 40_000
    expect(mean(draws(n, rng.uniform))).toBeCloseTo(0.5, 2)
    expect(variance(draws(n, rng.uniform))).toBeCloseTo(1 / 12, 2)
    const normal = draws(n, () => rng.normal(3, 2))
    expect(mean(normal)).toBeCloseTo(3, 1)
    expect(Math.sqrt(variance(normal))).toBeCloseTo(2, 1)
    for (const rate of [0.3, 7, 45]) {
      const counts = draws(n, () => rng.poisson(rate))
      expect(mean(counts) / rate).toBeCloseTo(1, 1)
      expect(variance(counts) / rate).toBeCloseTo(1, 1)
    }
    for (const shape of [0.5, 4]) {
      const values = draws(n, () => rng.gamma(shape, 3))
      expect(mean(values) / (3 * shape)).toBeCloseTo(1, 1)
      expect(variance(values) / (9 * shape)).toBeCloseTo(1, 0)
    }
    expect(mean(draws(n, () => rng.exponential(5))) / 5).toBeCloseTo(1, 1)
    expect(mean(draws(n, () => Math.log(rng.logNormal(8, 0.5))))).toBeCloseTo(Math.log(8), 1)
  })

  it('keeps to the bounds it is given', () => {
    const rng = random('bounds')
    for (const value of draws(2000, () => rng.integer(3, 5))) expect([3, 4, 5]).toContain(value)
    for (const value of draws(2000, () => rng.pareto(2, 1.5)))
      expect(value).toBeGreaterThanOrEqual(2)
    for (const skew of [0, 0.7, 1, 1.6]) {
      const ranks = draws(4000, () => rng.zipf(50, skew))
      expect(Math.min(...ranks)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...ranks)).toBeLessThan(50)
    }
    expect(rng.hex(13)).toMatch(/^[0-9a-f]{13}$/)
  })

  it('prefers low ranks the more, the larger the skew', () => {
    const rng = random('zipf')
    const share = (skew: number) =>
      draws(5000, () => rng.zipf(100, skew)).filter((rank) => rank < 5).length / 5000
    expect(share(0.2)).toBeLessThan(share(0.8))
    expect(share(0.8)).toBeLessThan(share(1.4))
  })

  it('weighs, picks and shuffles without loss', () => {
    const rng = random('lists')
    const picked = draws(8000, () => rng.weighted([1, 0, 3]))
    expect(picked).not.toContain(1)
    expect(picked.filter((index) => index === 2).length / 8000).toBeCloseTo(0.75, 1)
    expect([...rng.shuffle([1, 2, 3, 4])].sort()).toEqual([1, 2, 3, 4])
    expect(['a', 'b']).toContain(rng.pick(['a', 'b']))
  })

  it('hashes numbers and texts evenly', () => {
    const buckets = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i++) buckets[hash(i, 5) % 16]!++
    for (const count of buckets) expect(count).toBeGreaterThan(800)
    expect(hashText(1, 'ab')).not.toBe(hashText(1, 'ba'))
    expect(hashText(1, 'ab')).not.toBe(hashText(2, 'ab'))
  })
})
