/** The errors of many behaviours at once, as TensorFlow.js works them out on the backend in use. */
import * as tf from '@tensorflow/tfjs-core'
import type { Network } from '../../src/detectors/autoencoder/network.ts'

/** Mean squared residuals, in the order of the samples, on the backend in use. */
export function errorsOf(network: Network, samples: readonly ArrayLike<number>[]): Float32Array {
  const { layers, mean, spread } = network
  return tf.tidy(() => {
    const rows = samples.flatMap((values) => Array.from(values))
    const raw = tf.tensor2d(rows, [samples.length, mean.length])
    const x = tf.div(tf.sub(raw, tf.tensor1d([...mean])), tf.tensor1d([...spread]))
    let passed: tf.Tensor = x
    for (const [at, { inputs, outputs, weights, biases }] of layers.entries()) {
      const kernel = tf.tensor2d([...weights], [inputs, outputs])
      passed = tf.add(tf.matMul(passed as tf.Tensor2D, kernel), tf.tensor1d([...biases]))
      if (at < layers.length - 1) passed = tf.div(passed, tf.add(tf.abs(passed), 1))
    }
    return tf.mean(tf.squaredDifference(passed, x), 1).dataSync() as Float32Array
  })
}
