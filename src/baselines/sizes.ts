/**
 * Sizes: how much a single call of each action moves.
 *
 * Mean and spread of the logarithm of bytes and records by action, read as a Normal-inverse-gamma
 * predictive expects the next call; an action new to the agent expects what its blueprint's calls of
 * it move, and one new to all what any call does.
 * Source    Murphy (2007), "Conjugate Bayesian analysis of the Gaussian distribution", section 3.
 * Departs   Only more than usual is surprising.
 * Cost      36 bytes an action, at most 32 an agent; O(1).
 * Blind to  Many calls of usual size; see volume.
 */
import { z } from 'zod'
import { AMOUNT_MAX } from '../event/event.ts'
import { bytesOf, floatsOf } from '../math/bytes.ts'
import {
  addMoment,
  MOMENTS_SIZE,
  type Moments,
  mergeMoments,
  type Prior,
  priorFrom,
  scaleMoments,
  upperSurprise,
} from '../math/moments.ts'
import type { Baseline, Moment } from './baseline.ts'

const ACTIONS_MAX = { agent: 32, group: 512 }
/** What is expected of a call of which nothing is known: e⁵ bytes, e¹ records, give or take a lot. */
const UNKNOWN_BYTES: Prior = { mean: 5, variance: 16 }
const UNKNOWN_RECORDS: Prior = { mean: 1, variance: 4 }
const DEVIATION_MIN = 0.3
const RECORDS_AT = MOMENTS_SIZE

/** Moments of log(1 + bytes), then of log(1 + records), by key of action. */
export interface SizesMemory {
  readonly byAction: Map<number, Moments>
  readonly actionsMax: number
}

export interface SizesReading {
  readonly bytesNats: number
  readonly recordsNats: number
  readonly largestBytes: number
  readonly largestRecords: number
  readonly usualBytes: number
  readonly usualRecords: number
}

const savedSizes = z.array(z.tuple([z.number(), z.instanceof(Uint8Array)]))

const NOTHING: Moments = new Float32Array(2 * MOMENTS_SIZE)
const SILENT: SizesReading = {
  bytesNats: 0,
  recordsNats: 0,
  largestBytes: 0,
  largestRecords: 0,
  usualBytes: 0,
  usualRecords: 0,
}

export const sizes: Baseline<SizesMemory, SizesReading> = {
  name: 'sizes',
  version: 1,
  schema: savedSizes,
  blank: (holder) => ({ byAction: new Map(), actionsMax: ACTIONS_MAX[holder] }),

  read(own, kin, moment) {
    const { volume } = moment.event
    if (volume === undefined) return SILENT
    const { action } = moment.keys
    const mine = own.byAction.get(action) ?? NOTHING
    const bytesNats = surpriseOf(volume.bytes, 0, UNKNOWN_BYTES)
    const recordsNats = surpriseOf(volume.records, RECORDS_AT, UNKNOWN_RECORDS)
    return {
      bytesNats,
      recordsNats,
      largestBytes: Math.expm1(mine[3]!),
      largestRecords: Math.expm1(mine[RECORDS_AT + 3]!),
      usualBytes: Math.expm1(mine[1]!),
      usualRecords: Math.expm1(mine[RECORDS_AT + 1]!),
    }

    function surpriseOf(amount: number | undefined, offset: number, unknown: Prior): number {
      if (amount === undefined) return 0
      const value = logAmount(amount)
      if (value <= mine[offset + 1]!) return 0
      const all = kin.tenant.byAction.get(action) ?? NOTHING
      let prior = priorFrom(all, offset, moment.gain, unknown, scratchTenant)
      const peers = kin.blueprint?.byAction.get(action)
      if (peers !== undefined) {
        prior = priorFrom(peers, offset, moment.gain, prior, scratchBlueprint)
      }
      return upperSurprise(mine, offset, moment.gain, prior, value, DEVIATION_MIN)
    }
  },

  learn(own, groups, moment, trust) {
    if (moment.event.volume === undefined) return
    add(own, moment, trust)
    for (const group of groups) add(group, moment, trust)
  },

  merge(into, from) {
    for (const [action, moments] of byKey(from)) mergeMoments(held(into, action), moments)
  },
  scale({ byAction }, factor) {
    for (const moments of byAction.values()) scaleMoments(moments, factor)
  },
  save: (memory) => byKey(memory).map(([action, moments]) => [action, bytesOf(moments)]),
  load(saved, holder) {
    const entries = saved as z.infer<typeof savedSizes>
    const byAction = new Map(entries.map(([action, bytes]) => [action, floatsOf(bytes)]))
    return { byAction, actionsMax: ACTIONS_MAX[holder] }
  },
}

function add(memory: SizesMemory, { event, keys, gain }: Moment, trust: number): void {
  const { bytes, records } = event.volume!
  const moments = held(memory, keys.action)
  if (bytes !== undefined) addMoment(moments, 0, logAmount(bytes), gain * trust)
  if (records !== undefined) addMoment(moments, RECORDS_AT, logAmount(records), gain * trust)
}

function logAmount(amount: number): number {
  return Math.log1p(Math.min(amount, AMOUNT_MAX))
}

/** The moments of an action, made room for by forgetting the one with the least weight. */
function held({ byAction, actionsMax }: SizesMemory, action: number): Moments {
  const known = byAction.get(action)
  if (known !== undefined) return known
  if (byAction.size >= actionsMax) {
    let lightest = -1
    let least = Number.POSITIVE_INFINITY
    for (const [key, moments] of byAction) {
      const weight = moments[0]! + moments[RECORDS_AT]!
      if (weight < least || (weight === least && key < lightest)) {
        lightest = key
        least = weight
      }
    }
    byAction.delete(lightest)
  }
  const moments = new Float32Array(2 * MOMENTS_SIZE)
  byAction.set(action, moments)
  return moments
}

function byKey({ byAction }: SizesMemory): [number, Moments][] {
  return [...byAction].sort((a, b) => a[0] - b[0])
}

const scratchTenant: Prior = { mean: 0, variance: 0 }
const scratchBlueprint: Prior = { mean: 0, variance: 0 }
