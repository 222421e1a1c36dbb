import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  base64Of,
  hashOf,
  modelOf,
  networkFor,
  parseModel,
  type SavedModel,
  type SavedNetwork,
} from '../../../src/detectors/autoencoder/model.ts'
import { EngineError } from '../../../src/errors.ts'

const SHIPPED = 'models/autoencoder/model.json'

const network = (blueprint?: string): SavedNetwork => ({
  ...(blueprint === undefined ? {} : { blueprint }),
  layers: [
    { outputs: 1, weights: base64Of(Float32Array.of(1, 2)), biases: base64Of(new Float32Array(1)) },
    { outputs: 2, weights: base64Of(Float32Array.of(3, 4)), biases: base64Of(new Float32Array(2)) },
  ],
  mean: [0, 0],
  spread: [1, 1],
  usualError: 0.5,
  learned: 80,
  heldBack: 20,
  epochs: 3,
  learnedError: 0.4,
  shares: [[1], [1]],
})
const saved = (change: Partial<SavedModel> = {}): SavedModel => {
  const model: SavedModel = {
    form: 1,
    version: 'test',
    traits: ['time', 'client'],
    networks: [network(), network('payer')],
    trained: {
      at: '2026-01-01T00:00:00Z',
      on: 'a test',
      seed: 1,
      backend: 'wasm',
      events: 100,
      agents: 2,
      days: 9,
    },
    hash: '',
    ...change,
  }
  return { ...model, hash: hashOf(model) }
}
const read = (model: unknown) => parseModel(Buffer.from(JSON.stringify(model)), 'm.json')
const refusal = (model: unknown): string => {
  try {
    read(model)
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ code: 'MODEL_INVALID' })
    return (error as EngineError).message
  }
  throw new Error('It was taken.')
}

describe('a model', () => {
  it('is read as it was written', () => {
    const model = read(saved())
    expect(model.saved).toEqual(saved())
    expect([...networkFor(model, 'payer')!.layers[1]!.weights]).toEqual([3, 4])
  })

  it('knows a blueprint by its own network, and all others by the common one', () => {
    const model = read(saved())
    expect(networkFor(model, 'payer')).toBe(model.byBlueprint.get('payer'))
    expect(networkFor(model, 'other')).toBe(model.forAll)
    expect(networkFor(model, undefined)).toBe(model.forAll)
    const own = read(saved({ networks: [network('payer')] }))
    expect(networkFor(own, 'other')).toBeUndefined()
  })

  it('is refused where it was changed after training', () => {
    const model = saved()
    const networks = model.networks.map((one) => ({ ...one, usualError: 9 }))
    expect(refusal({ ...model, networks })).toContain('it was changed')
  })

  it('is refused where this version finds nothing of the name of a trait', () => {
    expect(refusal(saved({ traits: ['time', 'mood'] }))).toContain('"mood"')
    expect(refusal(saved({ traits: ['time', 'time'] }))).toContain('each trait once')
  })

  it('is refused where its parts do not fit together', () => {
    const [layer, last] = network().layers
    const bad = [
      { layers: [layer!] },
      { layers: [layer!, { ...last!, outputs: 3 }] },
      { layers: [{ ...layer!, weights: base64Of(Float32Array.of(1, Number.NaN)) }, last!] },
      { mean: [0] },
      { spread: [1, 0] },
      { usualError: 0 },
    ]
    for (const change of bad) refusal(saved({ networks: [{ ...network(), ...change }] }))
    refusal({ ...saved(), form: 2 })
    refusal({ ...saved(), more: 1 })
    expect(() => parseModel(Buffer.from('{'), 'm.json')).toThrow(/is not JSON/)
  })

  it('that has just been trained can be scored with', () => {
    expect(modelOf(saved(), 'training').forAll).toBeDefined()
  })
})

describe('the shipped model', () => {
  it('can be used by this version, and is small', () => {
    const model = parseModel(readFileSync(SHIPPED), SHIPPED)
    expect(model.forAll).toBeDefined()
    expect(statSync(SHIPPED).size).toBeLessThan(200_000)
  })

  it('has a card that names it', () => {
    const { saved } = parseModel(readFileSync(SHIPPED), SHIPPED)
    const card = readFileSync('models/autoencoder/card.md', 'utf8')
    for (const fact of [saved.version, saved.hash, saved.trained.on]) expect(card).toContain(fact)
  })
})
