/**
 * Columns: keys, places and weights of the same kind together, in the bits that all of them need.
 *
 * Source    Golomb (1966), "Run-length encodings", IEEE Transactions on Information Theory; Rice (1979),
 *           "Some practical universal noiseless coding techniques", JPL: what lies between keys in order.
 * Cost      About 2 bits a key more than the logarithm of how far apart keys are on average; 10 to 13
 *           bits a coarse weight, 18 to 21 a fine one.
 */
import { type Bits, putBits, putCount, takeBits, takeSize, widthOf } from './bits.ts'
import { COARSE_DROPPED, FINE_DROPPED } from './coarse.ts'

const WIDTH_OF_WIDTH = 5

/** The first `size` of keys in order, each once, from 1 to 2³¹ − 1. */
export function putKeys(bits: Bits, keys: ArrayLike<number>, size: number): void {
  putCount(bits, size)
  if (size === 0) return
  const width = widthOf(keys[size - 1]!)
  putBits(bits, width, WIDTH_OF_WIDTH)
  const low = lowWidth(width, size)
  let before = 0
  for (let nth = 0; nth < size; nth++) {
    const apart = keys[nth]! - before - 1
    for (let high = apart >>> low; high > 0; high--) putBits(bits, 0, 1)
    putBits(bits, 1, 1)
    putBits(bits, apart, low)
    before = keys[nth]!
  }
}

export function takeKeys(bits: Bits): Int32Array {
  const size = takeSize(bits, 1)
  const keys = new Int32Array(size)
  if (size === 0) return keys
  const low = lowWidth(takeBits(bits, WIDTH_OF_WIDTH), size)
  let before = 0
  for (let nth = 0; nth < size; nth++) {
    let high = 0
    while (takeBits(bits, 1) === 0) high++
    before += high * 2 ** low + takeBits(bits, low) + 1
    keys[nth] = before
  }
  return keys
}

/** How many bits of what lies between two keys are as good as random. */
function lowWidth(width: number, size: number): number {
  return Math.max(0, width - widthOf(size))
}

/** Whole numbers in order, each once, from 0 to below `range`: a list of them, or a bit for each. */
export function putPlaces(bits: Bits, places: ArrayLike<number>, range: number): void {
  const width = widthOf(range)
  const isList = (places.length + 1) * width < range
  putBits(bits, isList ? 1 : 0, 1)
  if (isList) {
    putBits(bits, places.length, width)
    for (let nth = 0; nth < places.length; nth++) putBits(bits, places[nth]!, width)
    return
  }
  let nth = 0
  for (let place = 0; place < range; place++) {
    const isThere = places[nth] === place
    if (isThere) nth++
    putBits(bits, isThere ? 1 : 0, 1)
  }
}

export function takePlaces(bits: Bits, range: number): number[] {
  const width = widthOf(range)
  const places: number[] = []
  if (takeBits(bits, 1) === 1) {
    const size = takeBits(bits, width)
    for (let nth = 0; nth < size; nth++) places.push(takeBits(bits, width))
  } else {
    for (let place = 0; place < range; place++) if (takeBits(bits, 1) === 1) places.push(place)
  }
  return places
}

const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)

/** Low bits that are left out of weights, by how they are written; 0 of those that are told exactly. */
const DROPPED = [COARSE_DROPPED, FINE_DROPPED, 0]
const WIDTH_OF_GRAIN = 2

/** The first `size` of float32 weights ≥ 0; coarse or fine ones by how far they are below the largest. */
export function putWeights(bits: Bits, weights: ArrayLike<number>, size: number): void {
  let all = 0
  let most = 0
  let least = 0x7fffffff
  for (let nth = 0; nth < size; nth++) {
    const its = bitsOf(weights[nth]!)
    all |= its
    if (its > most) most = its
    if (its < least) least = its
  }
  const grain = DROPPED.findIndex((dropped) => (all & ((1 << dropped) - 1)) === 0)
  putBits(bits, grain, WIDTH_OF_GRAIN)
  if (size === 0) return
  const dropped = DROPPED[grain]! // nothing is left out by the last of them: one was found
  const width = widthOf((most - least) >>> dropped)
  putBits(bits, most >>> dropped, 32 - dropped)
  putBits(bits, width, WIDTH_OF_WIDTH)
  for (let nth = 0; nth < size; nth++) {
    putBits(bits, (most - bitsOf(weights[nth]!)) >>> dropped, width)
  }
}

export function takeWeights(bits: Bits, size: number): Float32Array {
  const dropped = DROPPED[takeBits(bits, WIDTH_OF_GRAIN)] ?? 0
  const weights = new Float32Array(size)
  if (size === 0) return weights
  const most = takeBits(bits, 32 - dropped)
  const width = takeBits(bits, WIDTH_OF_WIDTH)
  for (let nth = 0; nth < size; nth++) {
    floatBits[0] = (most - takeBits(bits, width)) << dropped
    weights[nth] = float[0]!
  }
  return weights
}

function bitsOf(weight: number): number {
  float[0] = weight
  return floatBits[0]!
}
