import { expect, it } from 'vitest'
import { bytesOf, floatsOf, integersOf } from '../../src/math/bytes.ts'

it('numbers survive being bytes, wherever the bytes lie', () => {
  const floats = Float32Array.of(0, 1.5, -3e38, 1e-40)
  const integers = Int32Array.of(0, -1, 2 ** 30)
  const shifted = (bytes: Uint8Array) => {
    const wide = new Uint8Array(bytes.length + 3)
    wide.set(bytes, 3)
    return wide.subarray(3)
  }
  expect(floatsOf(shifted(bytesOf(floats)))).toEqual(floats)
  expect(integersOf(shifted(bytesOf(integers)))).toEqual(integers)
  expect(bytesOf(floats.subarray(1, 2))).toEqual(new Uint8Array([0, 0, 0xc0, 0x3f]))
})

it('bytes are a copy: what is written later does not show', () => {
  const floats = Float32Array.of(1)
  const bytes = bytesOf(floats)
  floats[0] = 2
  expect(floatsOf(bytes)[0]).toBe(1)
})
