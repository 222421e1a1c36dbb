/**
 * Network: an autoencoder's frozen weights, and its forward pass in plain double arithmetic.
 *
 * TensorFlow's backends differ in their last bits, and take long over a single vector. A stream must
 * give the same scores everywhere, so here nothing is used but sums, products, quotients and roots,
 * which IEEE 754 fixes: hence softsign, x / (1 + |x|), between the layers.
 *
 * Source    Kramer (1991), "Nonlinear principal component analysis using autoassociative neural
 *           networks", AIChE Journal; softsign: Bergstra et al. (2009), "Quadratic polynomials learn
 *           better image features", technical report 1337, Université de Montréal.
 */

/** One dense layer; its activation is softsign, of the last layer none. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** Input by input, as TensorFlow keeps a kernel: so no sum waits for the one before it. */
  readonly weights: Float64Array
  readonly biases: Float64Array
}

export interface Network {
  readonly layers: readonly Layer[]
  /** What values are brought to mean 0 and spread 1 with, by trait. */
  readonly mean: Float64Array
  readonly spread: Float64Array
  /** Mean squared residual of held-back behaviour: an error counts by how much it exceeds this. */
  readonly usualError: number
}

/** What one look through a network leaves: valid until the next. */
export interface Look {
  /** Mean squared residual over the traits, ≥ 0, in squared spreads. */
  error: number
  /** By trait, what the others let expect, and how far the value lies above it, in spreads. */
  readonly expected: Float64Array
  readonly residuals: Float64Array
}

const LAYER_OUTPUTS_MAX = 256
const activations: [Float64Array, Float64Array] = [
  new Float64Array(LAYER_OUTPUTS_MAX),
  new Float64Array(LAYER_OUTPUTS_MAX),
]
const look: Look = {
  error: 0,
  expected: new Float64Array(LAYER_OUTPUTS_MAX),
  residuals: new Float64Array(LAYER_OUTPUTS_MAX),
}

/** Reconstructs a behaviour, given by trait on the scale of `scaled`. */
export function lookThrough(network: Network, values: ArrayLike<number>): Look {
  const { layers, mean, spread } = network
  const count = mean.length
  let from = activations[0]
  let to = activations[1]
  for (let trait = 0; trait < count; trait++) {
    from[trait] = (values[trait]! - mean[trait]!) / spread[trait]!
  }
  for (let at = 0; at < layers.length; at++) {
    pass(layers[at]!, from, to, at === layers.length - 1)
    const free = from
    from = to
    to = free
  }
  let sum = 0
  for (let trait = 0; trait < count; trait++) {
    const residual = (values[trait]! - mean[trait]!) / spread[trait]! - from[trait]!
    look.expected[trait] = mean[trait]! + spread[trait]! * from[trait]!
    look.residuals[trait] = residual
    sum += residual * residual
  }
  look.error = sum / count
  return look
}

function pass(
  { inputs, outputs, weights, biases }: Layer,
  from: Float64Array,
  to: Float64Array,
  isLast: boolean,
): void {
  for (let output = 0; output < outputs; output++) to[output] = biases[output]!
  for (let input = 0, place = 0; input < inputs; input++) {
    const value = from[input]!
    for (let output = 0; output < outputs; output++, place++) {
      to[output] = to[output]! + value * weights[place]!
    }
  }
  if (isLast) return
  for (let output = 0; output < outputs; output++) {
    to[output] = to[output]! / (1 + Math.abs(to[output]!))
  }
}
