import { beforeAll, describe, expect, it } from 'vitest'
import { chooseBackend } from '../../../src/detectors/autoencoder/backend.ts'
import { traits } from '../../../src/detectors/autoencoder/behaviour.ts'
import { fitNetwork } from '../../../src/detectors/autoencoder/fit.ts'
import { hashOf, modelOf, type SavedNetwork } from '../../../src/detectors/autoencoder/model.ts'
import { lookThrough, type Network } from '../../../src/detectors/autoencoder/network.ts'
import { errorsOf } from '../../oracles/autoencoder.ts'
import { MOVE, samplesOf, TASK, valuesWith } from './samples.ts'

const samples = samplesOf(4_000)
const errors: number[] = []
let saved: SavedNetwork
let network: Network

const networkOf = (one: SavedNetwork): Network => {
  const learned = { traits: [...traits], networks: [one] }
  const trained = { at: '', on: '', seed: 1, backend: '', events: 0, agents: 0, days: 0 }
  const version = 'test'
  const model = { form: 1 as const, version, ...learned, trained, hash: hashOf(learned) }
  return modelOf(model, 'test').forAll!
}

beforeAll(async () => {
  await chooseBackend()
  saved = await fitNetwork(samples, {
    seed: 3,
    blueprint: undefined,
    progress: (_, error) => errors.push(error),
  })
  network = networkOf(saved)
})

describe('a fitted network', () => {
  it('rebuilds much better than the mean would, also what was held back', () => {
    expect(saved.usualError).toBeLessThan(0.5)
    expect(saved.learnedError).toBeLessThan(0.5)
    expect(saved.learned + saved.heldBack).toBe(samples.length)
    expect(saved.heldBack / samples.length).toBeGreaterThan(0.1)
  })

  it('is the one that did best on what was held back', () => {
    expect(saved.usualError).toBe(Math.min(...errors))
    expect(errors[saved.epochs - 1]).toBe(saved.usualError)
    expect(errors.length === 40 || errors.length === saved.epochs + 3).toBe(true)
  })

  it('knows what goes together: the same findings otherwise combined are odd', () => {
    const usual = [TASK, MOVE].map((strong) => lookThrough(network, valuesWith(strong, 2)).error)
    const mixed = [TASK[0]!, MOVE[0]!, MOVE[1]!]
    const odd = lookThrough(network, valuesWith(mixed, 2)).error
    expect(odd).toBeGreaterThan(3 * Math.max(...usual))
  })

  it('gives the same errors streaming as TensorFlow gives in a batch', () => {
    const some = samples.slice(0, 500).map(({ values }) => values)
    const batch = errorsOf(network, some)
    some.forEach((values, at) => {
      const { error } = lookThrough(network, values)
      expect(Math.abs(error - batch[at]!)).toBeLessThan(1e-5 * Math.max(1, error))
    })
    const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length
    const heldOrNot = samples.map(({ values }) => lookThrough(network, values).error)
    const both = saved.learnedError * saved.learned + saved.usualError * saved.heldBack
    expect(Math.abs(mean(heldOrNot) - both / samples.length)).toBeLessThan(1e-5)
  })

  it('comes out the same from the same seed, and otherwise from another', async () => {
    const some = samples.slice(0, 1_000)
    const fitted = (seed: number) => fitNetwork(some, { seed, blueprint: 'payer' })
    const [one, again, other] = [await fitted(7), await fitted(7), await fitted(8)]
    expect(again).toEqual(one)
    expect(one.blueprint).toBe('payer')
    expect(other.layers).not.toEqual(one.layers)
  })

  it('is not fitted where too little can be held back', async () => {
    const few = fitNetwork(samples.slice(0, 60), { seed: 1, blueprint: undefined })
    await expect(few).rejects.toMatchObject({ code: 'TRAINING_IMPOSSIBLE' })
  })
})
