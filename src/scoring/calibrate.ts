/**
 * Calibrate: what a surprise is worth, read off the surprises that went before it.
 *
 * A model that is a little wrong is very wrong in its tail, so no detector is taken at its word. Each
 * answer is compared with the fading histogram of the same detector's past answers: the agent's own,
 * backed by its blueprint's, backed by its tenant's. Beyond a high threshold a Pareto tail fitted to
 * the tenant's answers goes on: a surprise ten times as large is rarer, not impossible. What leaves is
 * −ln P(a surprise at least this large | usual behaviour).
 *
 * Source    Hill (1975), "A simple general approach to inference about the tail of a distribution",
 *           Annals of Statistics. Pooling as in Gelman et al. (2013), chapter 5.
 * Departs   Histograms on a logarithmic scale instead of samples: they fade, join and stay small.
 *           What is below `ANSWER_MIN` is not told apart: it only counts among all that happened.
 * Cost      At most 32 numbers a channel, 12 bits each where they are not 0 at rest; O(32) an answer to read, O(1) to learn.
 * Blind to  Differences inside a bin, which is a sixth of the surprise wide.
 */
import {
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putNumber,
  takeBits,
  takeNumber,
  takeSize,
} from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import { coarse } from '../math/coarse.ts'
import { putPlaces, putWeights, takePlaces, takeWeights } from '../math/columns.ts'
import { keyOf } from '../math/hash.ts'

/** Surprises below this, in nats, are usual: the answer "nothing". */
export const ANSWER_MIN = 0.5
/** Bins of surprise: bin b begins at 1.5 · 2^(b / 4) − 1 nats, so the last begins at 322. */
export const BINS = 32
const BINS_PER_OCTAVE = 4
export const edges = Float64Array.from(
  { length: BINS + 1 },
  (_, b) => (1 + ANSWER_MIN) * 2 ** (b / BINS_PER_OCTAVE) - 1,
)

/** Answers the tenant's histogram counts for against an agent's own. */
const GROUP_STRENGTH = 100
/** Answers the nominal tail counts for against the tenant's. */
const NOMINAL_STRENGTH = 20
/** Without any answers P(≥ s) = (1 + s)⁻²: wide, for detectors are often wrong before they have learned. */
const NOMINAL_INDEX = 2
/** Answers that must lie above a threshold before the tail is fitted there. */
const EXCESSES_MIN = 25
/** Answers the nominal mean excess counts for. */
const EXCESS_STRENGTH = 25
/** Mean excess in bins: of the nominal tail, and the least believed in. */
const NOMINAL_EXCESS = BINS_PER_OCTAVE / Math.LN2 / NOMINAL_INDEX
const EXCESS_MIN = 1

/** Histograms of one holder: `BINS` places a channel; faded like all memory. */
export interface Calibration {
  readonly counts: Float32Array
  /** By channel how many bins have been met, up to the furthest: beyond them nothing is counted. */
  readonly reach: Uint8Array
  /** Whether counts are coarse: an agent's are, of which there are many; a group's tails are fitted. */
  readonly isCoarse: boolean
  /** Weight of all that happened, by what the channel counts: events, or days. */
  events: number
  days: number
}

/**
 * What a group says of its members' answers: how surprising one at every edge of every channel is, in
 * nats. An edge is worked out when it is first asked for: most channels are silent for long, and of
 * the others few bins are met before all is derived anew.
 */
export interface Surprises {
  /** `BINS + 1` places a channel. */
  readonly atEdges: Float64Array
  /** The bins of each channel whose edges are worked out, a bit a bin. */
  readonly ready: Int32Array
  /** Works out the edges of a channel's bin, which begins at `place`; answers the bins done with it. */
  workOut: (atEdges: Float64Array, place: number, channel: number, bin: number) => number
}

const ALL_BINS = -1

/** `spent` are surprises of as many channels that nobody asks any more: their room is used again. */
function surprisesFrom(
  channels: number,
  workOut: Surprises['workOut'],
  spent?: Surprises | undefined,
): Surprises {
  if (spent !== undefined) {
    spent.ready.fill(0)
    spent.workOut = workOut
    return spent
  }
  const atEdges = new Float64Array(channels * (BINS + 1))
  return { atEdges, ready: new Int32Array(channels), workOut }
}

/** Where a channel's bin begins in `atEdges`; works its edges out if need be. */
function placeOf(surprises: Surprises, channel: number, bin: number): number {
  const { ready } = surprises
  const place = channel * (BINS + 1) + bin
  if ((ready[channel]! & (1 << bin)) === 0) {
    ready[channel] = ready[channel]! | surprises.workOut(surprises.atEdges, place, channel, bin)
  }
  return place
}

export function blankCalibration(channels: number, isCoarse = false): Calibration {
  return {
    counts: new Float32Array(channels * BINS),
    reach: new Uint8Array(channels),
    isCoarse,
    events: 0,
    days: 0,
  }
}

/** Only what was counted is touched: of a short share that is a few of its bins. */
export function clearCalibration(calibration: Calibration): void {
  const { counts, reach } = calibration
  for (let channel = 0; channel < reach.length; channel++) {
    for (let bin = 0; bin < reach[channel]!; bin++) counts[channel * BINS + bin] = 0
    reach[channel] = 0
  }
  calibration.events = 0
  calibration.days = 0
}

/** The bin of an answer of at least `ANSWER_MIN` nats. */
export function binOf(nats: number): number {
  let bin = 0
  while (bin < BINS - 1 && nats >= edges[bin + 1]!) bin++ // most lie near the beginning
  return bin
}

/** Takes in one answer. What happened is counted apart, once for all channels. */
export function learnAnswer(
  { counts, reach, isCoarse, events, days }: Calibration,
  channel: number,
  bin: number,
  weight: number,
): void {
  const place = channel * BINS + bin
  const count = counts[place]! + weight
  counts[place] = isCoarse ? coarse(count, events + days, place) : count
  if (bin >= reach[channel]!) reach[channel] = bin + 1
}

/** How far into its bin a surprise lies, in [0, 1]: beyond the last bin all are the same. */
function shareOf(nats: number, bin: number): number {
  return Math.min((nats - edges[bin]!) / (edges[bin + 1]! - edges[bin]!), 1)
}

/** What a group says of an answer, in nats. */
export function groupSurprise(
  group: Surprises,
  channel: number,
  nats: number,
  bin: number,
): number {
  return surpriseWithin(group, channel, bin, shareOf(nats, bin))
}

/** Linear between the edges of a bin. */
function surpriseWithin(group: Surprises, channel: number, bin: number, share: number): number {
  const place = placeOf(group, channel, bin)
  const { atEdges } = group
  return atEdges[place]! + share * (atEdges[place + 1]! - atEdges[place]!)
}

/**
 * −ln P(an answer at least this surprising), ≥ 0, for an agent by its own past and its group's.
 * `total` is the weight of what the channel counts in that past, and `strength` what the group's word
 * counts for against it.
 */
export function surpriseOf(
  { counts, reach }: Calibration,
  total: number,
  group: Surprises,
  channel: number,
  nats: number,
  bin: number,
  gain: number,
  strength: number = GROUP_STRENGTH,
): number {
  const share = shareOf(nats, bin)
  const expected = surpriseWithin(group, channel, bin, share)
  if (total === 0) return expected
  const end = channel * BINS + reach[channel]!
  let place = channel * BINS + bin
  let above = counts[place]! * (1 - share)
  for (place++; place < end; place++) above += counts[place]!
  const backing = strength * gain
  const tail = (above + backing * Math.exp(-expected)) / (total + backing)
  return tail < 1 ? -Math.log(tail) : 0
}

const nominalAtEdges = edges.map((edge) => (1 + edge) ** -NOMINAL_INDEX)

/** What is supposed before anyone has answered. */
export function nominalSurprises(channels: number): Surprises {
  return surprisesFrom(channels, (atEdges, place, _, bin) => {
    atEdges[place] = -Math.log(nominalAtEdges[bin]!)
    atEdges[place + 1] = -Math.log(nominalAtEdges[bin + 1]!)
    return 1 << bin
  })
}

/**
 * What a tenant's answers say, with a tail fitted beyond what was seen often. Channels from `days` on
 * count days, the others events.
 */
export function tenantSurprises(
  calibration: Calibration,
  days: number,
  gain: number,
  spent?: Surprises | undefined,
): Surprises {
  const { counts } = calibration
  // The tail begins where all that lies further out is enough: so all edges are worked out at once.
  const workOut: Surprises['workOut'] = (atEdges, place, channel, asked) => {
    const first = place - asked
    const total = (channel < days ? calibration.events : calibration.days) / gain
    let above = 0
    let excess = 0
    let threshold = -1
    let slope = 0
    for (let bin = BINS; bin >= 0; bin--) {
      const here = bin === BINS ? 0 : counts[channel * BINS + bin]! / gain
      // The summed distance from the edge grows by a bin for all that lies further out.
      excess += above + here / 2
      above += here
      const backed = above + NOMINAL_STRENGTH * nominalAtEdges[bin]!
      const tail = backed / (total + NOMINAL_STRENGTH)
      atEdges[first + bin] = tail < 1 ? -Math.log(tail) : 0
      if (threshold < 0 && above >= EXCESSES_MIN) {
        threshold = bin
        const mean = (excess + EXCESS_STRENGTH * NOMINAL_EXCESS) / (above + EXCESS_STRENGTH)
        slope = 1 / Math.max(mean, EXCESS_MIN)
      }
    }
    if (threshold < 0) return ALL_BINS
    for (let bin = threshold + 1; bin <= BINS; bin++) {
      atEdges[first + bin] = atEdges[first + bin - 1]! + slope
    }
    return ALL_BINS
  }
  return surprisesFrom(counts.length / BINS, workOut, spent)
}

/** What a blueprint's answers say, backed by its tenant's. */
export function blueprintSurprises(
  calibration: Calibration,
  tenant: Surprises,
  days: number,
  gain: number,
  spent?: Surprises | undefined,
): Surprises {
  const { counts, reach } = calibration
  const backing = GROUP_STRENGTH * gain
  const workOut: Surprises['workOut'] = (atEdges, place, channel, bin) => {
    placeOf(tenant, channel, bin)
    const total = (channel < days ? calibration.events : calibration.days) + backing
    let above = 0
    for (let at = reach[channel]! - 1; at > bin; at--) above += counts[channel * BINS + at]!
    for (let edge = 1; edge >= 0; edge--) {
      const tail = (above + backing * Math.exp(-tenant.atEdges[place + edge]!)) / total
      atEdges[place + edge] = tail < 1 ? -Math.log(tail) : 0
      above += counts[channel * BINS + bin]!
    }
    return 1 << bin
  }
  return surprisesFrom(counts.length / BINS, workOut, spent)
}

export function mergeCalibration(into: Calibration, from: Calibration): void {
  const { counts, reach } = from
  for (let channel = 0; channel < reach.length; channel++) {
    for (let bin = 0; bin < reach[channel]!; bin++) {
      const weight = counts[channel * BINS + bin]!
      if (weight !== 0) learnAnswer(into, channel, bin, weight)
    }
  }
  into.events += from.events
  into.days += from.days
}

export function scaleCalibration(calibration: Calibration, factor: number): void {
  const { counts } = calibration
  for (let at = 0; at < counts.length; at++) counts[at] = counts[at]! * factor
  calibration.events *= factor
  calibration.days *= factor
}

/** Bits of a reach, from 0 to `BINS`. */
const REACH_WIDTH = 6
/** Channels are told apart by so many bits of the key of their name. */
export const NAME_WIDTH = 16

/** What stands for a channel where it is stored: it survives a change of detectors. */
export function nameKey(channel: string): number {
  return keyOf(channel) & ((1 << NAME_WIDTH) - 1)
}

/** How many events and days, then by name of channel: bins with a count, and their counts. */
export function saveCalibration(
  { counts, reach, events, days }: Calibration,
  channels: readonly string[],
): Uint8Array<ArrayBuffer> {
  const held: [channel: number, bins: number[]][] = []
  const weights: number[] = []
  for (let channel = 0; channel < reach.length; channel++) {
    const bins: number[] = []
    for (let bin = 0; bin < reach[channel]!; bin++) {
      const count = counts[channel * BINS + bin]!
      if (count === 0) continue
      bins.push(bin)
      weights.push(count)
    }
    if (bins.length > 0) held.push([channel, bins])
  }
  return bitsWritten((bits) => {
    putNumber(bits, events)
    putNumber(bits, days)
    putCount(bits, held.length)
    for (const [channel, bins] of held) {
      putBits(bits, nameKey(channels[channel]!), NAME_WIDTH)
      const end = bins.at(-1)! + 1 // a channel without a count is not held
      putBits(bits, end, REACH_WIDTH)
      putPlaces(bits, bins, end)
    }
    putWeights(bits, weights, weights.length)
  })
}

/** As it was saved until it was written bit by bit: names, bins with a count, and their counts. */
export type PlainCalibration = [
  events: number,
  days: number,
  answers: [channel: string, bins: Uint8Array, counts: Uint8Array][],
]

/** Reads what `saveCalibration` wrote; `held` is how many of the channels its holder has. */
export function loadCalibration(
  saved: Uint8Array | PlainCalibration,
  channels: readonly string[],
  held: number = channels.length,
  isCoarse = false,
): Calibration {
  const calibration = blankCalibration(held, isCoarse)
  const { counts, reach } = calibration
  const set = (channel: number, bin: number, weight: number) => {
    if (channel < 0 || channel >= held || bin >= BINS) return
    const place = channel * BINS + bin
    counts[place] = isCoarse ? coarse(weight, place, place) : weight
    if (bin >= reach[channel]!) reach[channel] = bin + 1
  }
  if (!(saved instanceof Uint8Array)) {
    const [events, days, answers] = saved
    for (const [name, bins, weights] of answers) {
      const of = floatsOf(weights)
      bins.forEach((bin, nth) => {
        set(channels.indexOf(name), bin, of[nth]!)
      })
    }
    return { ...calibration, events, days }
  }
  const bits = bitsIn(saved)
  const [events, days] = [takeNumber(bits), takeNumber(bits)]
  const names = channels.map(nameKey)
  const cells: [channel: number, bin: number][] = []
  for (let left = takeSize(bits, NAME_WIDTH); left > 0; left--) {
    const channel = names.indexOf(takeBits(bits, NAME_WIDTH))
    for (const bin of takePlaces(bits, takeBits(bits, REACH_WIDTH))) cells.push([channel, bin])
  }
  const weights = takeWeights(bits, cells.length)
  cells.forEach(([channel, bin], nth) => {
    set(channel, bin, weights[nth]!)
  })
  return { ...calibration, events, days }
}
