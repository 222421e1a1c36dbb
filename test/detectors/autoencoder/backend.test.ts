import { describe, expect, it } from 'vitest'
import { chooseBackend, useNative, useWasm } from '../../../src/detectors/autoencoder/backend.ts'
import { fitNetwork } from '../../../src/detectors/autoencoder/fit.ts'
import { samplesOf } from './samples.ts'

const native = await useNative().then(
  () => undefined,
  (error: Error) => error.message.split('\n')[0]!,
)

describe('the backend', () => {
  it('is the native one where that works, and otherwise the other, with the reason', async () => {
    const { name, declined } = await chooseBackend()
    expect(name).toBe(native === undefined ? 'tensorflow' : 'wasm')
    expect(declined === undefined).toBe(native === undefined)
    expect(await chooseBackend()).toBe(await chooseBackend())
  })

  it('made of WebAssembly passes its self-check', () => expect(useWasm()).resolves.toBeUndefined())

  it.skipIf(native !== undefined)(
    `trains to the same error natively and by WebAssembly${native === undefined ? '' : ` (skipped: ${native})`}`,
    async () => {
      const samples = samplesOf(1_000)
      const options = { seed: 3, blueprint: undefined }
      await useWasm()
      const wasm = await fitNetwork(samples, options)
      await useNative()
      const own = await fitNetwork(samples, options)
      expect(own.usualError).toBeCloseTo(wasm.usualError, 3)
      expect(own.epochs).toBe(wasm.epochs)
    },
  )
})
