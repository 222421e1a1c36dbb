/**
 * Retrain: whether behaviour has outgrown the model in use, and whether a new model serves it better.
 *
 * A new one is trained where the one in use was trained on other agents, or where a trait has shifted
 * since. It is worth the change only where it rebuilds what was held back, which no network learned from,
 * with clearly less error than the one in use.
 */
import type { Sample } from './behaviour.ts'
import { traits } from './behaviour.ts'
import { SHIFTED, sharesOf, shiftBetween } from './drift.ts'
import { isHeldBack } from './fit.ts'
import { type FitModelOptions, fitModel } from './fit-model.ts'
import { type Model, modelOf, networkFor, type SavedModel } from './model.ts'
import { lookThrough } from './network.ts'
import { Reservoir } from './reservoir.ts'

export interface RetrainOptions extends Pick<FitModelOptions, 'seed' | 'at' | 'on'> {
  /** Undefined where none is. */
  readonly inUse: Model | undefined
  /** Whether the model in use was trained on these agents. */
  readonly isOwn: boolean
  /** Whether one is trained though nothing has shifted. */
  readonly isForced: boolean
  /** With fewer samples none is trained. */
  readonly samplesMin: number
  /** By which share of the error of the model in use a new one has to do better, in [0, 1). */
  readonly margin: number
}

/** What came of it. */
export type Retrained = {
  readonly samples: number
  /** Traits that have shifted since the model in use was trained. */
  readonly shifted: readonly string[]
} & (
  | { readonly outcome: 'too few' | 'not shifted' }
  | {
      readonly outcome: 'no better' | 'better'
      readonly model: SavedModel
      /** Mean squared residual of what was held back, in squared spreads, the wider of both models'. */
      readonly error: number
      /** The same of the model in use; undefined where there is none. */
      readonly errorInUse: number | undefined
    }
)

/**
 * Trains where it is called for, and compares. The same samples give the same on the same backend.
 *
 * @throws EngineError TRAINING_IMPOSSIBLE where too little can be held back, or there is no backend
 */
export async function retrain(
  samples: readonly Sample[],
  { inUse, isOwn, isForced, samplesMin, margin, ...options }: RetrainOptions,
): Promise<Retrained> {
  const shifted = inUse === undefined ? [] : shiftedSince(inUse, samples)
  const seen = { samples: samples.length, shifted }
  if (samples.length < samplesMin) return { ...seen, outcome: 'too few' }
  if (isOwn && !isForced && shifted.length === 0) return { ...seen, outcome: 'not shifted' }
  const reservoir = new Reservoir(options.seed)
  for (const sample of samples) reservoir.offer(sample)
  const agents = new Set(
    samples.map(({ agentDay }) => agentDay.slice(0, agentDay.lastIndexOf(' '))),
  )
  const days = new Set(samples.map(({ agentDay }) => agentDay))
  const model = await fitModel(reservoir, {
    ...options,
    events: samples.length,
    agents: agents.size,
    days: days.size,
  })
  const heldBack = samples.filter(isHeldBack)
  // Where the model in use has nothing to say, any is better.
  const judged = heldBack.filter(
    ({ blueprint }) => inUse === undefined || networkFor(inUse, blueprint) !== undefined,
  )
  const trained = modelOf(model, 'training')
  const scale = scaleOf(trained, inUse)
  const isBeside = inUse !== undefined && judged.length > 0
  const errorInUse = isBeside ? errorOf(inUse, scale, judged) : undefined
  const error = errorOf(trained, scale, isBeside ? judged : heldBack)
  const isBetter = errorInUse === undefined || error < (1 - margin) * errorInUse
  return { ...seen, outcome: isBetter ? 'better' : 'no better', model, error, errorInUse }
}

/** Traits that lie elsewhere than in what the model's network of all was trained on. */
function shiftedSince({ saved }: Model, samples: readonly Sample[]): string[] {
  const shares = sharesOf(
    samples.map(({ values }) => values),
    traits.length,
  )
  const before = saved.networks.find(({ blueprint }) => blueprint === undefined)?.shares
  return traits.filter((trait, at) => {
    const place = saved.traits.indexOf(trait)
    return place >= 0 && shiftBetween(before?.[place] ?? [], shares[at]!) >= SHIFTED
  })
}

/**
 * The spread of each trait that both models know, by its place: the wider of theirs. Each by itself
 * measures with its own, and one that hardly ever met a trait would call its next showing enormous.
 */
function scaleOf(trained: Model, inUse: Model | undefined): Map<number, number> {
  const scale = new Map<number, number>()
  for (const [trait, place] of trained.places.entries()) {
    const before = inUse?.places.indexOf(place)
    if (before !== undefined && before < 0) continue
    const spreadBefore = before === undefined ? 0 : (inUse?.forAll?.spread[before] ?? 0)
    scale.set(place, Math.max(trained.forAll?.spread[trait] ?? 0, spreadBefore))
  }
  return scale
}

/** Mean squared residual of samples, in the spreads of `scale` and over its traits. */
function errorOf(
  model: Model,
  scale: ReadonlyMap<number, number>,
  samples: readonly Sample[],
): number {
  const values = new Float64Array(model.places.length)
  let sum = 0
  for (const sample of samples) {
    const network = networkFor(model, sample.blueprint)! // those without were left out
    for (const [trait, place] of model.places.entries()) values[trait] = sample.values[place]!
    const { expected } = lookThrough(network, values)
    for (const [trait, place] of model.places.entries()) {
      const spread = scale.get(place)
      if (spread === undefined) continue
      sum += ((values[trait]! - expected[trait]!) / spread) ** 2
    }
  }
  return sum / (samples.length * scale.size)
}
