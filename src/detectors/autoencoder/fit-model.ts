/**
 * Fit model: a network for all agents, and one for each blueprint that it serves better.
 *
 * A blueprint's own network is kept where it rebuilds what was held back of that blueprint with less
 * error than the network of all does.
 */
import { chooseBackend } from './backend.ts'
import { type Sample, traits } from './behaviour.ts'
import { fitNetwork, isHeldBack } from './fit.ts'
import { hashOf, networkOf, type SavedModel } from './model.ts'
import { lookThrough, type Network } from './network.ts'
import type { Reservoir } from './reservoir.ts'

/** With fewer samples, or of fewer agent-days, the network of all knows a blueprint better. */
const BLUEPRINT_SAMPLES_MIN = 2_000
const BLUEPRINT_DAYS_MIN = 100

export interface FitModelOptions {
  readonly seed: number
  /** When, as the card says it: RFC 3339. */
  readonly at: string
  /** What it is trained on, in words. */
  readonly on: string
  readonly events: number
  readonly agents: number
  readonly days: number
  /** Whether blueprints get networks of their own. @default true */
  readonly isByBlueprint?: boolean | undefined
  /** Told before each network, with what it is for and how many there will be at most. */
  readonly progress?: ((network: number, networks: number) => void) | undefined
}

/**
 * Trains a model. The same samples and seed give the same model on the same backend.
 *
 * @throws EngineError TRAINING_IMPOSSIBLE where there is too little to learn from, or no backend
 */
export async function fitModel(
  reservoir: Reservoir,
  options: FitModelOptions,
): Promise<SavedModel> {
  const { seed, at, on, events, agents, days, isByBlueprint = true } = options
  const { name: backend } = await chooseBackend()
  const own = isByBlueprint
    ? [...reservoir.byBlueprint]
        .filter(([, { samples }]) => isEnough(samples))
        .sort(([a], [b]) => (a < b ? -1 : 1))
    : []
  options.progress?.(0, own.length + 1)
  const common = await fitNetwork(reservoir.all.samples, { seed, blueprint: undefined })
  const ofAll = networkOf(common, traits.length, 'training')
  const networks = [common]
  for (const [nth, [blueprint, { samples }]] of own.entries()) {
    options.progress?.(nth + 1, own.length + 1)
    const network = await fitNetwork(samples, { seed, blueprint, common })
    if (network.usualError < errorOf(ofAll, samples.filter(isHeldBack))) networks.push(network)
  }
  const learned = { traits: [...traits], networks }
  const hash = hashOf(learned)
  const version = `${at.slice(0, 10)}-${hash.slice(0, 8)}`
  return {
    form: 1,
    version,
    ...learned,
    trained: { at, on, seed, backend, events, agents, days },
    hash,
  }
}

/** Mean squared residual of samples, on the scale of the network. */
function errorOf(network: Network, samples: readonly Sample[]): number {
  const errors = samples.map(({ values }) => lookThrough(network, values).error)
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}

function isEnough(samples: readonly Sample[]): boolean {
  const days = new Set(samples.map(({ agentDay }) => agentDay)).size
  return samples.length >= BLUEPRINT_SAMPLES_MIN && days >= BLUEPRINT_DAYS_MIN
}
