import { beforeAll, describe, expect, it } from 'vitest'
import { type Sample, traits } from '../../../src/detectors/autoencoder/behaviour.ts'
import { fitModel } from '../../../src/detectors/autoencoder/fit-model.ts'
import type { SavedModel } from '../../../src/detectors/autoencoder/model.ts'
import { Reservoir } from '../../../src/detectors/autoencoder/reservoir.ts'
import { random } from '../../../src/math/random.ts'
import { samplesOf } from './samples.ts'

const options = { seed: 2, at: '2026-01-02T00:00:00Z', on: 'a test', events: 9, agents: 2, days: 3 }

/** Behaviour of which nothing can be foretold. */
function noise(count: number, blueprint: string): Sample[] {
  const chance = random(9)
  return Array.from({ length: count }, (_, at) => ({
    blueprint,
    agentDay: `${blueprint}-${at % 150}`,
    values: Float32Array.from(traits, () => chance.between(0, 3)),
  }))
}

describe('a model', () => {
  let model: SavedModel
  beforeAll(async () => {
    const reservoir = new Reservoir(1)
    for (const sample of samplesOf(9_000)) reservoir.offer({ ...sample, blueprint: 'payer' })
    for (const sample of noise(6_000, 'dice')) reservoir.offer(sample)
    for (const sample of samplesOf(500)) reservoir.offer({ ...sample, blueprint: 'small' })
    model = await fitModel(reservoir, options)
  })

  it('has a network for all, and one for a blueprint that it serves better', () => {
    const named = model.networks.map(({ blueprint }) => blueprint)
    expect(named[0]).toBeUndefined()
    expect(named).toContain('payer')
    expect(named).not.toContain('small')
  })

  it('tells errors on one scale', () => {
    const [common, ...own] = model.networks
    for (const { mean, spread } of own) {
      expect({ mean, spread }).toEqual({ mean: common!.mean, spread: common!.spread })
    }
    const payer = own.find(({ blueprint }) => blueprint === 'payer')!
    expect(payer.usualError).toBeLessThan(common!.usualError)
  })

  it('is named after its day and its weights', () => {
    expect(model.version).toBe(`2026-01-02-${model.hash.slice(0, 8)}`)
    expect(model.trained).toMatchObject({ seed: 2, on: 'a test', events: 9 })
  })
})
