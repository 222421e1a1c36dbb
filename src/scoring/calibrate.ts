/**
 * Calibrate: what a surprise is worth, read off the surprises that went before it.
 *
 * A model that is a little wrong is very wrong in its tail, so no detector is taken at its word. Each
 * answer is compared with the fading histogram of the same detector's past answers: the agent's own,
 * backed by its blueprint's, backed by its tenant's. Beyond a high threshold a Pareto tail fitted to
 * the tenant's answers goes on: a surprise ten times as large is rarer, not impossible. What leaves is
 * P(a surprise at least this large | usual behaviour).
 *
 * Source    Hill (1975), "A simple general approach to inference about the tail of a distribution",
 *           Annals of Statistics. Pooling as in Gelman et al. (2013), chapter 5.
 * Departs   Histograms on a logarithmic scale instead of samples: they fade, join and stay small.
 * Cost      At most 64 numbers a channel, stored sparsely; O(64) a channel to read.
 * Blind to  Differences inside a bin, which is an eighth of the surprise wide.
 */
import { bytesOf, floatsOf } from '../math/bytes.ts'

/** Bins of surprise: bin b begins at 2^(b / 6) − 1 nats, so the last begins at 1,448. */
export const BINS = 64
const BINS_PER_OCTAVE = 6
export const edges = Float64Array.from(
  { length: BINS + 1 },
  (_, b) => 2 ** (b / BINS_PER_OCTAVE) - 1,
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
const EXCESS_MIN = 1.5

/** Histograms of one holder, `BINS` places a channel; faded like all memory. */
export interface Calibration {
  readonly counts: Float32Array
  /** Weight of all answers by channel. */
  readonly totals: Float64Array
}

/** P(surprise ≥ edge) at every edge of every channel: what a group says of its members. */
export type Survival = Float64Array

export function blankCalibration(channels: number): Calibration {
  return { counts: new Float32Array(channels * BINS), totals: new Float64Array(channels) }
}

export function binOf(nats: number): number {
  const bin = Math.floor(Math.log2(1 + nats) * BINS_PER_OCTAVE)
  return bin < BINS ? bin : BINS - 1
}

export function learnAnswer(
  { counts, totals }: Calibration,
  channel: number,
  bin: number,
  weight: number,
): void {
  const place = channel * BINS + bin
  counts[place] = counts[place]! + weight
  totals[channel] = totals[channel]! + weight
}

/** P(an answer at least this surprising), in (0, 1]; `group` is what the agent's peers say. */
export function tailOf(
  own: Calibration,
  group: Survival,
  channel: number,
  nats: number,
  bin: number,
  gain: number,
): number {
  const expected = survivalAt(group, channel, nats, bin)
  const total = own.totals[channel]!
  if (total === 0) return expected
  const { counts } = own
  const first = channel * BINS
  const end = first + BINS
  let above = counts[first + bin]! * (1 - shareOf(nats, bin))
  for (let place = first + bin + 1; place < end; place++) above += counts[place]!
  const backing = GROUP_STRENGTH * gain
  return Math.min((above + backing * expected) / (total + backing), 1)
}

/** What a group says of an answer: P(at least this surprising), linear between edges. */
export function survivalAt(group: Survival, channel: number, nats: number, bin: number): number {
  const place = channel * (BINS + 1) + bin
  return group[place]! + shareOf(nats, bin) * (group[place + 1]! - group[place]!)
}

/** How far into its bin a surprise lies, in [0, 1]: beyond the last bin all are the same. */
function shareOf(nats: number, bin: number): number {
  return Math.min((nats - edges[bin]!) / (edges[bin + 1]! - edges[bin]!), 1)
}

const nominalAtEdges = edges.map((edge) => (1 + edge) ** -NOMINAL_INDEX)

/** What is supposed before anyone has answered. */
export function nominalSurvival(channels: number): Survival {
  const survival = new Float64Array(channels * (BINS + 1))
  for (let channel = 0; channel < channels; channel++) {
    survival.set(nominalAtEdges, channel * (BINS + 1))
  }
  return survival
}

/** A tenant's survival, with a tail fitted beyond what it has seen often. */
export function tenantSurvival({ counts, totals }: Calibration, gain: number): Survival {
  const survival = new Float64Array(totals.length * (BINS + 1))
  for (let channel = 0; channel < totals.length; channel++) {
    const first = channel * (BINS + 1)
    const total = totals[channel]! / gain
    let above = 0
    let excess = 0
    let threshold = -1
    let kept = 1
    for (let bin = BINS; bin >= 0; bin--) {
      const here = bin === BINS ? 0 : counts[channel * BINS + bin]! / gain
      // The summed distance from the edge grows by a bin for all that lies further out.
      excess += above + here / 2
      above += here
      const backed = above + NOMINAL_STRENGTH * nominalAtEdges[bin]!
      survival[first + bin] = Math.min(backed / (total + NOMINAL_STRENGTH), 1)
      if (threshold < 0 && above >= EXCESSES_MIN) {
        threshold = bin
        const mean = (excess + EXCESS_STRENGTH * NOMINAL_EXCESS) / (above + EXCESS_STRENGTH)
        kept = Math.exp(-1 / Math.max(mean, EXCESS_MIN))
      }
    }
    if (threshold < 0) continue
    for (let bin = threshold + 1; bin <= BINS; bin++) {
      survival[first + bin] = survival[first + bin - 1]! * kept
    }
  }
  return survival
}

/** A blueprint's survival: its own answers, backed by its tenant's. */
export function blueprintSurvival(
  { counts, totals }: Calibration,
  tenant: Survival,
  gain: number,
): Survival {
  const survival = new Float64Array(tenant.length)
  const backing = GROUP_STRENGTH * gain
  for (let channel = 0; channel < totals.length; channel++) {
    const first = channel * (BINS + 1)
    const scale = 1 / (totals[channel]! + backing)
    let above = 0
    survival[first + BINS] = backing * tenant[first + BINS]! * scale
    for (let bin = BINS - 1; bin >= 0; bin--) {
      above += counts[channel * BINS + bin]!
      survival[first + bin] = Math.min((above + backing * tenant[first + bin]!) * scale, 1)
    }
  }
  return survival
}

export function mergeCalibration(into: Calibration, from: Calibration): void {
  for (let at = 0; at < from.counts.length; at++) {
    if (from.counts[at] !== 0) into.counts[at] = into.counts[at]! + from.counts[at]!
  }
  for (let at = 0; at < from.totals.length; at++)
    into.totals[at] = into.totals[at]! + from.totals[at]!
}

export function scaleCalibration({ counts, totals }: Calibration, factor: number): void {
  for (let at = 0; at < counts.length; at++) counts[at] = counts[at]! * factor
  for (let at = 0; at < totals.length; at++) totals[at] = totals[at]! * factor
}

/** By name of channel: bins with a count, their counts, the total. Survives a change of detectors. */
export type SavedCalibration = [
  channel: string,
  bins: Uint8Array,
  counts: Uint8Array,
  total: number,
][]

export function saveCalibration(
  { counts, totals }: Calibration,
  channels: readonly string[],
): SavedCalibration {
  const saved: SavedCalibration = []
  channels.forEach((name, channel) => {
    if (totals[channel] === 0) return
    const own = counts.subarray(channel * BINS, (channel + 1) * BINS)
    const bins = Uint8Array.from(own.keys()).filter((bin) => own[bin] !== 0)
    saved.push([name, bins, bytesOf(Float32Array.from(bins, (bin) => own[bin]!)), totals[channel]!])
  })
  return saved
}

export function loadCalibration(saved: SavedCalibration, channels: readonly string[]): Calibration {
  const calibration = blankCalibration(channels.length)
  for (const [name, bins, counts, total] of saved) {
    const channel = channels.indexOf(name)
    if (channel < 0) continue
    const weights = floatsOf(counts)
    bins.forEach((bin, at) => {
      calibration.counts[channel * BINS + bin] = weights[at]!
    })
    calibration.totals[channel] = total
  }
  return calibration
}
