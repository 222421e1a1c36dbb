/** Fit model: a network for all agents, and one for each blueprint with enough behaviour of its own. */
import { chooseBackend } from './backend.ts'
import { type Sample, traits } from './behaviour.ts'
import { fitNetwork } from './fit.ts'
import { hashOf, type SavedModel, type SavedNetwork } from './model.ts'
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
  const networks: SavedNetwork[] = []
  const add = async (samples: readonly Sample[], blueprint: string | undefined) => {
    options.progress?.(networks.length, own.length + 1)
    networks.push(await fitNetwork(samples, { seed, blueprint }))
  }
  await add(reservoir.all.samples, undefined)
  for (const [blueprint, { samples }] of own) await add(samples, blueprint)
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

function isEnough(samples: readonly Sample[]): boolean {
  const days = new Set(samples.map(({ agentDay }) => agentDay)).size
  return samples.length >= BLUEPRINT_SAMPLES_MIN && days >= BLUEPRINT_DAYS_MIN
}
