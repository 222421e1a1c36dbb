import { beforeAll, describe, expect, it } from 'vitest'
import { type Model, modelOf } from '../../../src/detectors/autoencoder/model.ts'
import {
  type Retrained,
  type RetrainOptions,
  retrain,
} from '../../../src/detectors/autoencoder/retrain.ts'
import { random } from '../../../src/math/random.ts'
import { MOVE, samplesOf, TASK, valuesWith } from './samples.ts'

const options: RetrainOptions = {
  seed: 3,
  at: '2026-01-02T00:00:00Z',
  on: 'a test',
  inUse: undefined,
  isOwn: false,
  isForced: false,
  samplesMin: 500,
  margin: 0.05,
}

/** Behaviour as `samplesOf` makes it, but what went together does no longer. */
function otherSamples(count: number) {
  const chance = random(6)
  const [mixed, rest] = [
    [...TASK.slice(0, 1), ...MOVE.slice(0, 2)],
    [...TASK.slice(1), ...MOVE.slice(2)],
  ]
  return samplesOf(count).map((sample) => ({
    ...sample,
    values: valuesWith(chance.chance(0.8) ? mixed : rest, chance.between(0.5, 3)),
  }))
}

/** The model of an outcome that has one. */
function modelIn(retrained: Retrained): Model {
  if (!('model' in retrained)) throw new Error(`nothing was trained: ${retrained.outcome}`)
  return modelOf(retrained.model, 'a test')
}

describe('retraining', () => {
  let own: Model
  beforeAll(async () => {
    const first = await retrain(samplesOf(4_000), options)
    expect(first).toMatchObject({ outcome: 'better', errorInUse: undefined, samples: 4_000 })
    own = modelIn(first)
  })

  it('trains nothing on too little, or where nothing has shifted since', async () => {
    const few = await retrain(samplesOf(499), options)
    expect(few).toEqual({ outcome: 'too few', samples: 499, shifted: [] })
    const same = await retrain(samplesOf(3_000), { ...options, inUse: own, isOwn: true })
    expect(same).toEqual({ outcome: 'not shifted', samples: 3_000, shifted: [] })
  })

  it('trains where it is told to, and finds the same model no better', async () => {
    const its = { ...options, inUse: own, isOwn: true, isForced: true }
    const again = await retrain(samplesOf(4_000), its)
    expect(again).toMatchObject({ outcome: 'no better', shifted: [] })
    expect(modelIn(again).saved.hash).toBe(own.saved.hash)
    expect('error' in again && again.error).toBe('error' in again && again.errorInUse)
  })

  it('sees behaviour shift, and takes what serves it better', async () => {
    const samples = otherSamples(4_000)
    const its = { ...options, inUse: own, isOwn: true }
    const shifted = await retrain(samples, its)
    expect(shifted.outcome).toBe('better')
    expect(shifted.shifted.length).toBeGreaterThan(0)
    if (!('error' in shifted)) throw new Error('nothing was trained')
    expect(shifted.error).toBeLessThan(0.95 * shifted.errorInUse!)
    // The margin is what decides: asked for more than there is to gain, the one in use stays.
    const gain = 1 - shifted.error / shifted.errorInUse!
    const strict = await retrain(samples, { ...its, margin: Math.min(0.999, gain + 1e-6) })
    expect(strict.outcome).toBe('no better')
  })

  it('compares on behaviour that the model in use has a network for', async () => {
    const blind: Model = { ...own, forAll: undefined, byBlueprint: new Map() }
    const taken = await retrain(samplesOf(1_000), { ...options, inUse: blind })
    expect(taken).toMatchObject({ outcome: 'better', errorInUse: undefined })
  })

  it('compares on the traits that both models know', async () => {
    const { saved } = own
    const fewer: Model = { ...own, places: own.places.slice(0, 5), saved }
    const network = own.forAll!
    const cut = {
      ...network,
      mean: network.mean.slice(0, 5),
      spread: network.spread.slice(0, 5),
      layers: [
        {
          inputs: 5,
          outputs: 5,
          weights: new Float64Array(25),
          biases: new Float64Array(5),
        },
      ],
    }
    const its = { ...options, inUse: { ...fewer, forAll: cut } }
    const taken = await retrain(samplesOf(1_000), its)
    if (!('error' in taken)) throw new Error('nothing was trained')
    expect(Number.isFinite(taken.error)).toBe(true)
    expect(Number.isFinite(taken.errorInUse)).toBe(true)
  })
})
