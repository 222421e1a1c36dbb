/**
 * Backend: what TensorFlow.js computes with, chosen once and checked before it is trusted.
 *
 * The native one is an optional dependency, which fetches a library when it is installed and breaks on
 * some versions of Node. So it is taken only where it loads and passes a self-check, a prediction and a
 * gradient step whose outcome is known; otherwise WebAssembly is, which comes inside its package.
 */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers' // it brings the gradients along, which the core by itself has not
import { EngineError } from '../../errors.ts'

export interface Backend {
  readonly name: 'tensorflow' | 'wasm'
  /** Why the native backend was not taken; undefined where it was. */
  readonly declined: string | undefined
}

/** Not written out where it is imported: it need not be installed, and has no types then. */
const NATIVE = '@tensorflow/tfjs-node'
/** Deterministic sums, and room for the other work of the machine. */
const THREADS = 1
/** As far as single precision may be off. */
const TOLERANCE = 1e-4

let chosen: Promise<Backend> | undefined

/** The backend in use from now on. Throws TRAINING_IMPOSSIBLE where none works. */
export function chooseBackend(): Promise<Backend> {
  chosen ??= choose()
  return chosen
}

async function choose(): Promise<Backend> {
  try {
    await useNative()
    return { name: 'tensorflow', declined: undefined }
  } catch (cause) {
    const declined = reasonOf(cause)
    try {
      await useWasm()
    } catch (failure) {
      const why = `The native one: ${declined}; the other: ${reasonOf(failure)}`
      throw new EngineError('TRAINING_IMPOSSIBLE', `No TensorFlow backend works here. ${why}.`, {
        cause: failure,
      })
    }
    return { name: 'wasm', declined }
  }
}

/** Loads the native backend and checks it. Throws what is in the way. */
export async function useNative(): Promise<void> {
  await import(NATIVE)
  await use('tensorflow')
}

/** Loads the WebAssembly backend from its package and checks it. Throws what is in the way. */
export async function useWasm(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setThreadsCount(THREADS)
  setWasmPaths(`${dirname(entry)}${sep}`)
  await use('wasm')
}

async function use(name: Backend['name']): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} does not start`)
  await tf.ready()
  selfCheck()
}

/** Fits y = w · x to (1, 2) and (2, 4), one step from w = 1: the gradient there is −5. */
function selfCheck(): void {
  const [prediction, loss, after] = tf.tidy(() => {
    const x = tf.tensor2d([1, 2], [2, 1])
    const y = tf.tensor2d([2, 4], [2, 1])
    const weight = tf.variable(tf.tensor2d([1], [1, 1]))
    const before = tf.matMul(x, weight).dataSync()[1]!
    const missed = tf.train
      .sgd(0.1)
      .minimize(() => tf.mean(tf.squaredDifference(tf.matMul(x, weight), y)) as tf.Scalar, true)
    const numbers = [before, missed!.dataSync()[0]!, weight.dataSync()[0]!] // a cost was asked for
    weight.dispose()
    return numbers as [number, number, number]
  })
  const expected = [2, 2.5, 1.5]
  const seen = [prediction, loss, after]
  if (seen.every((value, at) => Math.abs(value - expected[at]!) <= TOLERANCE)) return
  throw new Error(`its self-check gave ${seen.join(', ')} in place of ${expected.join(', ')}`)
}

/** The first line of what went wrong: loaders add pages of advice. */
function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    return `${NATIVE} is not installed`
  }
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0]!.trim().replace(/\.$/, '')
}
