/**
 * Model: how the findings in a session usually go together, learned of many agents and frozen.
 *
 * A network for every blueprint that had enough behaviour to learn from, and one for all others. It is
 * read from the bytes of `model.json`, and checked whole before anything is scored with it.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { EngineError } from '../../errors.ts'
import { pathOf, shown } from '../../event/refusal.ts'
import { bytesOf, floatsOf } from '../../math/bytes.ts'
import { traits } from './behaviour.ts'
import type { Layer, Network } from './network.ts'

/** Raised when the form changes. */
const FORM = 1
const NETWORKS_MAX = 1_000
const LAYERS_MAX = 8
const OUTPUTS_MAX = 256
const NAME_LENGTH_MAX = 256
const numbers = z.array(z.number()).min(1).max(OUTPUTS_MAX)
const positive = z.number().positive()

const savedNetwork = z.strictObject({
  /** Undefined for the one that serves all agents without one of their own. */
  blueprint: z.string().max(NAME_LENGTH_MAX).optional(),
  /** Weights, input by input, and biases: 32-bit floats, little-endian, as base64. */
  layers: z
    .array(
      z.strictObject({
        outputs: z.number().int().min(1).max(OUTPUTS_MAX),
        weights: z.base64(),
        biases: z.base64(),
      }),
    )
    .min(1)
    .max(LAYERS_MAX),
  mean: numbers,
  spread: z.array(positive).min(1).max(OUTPUTS_MAX),
  usualError: positive,
  /** What the card tells: samples learned from and held back, epochs, and errors before and after. */
  learned: z.number().int().min(1),
  heldBack: z.number().int().min(1),
  epochs: z.number().int().min(1),
  /** Mean squared residual of what was learned, at the end. */
  learnedError: z.number().nonnegative(),
  /** By trait, the share of samples in each grade of `drift`. */
  shares: z.array(z.array(z.number().min(0).max(1)).max(OUTPUTS_MAX)),
})
export type SavedNetwork = z.infer<typeof savedNetwork>

const savedModel = z.strictObject({
  form: z.literal(FORM),
  /** Names it for people: when it was trained, and the beginning of its hash. */
  version: z.string().min(1).max(NAME_LENGTH_MAX),
  traits: z
    .array(z.string())
    .min(1)
    .max(OUTPUTS_MAX)
    .refine((names) => new Set(names).size === names.length, 'expected each trait once'),
  networks: z.array(savedNetwork).min(1).max(NETWORKS_MAX),
  trained: z.strictObject({
    at: z.iso.datetime(),
    /** What it was trained on, in words. */
    on: z.string().max(2_000),
    seed: z.number().int(),
    backend: z.string().max(NAME_LENGTH_MAX),
    events: z.number().int().nonnegative(),
    agents: z.number().int().nonnegative(),
    days: z.number().int().nonnegative(),
  }),
  /** SHA-256 of all that scores depend on. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})
export type SavedModel = z.infer<typeof savedModel>

export interface Model {
  readonly saved: SavedModel
  /** Where each of the model's traits stands among this version's. */
  readonly places: Uint8Array
  readonly byBlueprint: ReadonlyMap<string, Network>
  readonly forAll: Network | undefined
}

/** The network that knows agents of this blueprint best. */
export function networkFor(model: Model, blueprint: string | undefined): Network | undefined {
  const own = blueprint === undefined ? undefined : model.byBlueprint.get(blueprint)
  return own ?? model.forAll
}

/** What identifies the weights, whatever the card says of them. */
export function hashOf({ traits, networks }: Pick<SavedModel, 'traits' | 'networks'>): string {
  const parts = networks.map(({ blueprint = null, layers, mean, spread, usualError }) => [
    blueprint,
    layers.map(({ outputs, weights, biases }) => [outputs, weights, biases]),
    mean,
    spread,
    usualError,
  ])
  return createHash('sha256')
    .update(JSON.stringify([FORM, traits, parts]))
    .digest('hex')
}

/**
 * Reads the bytes of a model.
 *
 * @param from names them in the error: a path
 * @throws EngineError MODEL_INVALID where they are no model, or none that this version can use
 */
export function parseModel(bytes: Uint8Array, from: string): Model {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw invalid(from, `it is not JSON: ${(cause as Error).message}`, cause)
  }
  const parsed = savedModel.safeParse(value)
  if (!parsed.success) {
    const { path = [], message = '' } = parsed.error.issues[0] ?? {}
    throw invalid(from, `${pathOf(path)}: ${message}`, parsed.error)
  }
  const saved = parsed.data
  const hash = hashOf(saved)
  if (hash !== saved.hash) {
    throw invalid(from, `its hash is ${hash}, and it says ${saved.hash}: it was changed`)
  }
  return modelOf(saved, from)
}

/** A model to score with, of one that was read or has been trained just now. Throws MODEL_INVALID. */
export function modelOf(saved: SavedModel, from: string): Model {
  const places = saved.traits.map((trait) => (traits as readonly string[]).indexOf(trait))
  const unknown = places.indexOf(-1)
  if (unknown >= 0) {
    const trait = shown(saved.traits[unknown])
    throw invalid(from, `this version finds nothing that is called ${trait}; train it anew`)
  }
  const networks = saved.networks.map(
    (network, at) => [network.blueprint, networkOf(network, places.length, from, at)] as const,
  )
  return {
    saved,
    places: Uint8Array.from(places),
    byBlueprint: new Map(
      networks.flatMap(([name, net]) => (name === undefined ? [] : [[name, net]])),
    ),
    forAll: networks.find(([blueprint]) => blueprint === undefined)?.[1],
  }
}

/** A network to look through. Throws MODEL_INVALID where its parts do not fit together. */
export function networkOf(saved: SavedNetwork, traitCount: number, from: string, at = 0): Network {
  const { mean, spread, usualError } = saved
  const fault = (what: string) => invalid(from, `$.networks[${at}]: expected ${what}`)
  let inputs = traitCount
  const layers = saved.layers.map(({ outputs, weights, biases }): Layer => {
    const layer = { inputs, outputs, weights: doublesFrom(weights), biases: doublesFrom(biases) }
    if (layer.weights.length !== inputs * outputs || layer.biases.length !== outputs) {
      throw fault(`${inputs} × ${outputs} weights and ${outputs} biases that are numbers`)
    }
    inputs = outputs
    return layer
  })
  if ([inputs, mean.length, spread.length].some((count) => count !== traitCount)) {
    throw fault(`${traitCount} traits from its first layer to its last`)
  }
  return { layers, mean: Float64Array.from(mean), spread: Float64Array.from(spread), usualError }
}

/** Empty where one of them is no finite number, or bytes are missing. */
function doublesFrom(base64: string): Float64Array {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) return new Float64Array(0)
  const doubles = Float64Array.from(floatsOf(bytes))
  return doubles.every(Number.isFinite) ? doubles : new Float64Array(0)
}

/** Numbers as they stand in the form. */
export function base64Of(floats: Float32Array): string {
  return Buffer.from(bytesOf(floats)).toString('base64')
}

function invalid(from: string, why: string, cause?: unknown): EngineError {
  return new EngineError('MODEL_INVALID', `${from} is no model that can be used: ${why}.`, {
    cause,
  })
}
