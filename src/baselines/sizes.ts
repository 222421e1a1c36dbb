/**
 * Sizes: how much a single call of each action moves, and how often it is taken in a session.
 *
 * Mean and spread of the logarithm of bytes and records by action, and of its calls in every session
 * that had any, read as a Normal-inverse-gamma predictive expects the next; an action new to the
 * agent expects what its blueprint's calls of it do, and one new to all what any does.
 * Source    Murphy (2007), "Conjugate Bayesian analysis of the Gaussian distribution", section 3.
 * Departs   Only a record is surprising.
 * Cost      At most 52 bytes an action at rest, at most 32 an agent; O(1).
 * Blind to  Many calls of usual size spread over sessions; see volume.
 */
import { z } from 'zod'
import { AMOUNT_MAX } from '../event/event.ts'
import { bitsIn, bitsWritten } from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import { putKeys, takeKeys } from '../math/columns.ts'
import { log1p } from '../math/logs.ts'
import {
  addMoment,
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

const ACTIONS_MAX = { agent: 32, group: 512 }
/** What is expected of a call of which nothing is known: e⁵ bytes, e¹ records, give or take a lot. */
const UNKNOWN_BYTES: Prior = { mean: 5, variance: 16 }
const UNKNOWN_RECORDS: Prior = { mean: 1, variance: 4 }
/** What is expected of a session: e¹ − 1 calls of an action, give or take a few. */
const UNKNOWN_CALLS: Prior = { mean: 1, variance: 0.6 }
const DEVIATION_MIN = 0.3
/** Calls of an action before it is known how large they are. */
const WEIGHED_MIN = 4
/** One call counts for no more: a session is judged by all of them. */
const DEVIATIONS_MAX = 4
/** Square of the deviations of a session from which on it is worth an answer: one in fifteen is. */
const NOTABLE = 2.25
const RECORDS_AT = MOMENTS_SIZE
const CALLS_AT = 2 * MOMENTS_SIZE
const PLACES = 3 * MOMENTS_SIZE

/** Moments of log(1 + bytes), of log(1 + records), of log(1 + calls), by key of action. */
export interface SizesMemory {
  readonly byAction: Map<number, Moments>
  readonly actionsMax: number
}

export interface SizesReading {
  bytesNats: number
  recordsNats: number
  callsNats: number
  /** Logarithm of one more than the largest and the usual so far; 0 where none is known. */
  logLargestBytes: number
  logLargestRecords: number
  logLargestCalls: number
  /** Logarithm of one more than the call's own. */
  logBytes: number
  logRecords: number
  logUsualBytes: number
  logUsualRecords: number
  logUsualCalls: number
  /** Calls of the action in the session, this one among them. */
  calls: number
  /** By how many deviations the call is larger than usual; undefined where that is not known. */
  deviations: number | undefined
  /** How surprising the sizes of the session's calls are all together, in nats. */
  sessionNats: number
  /** How many calls that is, and how many times as large as usual they are in the middle. */
  sessionCalls: number
  sessionDeviations: number
  /** How many calls of the session took something in before. */
  sessionTaken: number
}

/** As until v2: an action and its moments. */
const plainSizes = z.array(z.tuple([z.number(), z.instanceof(Uint8Array)]))

const NOTHING: Moments = new Float32Array(PLACES)

function blankReading(): SizesReading {
  return {
    bytesNats: 0,
    recordsNats: 0,
    callsNats: 0,
    logLargestBytes: 0,
    logLargestRecords: 0,
    logLargestCalls: 0,
    logBytes: 0,
    logRecords: 0,
    logUsualBytes: 0,
    logUsualRecords: 0,
    logUsualCalls: 0,
    calls: 0,
    deviations: undefined,
    sessionNats: 0,
    sessionCalls: 0,
    sessionDeviations: 0,
    sessionTaken: 0,
  }
}

export const sizes: Baseline<SizesMemory, SizesReading> = {
  name: 'sizes',
  version: 3,
  schema: z.union([z.instanceof(Uint8Array), plainSizes]),
  blank: (holder) => ({ byAction: new Map(), actionsMax: ACTIONS_MAX[holder] }),
  clear: ({ byAction }) => byAction.clear(),
  blankReading,

  read(own, kin, moment, into = blankReading()) {
    const { volume } = moment.event
    const { action } = moment.keys
    const mine = own.byAction.get(action) ?? NOTHING
    const calls = moment.session.sameDeeds
    const logBytes = logAmount(volume?.bytes ?? 0)
    const logRecords = logAmount(volume?.records ?? 0)
    into.calls = calls
    into.logBytes = logBytes
    into.logRecords = logRecords
    into.bytesNats = surpriseOf(mine, kin, moment, logBytes, 0, UNKNOWN_BYTES)
    into.recordsNats = surpriseOf(mine, kin, moment, logRecords, RECORDS_AT, UNKNOWN_RECORDS)
    into.callsNats =
      calls < 3 ? 0 : surpriseOf(mine, kin, moment, logAmount(calls), CALLS_AT, UNKNOWN_CALLS)
    into.logLargestBytes = mine[3]!
    into.logLargestRecords = mine[RECORDS_AT + 3]!
    into.logLargestCalls = mine[CALLS_AT + 3]!
    into.logUsualBytes = mine[1]!
    into.logUsualRecords = mine[RECORDS_AT + 1]!
    into.logUsualCalls = mine[CALLS_AT + 1]!
    into.sessionTaken = moment.session.taken
    weigh(mine, moment, into)
    return into
  },

  learn(own, groups, { event, keys, gain, closings }, trust, reading) {
    for (const { deeds, trust: trusted } of closings) {
      for (let at = 0; at < deeds.length; at += 2) {
        const logCalls = logAmount(deeds[at + 1]!)
        addCalls(own, deeds[at]!, logCalls, gain * trusted)
        for (const group of groups) addCalls(group, deeds[at]!, logCalls, gain * trusted)
      }
    }
    if (event.volume === undefined) return
    const { bytes, records } = event.volume
    const logBytes = bytes === undefined ? undefined : reading.logBytes
    const logRecords = records === undefined ? undefined : reading.logRecords
    add(own, keys.action, logBytes, logRecords, gain * trust)
    for (const group of groups) add(group, keys.action, logBytes, logRecords, gain * trust)
  },

  merge(into, from) {
    // In order only where some will be forgotten on the way: else it makes no difference.
    const hasRoom = into.byAction.size + from.byAction.size <= into.actionsMax
    for (const [action, moments] of hasRoom ? from.byAction : byKey(from)) {
      mergeMoments(held(into, action), moments)
    }
  },
  scale({ byAction }, factor) {
    for (const moments of byAction.values()) scaleMoments(moments, factor)
  },
  save(memory) {
    const entries = byKey(memory)
    const keys = entries.map(([action]) => action)
    return bitsWritten((bits) => {
      putKeys(bits, keys, keys.length)
      for (const [, moments] of entries) putMoments(bits, moments)
    })
  },
  load(saved, holder) {
    const byAction = new Map<number, Moments>()
    if (saved instanceof Uint8Array) {
      const bits = bitsIn(saved)
      for (const action of takeKeys(bits)) byAction.set(action, takeMoments(bits, PLACES))
    } else {
      for (const [action, bytes] of saved as z.infer<typeof plainSizes>) {
        const moments = new Float32Array(PLACES) // until v2 without calls
        moments.set(floatsOf(bytes))
        byAction.set(action, moments)
      }
    }
    return { byAction, actionsMax: ACTIONS_MAX[holder] }
  },
}

/** Reads the call and its session by how far they are from usual, in deviations. */
function weigh(mine: Moments, { event, session, gain }: Moment, into: SizesReading): void {
  const { volume } = event
  into.deviations = undefined
  into.sessionNats = 0
  if (volume === undefined) return
  const hasRecords = volume.records !== undefined
  const offset = hasRecords ? RECORDS_AT : 0
  const weight = mine[offset]!
  // Of an event that comes years late the gain is 0, and nothing is known.
  if (weight === 0 || weight < WEIGHED_MIN * gain) return
  const spread = Math.max(Math.sqrt(mine[offset + 2]! / weight), DEVIATION_MIN)
  const apart = (hasRecords ? into.logRecords : into.logBytes) - mine[offset + 1]!
  into.deviations = Math.min(Math.max(apart / spread, -DEVIATIONS_MAX), DEVIATIONS_MAX)
  into.sessionCalls = session.weighed + 1
  if (into.sessionCalls < 2) return
  const sum = session.heft + into.deviations
  if (sum * sum < NOTABLE * into.sessionCalls || sum <= 0) return
  into.sessionDeviations = sum / into.sessionCalls
  into.sessionNats = (sum * sum) / (2 * into.sessionCalls)
}

function surpriseOf(
  mine: Moments,
  kin: Kin<SizesMemory>,
  { keys, gain }: Moment,
  value: number,
  offset: number,
  unknown: Prior,
): number {
  if (!isRecord(mine, offset, value)) return 0
  const all = kin.tenant.byAction.get(keys.action) ?? NOTHING
  let prior = priorFrom(all, offset, gain, unknown, scratchTenant)
  const peers = kin.blueprint?.byAction.get(keys.action)
  if (peers !== undefined) prior = priorFrom(peers, offset, gain, prior, scratchBlueprint)
  return upperSurprise(mine, offset, gain, prior, value, DEVIATION_MIN)
}

/** What a session that ended says of one of its actions. */
function addCalls(memory: SizesMemory, action: number, logCalls: number, weight: number): void {
  addMoment(held(memory, action), CALLS_AT, logCalls, weight)
}

function add(
  memory: SizesMemory,
  action: number,
  logBytes: number | undefined,
  logRecords: number | undefined,
  weight: number,
): void {
  const moments = held(memory, action)
  if (logBytes !== undefined) addMoment(moments, 0, logBytes, weight)
  if (logRecords !== undefined) addMoment(moments, RECORDS_AT, logRecords, weight)
}

function logAmount(amount: number): number {
  return log1p(Math.min(amount, AMOUNT_MAX))
}

/** The moments of an action, made room for by forgetting the one with the least weight. */
function held({ byAction, actionsMax }: SizesMemory, action: number): Moments {
  const known = byAction.get(action)
  if (known !== undefined) return known
  if (byAction.size >= actionsMax) {
    let lightest = -1
    let least = Number.POSITIVE_INFINITY
    for (const [key, moments] of byAction) {
      const weight = moments[0]! + moments[RECORDS_AT]! + moments[CALLS_AT]!
      if (weight < least || (weight === least && key < lightest)) {
        lightest = key
        least = weight
      }
    }
    byAction.delete(lightest)
  }
  const moments = new Float32Array(PLACES)
  byAction.set(action, moments)
  return moments
}

function byKey({ byAction }: SizesMemory): [number, Moments][] {
  return [...byAction].sort((a, b) => a[0] - b[0])
}

const scratchTenant: Prior = { mean: 0, variance: 0 }
const scratchBlueprint: Prior = { mean: 0, variance: 0 }
