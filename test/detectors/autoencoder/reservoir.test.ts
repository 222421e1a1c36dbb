import { expect, it } from 'vitest'
import { Reservoir } from '../../../src/detectors/autoencoder/reservoir.ts'

const values = Float32Array.of(1)
const sample = (at: number, blueprint?: string) => ({ blueprint, agentDay: `${at}`, values })

function filled(count: number, blueprint: (at: number) => string | undefined): Reservoir {
  const reservoir = new Reservoir(1)
  for (let at = 0; at < count; at++) reservoir.offer(sample(at, blueprint(at)))
  return reservoir
}

it('keeps all while there is room, for all and by blueprint', () => {
  const { all, byBlueprint } = filled(300, (at) => (at % 3 === 0 ? 'payer' : undefined))
  expect(all.samples).toHaveLength(300)
  expect(byBlueprint.get('payer')!.samples).toHaveLength(100)
})

it('keeps an even sample of what is too much', () => {
  const { all, byBlueprint } = filled(150_000, () => 'payer')
  expect(all).toMatchObject({ offered: 150_000 })
  expect(all.samples).toHaveLength(100_000)
  const kept = byBlueprint.get('payer')!.samples.map(({ agentDay }) => Number(agentDay))
  expect(kept).toHaveLength(20_000)
  const mean = kept.reduce((a, b) => a + b, 0) / kept.length
  // Uniform from 0 to 150,000 has a spread of 43,301; the mean of 20,000 lies within 4 of its own.
  expect(Math.abs(mean - 75_000)).toBeLessThan(4 * (43_301 / Math.sqrt(20_000)))
  expect(new Set(kept).size).toBe(kept.length)
})

it('has a bound on blueprints', () => {
  expect(filled(5_000, (at) => `kind-${at % 250}`).byBlueprint.size).toBe(100)
})
