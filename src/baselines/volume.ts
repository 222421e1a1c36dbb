/**
 * Volume: how much an agent does in 10 minutes, an hour, a day and a session.
 *
 * Mean and spread of the logarithm of events, records, bytes, distinct resources and refusals of
 * every finished window in which it was active, and of how long its sessions last. A running total
 * that is a record is read as a Normal-inverse-gamma predictive expects the next window to end; a new
 * agent expects what its blueprint does.
 * Source    Murphy (2007), "Conjugate Bayesian analysis of the Gaussian distribution", section 3.
 * Departs   Totals are log-normal here, not Poisson: agents work in bursts.
 * Cost      112 numbers an agent; O(24) to read and O(7) a finished window to learn.
 * Blind to  A rise that stays below each window's record; totals by hour of the day.
 */
import { z } from 'zod'
import {
  MEASURES,
  measures,
  SPANS,
  STRANGENESS,
  spans,
  startOf,
  totalsOf,
} from '../agent/context.ts'
import { bitsIn, bitsWritten } from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import { log1p } from '../math/logs.ts'
import {
  addMoment,
  expectedMean,
  isFarBelow,
  isRecord,
  MOMENTS_SIZE,
  type Moments,
  mergeMoments,
  type Prior,
  priorFrom,
  putMoments,
  scaleMoments,
  takeMoments,
  upperSurprise,
} from '../math/moments.ts'
import type { Baseline, Kin, Moment } from './baseline.ts'

/** What is expected of a window of which nothing at all is known: e² ≈ 7, give or take 7 times. */
const UNKNOWN: Prior = { mean: 2, variance: 4 }
/** What is expected to be strange about a window of which nothing is known. */
const NOT_STRANGE: Prior = { mean: 1, variance: 1 }
/** A third more than always is not yet strange. */
const DEVIATION_MIN = 0.3

const PLACES = SPANS * MEASURES * MOMENTS_SIZE

const VERSION = 4
/** Until this one moments rested as they are. */
const FLOATS_VERSION = 2

/** Moments of log(1 + total) by span, then measure. */
export type VolumeMemory = Moments

/** The most surprising span of one measure. */
export interface VolumeReading {
  /** In nats, by measure; 0 where it is not above what is expected. */
  readonly nats: Float64Array
  /** The span it was found in, by measure. */
  readonly span: Float64Array
  readonly seen: Float64Array
  /** Logarithm of one more than the largest total of that span so far, and the usual one; 0 for none. */
  readonly logLargest: Float64Array
  readonly logUsual: Float64Array
  /** Log of the events usual on a day the agent works; of one where nothing is known. */
  logEventsPerDay: number
}

function blankReading(): VolumeReading {
  const byMeasure = () => new Float64Array(MEASURES)
  return {
    nats: byMeasure(),
    span: byMeasure(),
    seen: byMeasure(),
    logLargest: byMeasure(),
    logUsual: byMeasure(),
    logEventsPerDay: 0,
  }
}

const EVENTS_A_DAY = (spans.indexOf('day') * MEASURES + measures.indexOf('events')) * MOMENTS_SIZE

export const volume: Baseline<VolumeMemory, VolumeReading> = {
  name: 'volume',
  version: VERSION,
  // In v3 a list of one; before it, the numbers as they are.
  schema: z.union([z.tuple([z.instanceof(Uint8Array)]), z.instanceof(Uint8Array)]),
  blank: () => new Float32Array(PLACES),
  clear: (memory) => {
    memory.fill(0)
  },

  blankReading,

  read(own, kin, { context, session, gain }, reading = blankReading()) {
    const peers = kin.blueprint ?? kin.tenant
    reading.logEventsPerDay = expectedMean(own, peers, EVENTS_A_DAY, gain)
    for (let measure = 0; measure < MEASURES; measure++) {
      reading.nats[measure] = 0
      reading.seen[measure] = 0
    }
    for (let span = 0; span < SPANS; span++) {
      const totals = totalsOf(context, session, span)
      const start = startOf(span)
      for (let measure = 0; measure < MEASURES; measure++) {
        const total = totals[start + measure]!
        if (total <= 1 || measure === STRANGENESS) continue
        const offset = (span * MEASURES + measure) * MOMENTS_SIZE
        // Short of the agent's own record there is nothing to ask.
        if (isFarBelow(own, offset, total)) continue
        const value = log1p(total)
        if (!isRecord(own, offset, value)) continue
        let prior = priorFrom(kin.tenant, offset, gain, UNKNOWN, scratchTenant)
        if (kin.blueprint !== undefined) {
          prior = priorFrom(kin.blueprint, offset, gain, prior, scratchBlueprint)
        }
        const nats = upperSurprise(own, offset, gain, prior, value, DEVIATION_MIN)
        if (nats <= reading.nats[measure]!) continue
        reading.nats[measure] = nats
        reading.span[measure] = span
        reading.seen[measure] = total
        reading.logLargest[measure] = own[offset + 3]!
        reading.logUsual[measure] = own[offset + 1]!
      }
    }
    return reading
  },

  learn(own, groups, { closings, gain }) {
    for (const { span, totals, trust } of closings) {
      const weight = gain * trust
      for (let measure = 0; measure < MEASURES; measure++) {
        const offset = (span * MEASURES + measure) * MOMENTS_SIZE
        const value = log1p(totals[measure]!)
        addMoment(own, offset, value, weight)
        for (const group of groups) addMoment(group, offset, value, weight)
      }
    }
  },

  merge: mergeMoments,
  scale: scaleMoments,
  save: (memory) => bitsWritten((bits) => putMoments(bits, memory)),
  load(saved, _holder, version = VERSION) {
    if (version <= FLOATS_VERSION) return widened(floatsOf(saved as Uint8Array))
    const bytes = saved instanceof Uint8Array ? saved : (saved as [Uint8Array])[0]
    return takeMoments(bitsIn(bytes), PLACES)
  },
}

/** Until v2 there was no measure after strangeness. */
function widened(saved: Float32Array): VolumeMemory {
  if (saved.length === PLACES) return saved
  const memory = new Float32Array(PLACES)
  const before = (STRANGENESS + 1) * MOMENTS_SIZE
  for (let span = 0; span < SPANS; span++) {
    const place = span * MEASURES * MOMENTS_SIZE
    memory.set(saved.subarray(span * before, (span + 1) * before), place)
  }
  return memory
}

/** How surprising the strangeness gathered so far is, over the most surprising span, in nats. */
export function strangenessNats(
  own: VolumeMemory,
  kin: Kin<VolumeMemory>,
  { context, session, gain }: Moment,
): number {
  let most = 0
  for (let span = 0; span < SPANS; span++) {
    const total = totalsOf(context, session, span)[startOf(span) + STRANGENESS]!
    if (total === 0) continue
    const offset = (span * MEASURES + STRANGENESS) * MOMENTS_SIZE
    let prior = priorFrom(kin.tenant, offset, gain, NOT_STRANGE, scratchTenant)
    if (kin.blueprint !== undefined) {
      prior = priorFrom(kin.blueprint, offset, gain, prior, scratchBlueprint)
    }
    const nats = upperSurprise(own, offset, gain, prior, log1p(total), DEVIATION_MIN)
    most = Math.max(most, nats)
  }
  return most
}

/** Reused, so that reading leaves nothing for the collector. */
const scratchTenant: Prior = { mean: 0, variance: 0 }
const scratchBlueprint: Prior = { mean: 0, variance: 0 }
