import { describe, expect, it } from 'vitest'
import { lookThrough, type Network } from '../../../src/detectors/autoencoder/network.ts'

/** Two traits through one neuron and back. */
const network: Network = {
  layers: [
    { inputs: 2, outputs: 1, weights: Float64Array.of(1, -2), biases: Float64Array.of(0.5) },
    { inputs: 1, outputs: 2, weights: Float64Array.of(3, -1), biases: Float64Array.of(0, 0.25) },
  ],
  mean: Float64Array.of(1, 2),
  spread: Float64Array.of(0.5, 2),
  usualError: 1,
}

describe('a look through a network', () => {
  it('rebuilds as worked out by hand', () => {
    // (2, 4) is (2, 1) in spreads; the neuron has 2 − 2 + 0.5 = 0.5, softsign 1/3; out come (1, −1/12).
    const { error, expected, residuals } = lookThrough(network, [2, 4])
    expect(residuals[0]).toBeCloseTo(2 - 1, 12)
    expect(residuals[1]).toBeCloseTo(1 - (0.25 - 1 / 3), 12)
    expect(expected[0]).toBeCloseTo(1 + 0.5 * 1, 12)
    expect(expected[1]).toBeCloseTo(2 + 2 * (0.25 - 1 / 3), 12)
    expect(error).toBeCloseTo((1 + (13 / 12) ** 2) / 2, 12)
  })

  it('leaves nothing behind that the next would see', () => {
    const first = lookThrough(network, [0, 7]).error
    lookThrough(network, [300, -4])
    expect(lookThrough(network, [0, 7]).error).toBe(first)
  })
})
