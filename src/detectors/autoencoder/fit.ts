/**
 * Fit: trains one autoencoder on samples of behaviour, with TensorFlow.js.
 *
 * It learns to rebuild behaviour from a noisy copy, through a layer too narrow to pass it on piece by
 * piece. A fifth of the agent-days is held back: training ends when their error no longer falls, and the
 * weights are those it was least with. Every draw comes from the seed.
 *
 * Source    Vincent et al. (2008), "Extracting and composing robust features with denoising
 *           autoencoders", ICML; Prechelt (1998), "Early stopping — but when?"; Kingma, Ba (2015),
 *           "Adam: a method for stochastic optimization", ICLR.
 * Cost      About 1 s an epoch of 100,000 samples on one core with WebAssembly.
 */
import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers'
import { EngineError } from '../../errors.ts'
import { wideHash } from '../../math/hash.ts'
import { random } from '../../math/random.ts'
import type { Sample } from './behaviour.ts'
import { sharesOf } from './drift.ts'
import { base64Of, type SavedNetwork } from './model.ts'

/** Neurons between input and output: the narrow one passes on what findings have in common. */
const HIDDEN = [12, 4, 12] as const
/** Spread of the noise, in spreads of the trait: what one trait says must be borne out by others. */
const NOISE = 0.3
const LEARNING_RATE = 2e-3
const BATCH = 256
const EPOCHS_MAX = 40
/** Epochs without a lower held-back error after which training ends. */
const PATIENCE = 3
/** One agent-day in so many is held back. */
const HELD_BACK_ONE_IN = 5
/** The smallest spread of a trait believed in: what was hardly ever found may still be found. */
const SPREAD_MIN = 0.05
/** Fewer samples held back do not tell when to stop. */
const HELD_BACK_MIN = 50

export interface FitOptions {
  readonly seed: number
  readonly blueprint: string | undefined
  /** Whose mean and spread the traits are brought to, so that errors compare. @default the samples' */
  readonly common?: Pick<SavedNetwork, 'mean' | 'spread'> | undefined
  /** Told after every epoch. */
  readonly progress?: ((epoch: number, heldBackError: number) => void) | undefined
}

/** Whether a sample is held back from training, as all of its agent's day are. */
export function isHeldBack({ agentDay }: Sample): boolean {
  return wideHash(agentDay) % HELD_BACK_ONE_IN === 0
}

/** Trains on the backend in use. Throws TRAINING_IMPOSSIBLE where too little could be held back. */
export async function fitNetwork(
  samples: readonly Sample[],
  { seed, blueprint, common, progress }: FitOptions,
): Promise<SavedNetwork> {
  const heldBack = samples.filter(isHeldBack).map(({ values }) => values)
  const learned = samples.filter((sample) => !isHeldBack(sample)).map(({ values }) => values)
  if (heldBack.length < HELD_BACK_MIN || learned.length < HELD_BACK_MIN) {
    const message = `Of ${samples.length} samples of behaviour ${heldBack.length} can be held back: expected ${HELD_BACK_MIN} at least.`
    throw new EngineError('TRAINING_IMPOSSIBLE', message)
  }
  const { mean, spread } = common ?? spreadOf(learned)
  const network = build(mean.length, seed)
  const x = standardized(learned, mean, spread)
  const held = standardized(heldBack, mean, spread)
  try {
    const { epochs, heldBackError } = await train(network, x, held, seed, progress)
    const saved = {
      layers: layersOf(network),
      mean,
      spread,
      usualError: heldBackError,
      learned: learned.length,
      heldBack: heldBack.length,
      epochs,
      learnedError: errorOf(network, x),
      shares: sharesOf(learned, mean.length),
    }
    return blueprint === undefined ? saved : { blueprint, ...saved }
  } finally {
    tf.dispose([x, held])
    network.dispose()
  }
}

/** The untrained network; its last layer may answer any number, the others −1 to 1. */
function build(traitCount: number, seed: number): Sequential {
  const network = sequential()
  for (const [at, units] of [...HIDDEN, traitCount].entries()) {
    network.add(
      layers.dense({
        units,
        activation: at < HIDDEN.length ? 'softsign' : 'linear',
        kernelInitializer: initializers.glorotUniform({ seed: seed + at }),
        ...(at === 0 ? { inputShape: [traitCount] } : {}),
      }),
    )
  }
  return network
}

/** Leaves the network with the weights that did best on what was held back. */
async function train(
  network: Sequential,
  x: tf.Tensor2D,
  held: tf.Tensor2D,
  seed: number,
  progress: FitOptions['progress'],
): Promise<{ epochs: number; heldBackError: number }> {
  const chance = random(seed)
  const optimizer = tf.train.adam(LEARNING_RATE)
  const order = [...Array(x.shape[0]).keys()]
  let best = Number.POSITIVE_INFINITY
  let bestEpoch = 0
  let bestWeights = network.getWeights().map((weight) => weight.clone())
  let epoch = 0
  while (epoch < EPOCHS_MAX && epoch - bestEpoch < PATIENCE) {
    epoch++
    const shuffled = chance.shuffle(order)
    for (let start = 0; start < shuffled.length; start += BATCH) {
      step(network, optimizer, x, shuffled.slice(start, start + BATCH), chance.u32())
    }
    const error = errorOf(network, held)
    progress?.(epoch, error)
    if (error < best) {
      best = error
      bestEpoch = epoch
      tf.dispose(bestWeights)
      bestWeights = network.getWeights().map((weight) => weight.clone())
    }
    await tf.nextFrame() // others of the process get their turn
  }
  network.setWeights(bestWeights)
  tf.dispose(bestWeights)
  optimizer.dispose()
  return { epochs: bestEpoch, heldBackError: best }
}

function step(
  network: Sequential,
  optimizer: tf.Optimizer,
  x: tf.Tensor2D,
  rows: number[],
  seed: number,
): void {
  tf.tidy(() => {
    const clean = tf.gather(x, tf.tensor1d(rows, 'int32'))
    const noise = tf.randomNormal(clean.shape, 0, NOISE, 'float32', seed)
    optimizer.minimize(() => {
      const rebuilt = network.apply(tf.add(clean, noise)) as tf.Tensor
      return tf.mean(tf.squaredDifference(rebuilt, clean)) as tf.Scalar
    })
  })
}

/** Mean squared residual of standardized samples, in one batch. */
function errorOf(network: Sequential, x: tf.Tensor2D): number {
  return tf.tidy(
    () => tf.mean(tf.squaredDifference(network.predict(x) as tf.Tensor, x)).dataSync()[0]!,
  )
}

function spreadOf(values: readonly Float32Array[]): { mean: number[]; spread: number[] } {
  const traitCount = values[0]!.length // there is one: counted before
  const mean = Array.from(
    { length: traitCount },
    (_, trait) => values.reduce((sum, sample) => sum + sample[trait]!, 0) / values.length,
  )
  const spread = mean.map((centre, trait) => {
    const squares = values.reduce((sum, sample) => sum + (sample[trait]! - centre) ** 2, 0)
    return Math.max(Math.sqrt(squares / values.length), SPREAD_MIN)
  })
  return { mean, spread }
}

function standardized(
  values: readonly Float32Array[],
  mean: readonly number[],
  spread: readonly number[],
): tf.Tensor2D {
  const flat = new Float32Array(values.length * mean.length)
  for (const [at, sample] of values.entries()) {
    for (const [trait, centre] of mean.entries()) {
      flat[at * mean.length + trait] = (sample[trait]! - centre) / spread[trait]!
    }
  }
  return tf.tensor2d(flat, [values.length, mean.length])
}

/** Kernels and biases follow one another, layer by layer. */
function layersOf(network: Sequential): SavedNetwork['layers'] {
  const weights = network.getWeights()
  return network.layers.map((_, at) => {
    const kernel = weights[2 * at]!
    const bias = weights[2 * at + 1]!
    return {
      outputs: bias.size,
      weights: base64Of(kernel.dataSync() as Float32Array),
      biases: base64Of(bias.dataSync() as Float32Array),
    }
  })
}
