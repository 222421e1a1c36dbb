/** Typed arrays as bytes and back: little-endian, as on every machine Node runs on. */

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
}

export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytesOf(bytes).buffer as ArrayBuffer)
}

export function integersOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytesOf(bytes).buffer as ArrayBuffer)
}

export function doublesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytesOf(bytes).buffer as ArrayBuffer)
}
