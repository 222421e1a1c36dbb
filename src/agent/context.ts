/**
 * Context: what an agent is in the middle of. Its running windows and its open sessions.
 *
 * Short-term and separate from what baselines learn: it goes on when learning is frozen. A window is
 * a stretch of the UTC clock; when the first event after it arrives, its totals are handed over to be
 * learned. A session is the event's own, or else what follows within half an hour.
 */
import { z } from 'zod'
import { AMOUNT_MAX, type Event } from '../event/event.ts'
import type { EventKeys } from '../event/keys.ts'
import {
  type Bits,
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putNumber,
  takeBits,
  takeCount,
  takeNumber,
  takeSize,
  widthOf,
} from '../math/bits.ts'
import { putKeys, putPlaces, takeKeys, takePlaces } from '../math/columns.ts'
import { KEY_WIDTH, pairKey } from '../math/hash.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/**
 * What is added up. Distinct resources are estimated from a bitmap of `BITMAP_WORDS` words; denials are
 * told from failures, which come in every outage. Strangeness is what scoring found odd in the
 * events themselves, in nats. Minutes are how long a session has lasted; a window's stay 0.
 */
export const measures = [
  'events',
  'records',
  'bytes',
  'resources',
  'denials',
  'strangeness',
  'minutes',
] as const
export const MEASURES = measures.length
export const STRANGENESS = measures.indexOf('strangeness')
const MINUTES = measures.indexOf('minutes')

/** Over what it is added up: three clock windows and the session. */
export const spans = ['10 min', 'hour', 'day', 'session'] as const
export const SPANS = spans.length
const WINDOW_MS = [10 * MINUTE_MS, HOUR_MS, DAY_MS] as const
const SESSION_SPAN = SPANS - 1

/** 128 bits tell up to about 500 distinct resources apart. */
const BITMAP_WORDS = 4
/** Sessions an agent may have open at once; the one idle longest is closed first. */
const SESSIONS_MAX = 8
/** Events come late by hours or days; a window further ahead than this was a mistake. */
const CLOCK_ERROR_MS = 7 * DAY_MS
/** A session without an id ends after this silence. */
const SESSION_GAP_MS = 30 * MINUTE_MS

/**
 * What is known of a span, `SPAN_CELLS` numbers: its totals by measure, then two more. The windows of
 * an agent lie next to one another, for every event falls in all of them.
 */
const SPAN_CELLS = MEASURES + 2
/** The lowest weight any event of it was learned with: an odd window is not learned as usual. */
const TRUST = MEASURES
/** Of a window which one of the clock it is, epoch time divided by its length; of a session its latest event. */
const WHEN = MEASURES + 1

/** Shared by sessions in which nothing was found: replaced, never written to. */
export const NO_FINDINGS = new Float64Array(0)
/** Different actions of a session that are counted; most have fewer. */
const DEEDS_MAX = 12

export interface Session {
  readonly cells: Float64Array
  readonly bitmap: number[]
  /** Key of its id; 0 for events that name none. */
  readonly key: number
  /** Key of the action before; 0 at the start. */
  lastAction: number
  /** Keys of the way that led here: of the last two actions, and of the last three; 0 for fewer. */
  lastTwo: number
  lastThree: number
  /** Keys of the actions so far, each followed by how often it was taken. */
  readonly deeds: number[]
  /** How often the latest action was taken so far; 0 where it is not counted. */
  sameDeeds: number
  /** The strongest findings so far by aspect, in nats, as of the latest event; see scoring. */
  findings: Float64Array
  /** How many of its calls took something in, rather than sent it out. */
  taken: number
  /** By how many deviations its calls were larger than usual, summed, and of how many calls. */
  heft: number
  weighed: number
  /** How much evidence its events have shown of late, on average in nats as of the latest; see scoring. */
  level: number
}

export interface Context {
  /** Cells and bitmap of every window. */
  readonly windows: Float64Array
  readonly bitmap: number[]
  readonly sessions: Session[]
  /** Time of the latest event; 0 for none. */
  lastMs: number
  /** What `lastMs` was before the event at hand. */
  previousMs: number
}

/** A finished window or session, to be learned from. */
export interface Closing {
  readonly span: number
  /** Of a window which one of the clock it was, epoch time divided by its length; of a session its latest event. */
  readonly when: number
  /** By measure. */
  readonly totals: Float64Array
  readonly trust: number
  /** Of a session: keys of its actions, each followed by how often it was taken. */
  readonly deeds: readonly number[]
}

const NO_DEEDS: readonly number[] = []
const NO_BITS: readonly number[] = Array.from({ length: BITMAP_WORDS }, () => 0)

export function blankContext(): Context {
  const windows = new Float64Array(SESSION_SPAN * SPAN_CELLS)
  for (let span = 0; span < SESSION_SPAN; span++) windows[startOf(span) + TRUST] = 1
  const bitmap = WINDOW_MS.flatMap(() => NO_BITS)
  return { windows, bitmap, sessions: [], lastMs: 0, previousMs: 0 }
}

/**
 * Takes an event in. Answers its session and the time since the event before in it; what
 * came to an end is appended to `closings`.
 */
export function advance(
  context: Context,
  event: Event,
  keys: EventKeys,
  sessionKey: number,
  closings: Closing[],
): { session: Session; elapsedMs: number } {
  const { windows, bitmap } = context
  const { atMs, volume, outcome } = event
  const records = Math.min(volume?.records ?? 0, AMOUNT_MAX)
  const bytes = Math.min(volume?.bytes ?? 0, AMOUNT_MAX)
  const denials = outcome === 'denied' ? 1 : 0
  const { resource } = keys
  for (let span = 0; span < SESSION_SPAN; span++) {
    const start = startOf(span)
    const index = Math.floor(atMs / WINDOW_MS[span]!)
    // An event later than its window is learned by the baselines, not added to a newer window; a
    // window too far ahead was opened by a clock that was wrong, and gives way.
    const ahead = windows[start + WHEN]! - index
    if (ahead > 0 && ahead * WINDOW_MS[span]! <= CLOCK_ERROR_MS) continue
    if (ahead !== 0) {
      if (windows[start]! > 0) closings.push(closeWindow(context, span))
      windows[start + WHEN] = index
    }
    addTo(windows, start, records, bytes, denials)
    meet(windows, start, bitmap, span * BITMAP_WORDS, resource)
  }
  const session = openSession(context, atMs, sessionKey, closings)
  const { cells } = session
  addTo(cells, 0, records, bytes, denials)
  meet(cells, 0, session.bitmap, 0, resource)
  countDeed(session, keys.action)
  const elapsedMs = atMs - cells[WHEN]!
  if (elapsedMs > 0) {
    cells[WHEN] = atMs
    cells[MINUTES] = Math.fround(cells[MINUTES]! + elapsedMs / MINUTE_MS)
  }
  context.previousMs = context.lastMs
  if (atMs > context.lastMs) context.lastMs = atMs
  return { session, elapsedMs }
}

/** Adds what scoring found odd in an event, in nats, to the spans it fell in. */
export function addStrangeness(
  { windows }: Context,
  { cells }: Session,
  atMs: number,
  nats: number,
): void {
  for (let span = 0; span < SESSION_SPAN; span++) {
    const start = startOf(span)
    if (Math.floor(atMs / WINDOW_MS[span]!) !== windows[start + WHEN]) continue
    windows[start + STRANGENESS] = Math.fround(windows[start + STRANGENESS]! + nats)
  }
  cells[STRANGENESS] = Math.fround(cells[STRANGENESS]! + nats)
}

/** Goes on to the next event of a session: what went before is known by then. */
export function proceed(
  session: Session,
  { action }: EventKeys,
  isIntake: boolean,
  deviations: number | undefined,
): void {
  session.lastThree = session.lastTwo === 0 ? 0 : pairKey(session.lastTwo, action)
  session.lastTwo = pairKey(session.lastAction, action)
  session.lastAction = action
  if (isIntake) session.taken++
  if (deviations === undefined) return
  session.heft = Math.fround(session.heft + deviations)
  session.weighed++
}

/** Learns with how much weight the latest event was learned. */
export function lowerTrust({ windows }: Context, { cells }: Session, trust: number): void {
  for (let span = 0; span < SESSION_SPAN; span++) {
    const start = startOf(span)
    if (trust < windows[start + TRUST]!) windows[start + TRUST] = Math.fround(trust)
  }
  if (trust < cells[TRUST]!) cells[TRUST] = Math.fround(trust)
}

/** The running totals over a span, by measure from `startOf` it: `session` for the last of them. */
export function totalsOf({ windows }: Context, session: Session, span: number): Float64Array {
  return span === SESSION_SPAN ? session.cells : windows
}

export function startOf(span: number): number {
  return span === SESSION_SPAN ? 0 : span * SPAN_CELLS
}

function openSession(
  { sessions }: Context,
  atMs: number,
  sessionKey: number,
  closings: Closing[],
): Session {
  // The youngest is the likeliest to go on.
  let place = sessions.length - 1
  while (place >= 0 && sessions[place]!.key !== sessionKey) place--
  if (place >= 0) {
    const known = sessions[place]!
    if (sessionKey !== 0 || atMs - known.cells[WHEN]! <= SESSION_GAP_MS) return known
  } else if (sessions.length >= SESSIONS_MAX) {
    place = idlest(sessions)
  }
  if (place >= 0) closings.push(closeSession(sessions.splice(place, 1)[0]!))
  const cells = new Float64Array(SPAN_CELLS)
  cells[TRUST] = 1
  cells[WHEN] = atMs
  const opened = {
    cells,
    bitmap: NO_BITS.slice(),
    key: sessionKey,
    lastAction: 0,
    lastTwo: 0,
    lastThree: 0,
    deeds: [],
    sameDeeds: 0,
    findings: NO_FINDINGS,
    taken: 0,
    heft: 0,
    weighed: 0,
    level: 0,
  }
  sessions.push(opened)
  return opened
}

/** Which of them has been without an event for longest; of several, the one opened first. */
function idlest(sessions: readonly Session[]): number {
  let least = 0
  for (let place = 1; place < sessions.length; place++) {
    if (sessions[place]!.cells[WHEN]! < sessions[least]!.cells[WHEN]!) least = place
  }
  return least
}

function countDeed(session: Session, action: number): void {
  const { deeds } = session
  session.sameDeeds = 0
  for (let at = 0; at < deeds.length; at += 2) {
    if (deeds[at] !== action) continue
    session.sameDeeds = deeds[at + 1]! + 1
    deeds[at + 1] = session.sameDeeds
    return
  }
  if (deeds.length >= 2 * DEEDS_MAX) return
  deeds.push(action, 1)
  session.sameDeeds = 1
}

function addTo(
  cells: Float64Array,
  start: number,
  records: number,
  bytes: number,
  denials: number,
): void {
  cells[start] = cells[start]! + 1
  cells[start + 1] = cells[start + 1]! + records
  cells[start + 2] = cells[start + 2]! + bytes
  cells[start + 4] = cells[start + 4]! + denials
}

/** Counts the resource among the different ones of a span, where it is new to it. */
function meet(
  cells: Float64Array,
  start: number,
  bitmap: number[],
  words: number,
  resource: number,
): void {
  const word = words + ((resource >>> 5) & (BITMAP_WORDS - 1))
  const bit = 1 << (resource & 31)
  if ((bitmap[word]! & bit) !== 0) return
  bitmap[word] = bitmap[word]! | bit
  let seen = 0
  for (let at = words; at < words + BITMAP_WORDS; at++) seen += ones(bitmap[at]!)
  cells[start + 3] = DISTINCT[seen]!
}

const BITS = BITMAP_WORDS * 32
/**
 * How many different ones have set so many bits.
 * Whang, Vander-Zanden, Taylor (1990), "A linear-time probabilistic counting algorithm", TODS.
 */
const DISTINCT = Float64Array.from({ length: BITS + 1 }, (_, seen) =>
  Math.round(BITS * Math.log(BITS / Math.max(BITS - seen, 0.5))),
)

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Hands over what a window holds, and begins it anew. */
function closeWindow({ windows, bitmap }: Context, span: number): Closing {
  const start = startOf(span)
  const totals = windows.slice(start, start + MEASURES)
  const trust = windows[start + TRUST]!
  const when = windows[start + WHEN]!
  windows.fill(0, start, start + MEASURES)
  windows[start + TRUST] = 1
  bitmap.fill(0, span * BITMAP_WORDS, (span + 1) * BITMAP_WORDS)
  return { span, when, totals, trust, deeds: NO_DEEDS }
}

function closeSession({ cells, deeds }: Session): Closing {
  return { span: SESSION_SPAN, when: cells[WHEN]!, totals: cells, trust: cells[TRUST]!, deeds }
}

/** At rest: numbers in as few bits as they need, most of them short of the latest moment. */
export function saveContext({
  windows,
  bitmap,
  sessions,
  lastMs,
}: Context): Uint8Array<ArrayBuffer> {
  return bitsWritten((bits) => {
    putNumber(bits, lastMs)
    for (let span = 0; span < SESSION_SPAN; span++) {
      const start = startOf(span)
      putSpan(bits, windows, start, bitmap, span * BITMAP_WORDS)
      putNumber(bits, Math.floor(lastMs / WINDOW_MS[span]!) - windows[start + WHEN]!)
    }
    // Sessions of an agent take the same actions: each is written once.
    const met = sessions.flatMap(({ deeds }) => deeds.filter((_, at) => at % 2 === 0))
    for (const { lastAction } of sessions) met.push(lastAction)
    const actions = [...new Set(met)].filter((key) => key !== 0).sort((a, b) => a - b)
    putKeys(bits, actions, actions.length)
    const width = widthOf(actions.length)
    putCount(bits, sessions.length)
    for (const session of sessions) putSession(bits, session, lastMs, actions, width)
  })
}

/** Reads what `saveContext` wrote. Throws MEMORY_INVALID. */
export function loadContext(saved: Uint8Array | PlainContext): Context {
  if (!(saved instanceof Uint8Array)) return loadPlain(saved)
  const bits = bitsIn(saved)
  const lastMs = takeNumber(bits)
  const windows = new Float64Array(SESSION_SPAN * SPAN_CELLS)
  const bitmap: number[] = []
  for (let span = 0; span < SESSION_SPAN; span++) {
    const start = startOf(span)
    bitmap.push(...takeSpan(bits, windows, start))
    windows[start + WHEN] = Math.floor(lastMs / WINDOW_MS[span]!) - takeNumber(bits)
  }
  const actions = takeKeys(bits)
  const size = Math.min(takeSize(bits, KEY_WIDTH), SESSIONS_MAX)
  const sessions = Array.from({ length: size }, () => takeSession(bits, lastMs, actions))
  return { windows, bitmap, sessions, lastMs, previousMs: lastMs }
}

/** The totals, the bitmap and the trust of a span. */
function putSpan(
  bits: Bits,
  cells: Float64Array,
  start: number,
  bitmap: readonly number[],
  words: number,
): void {
  for (let measure = 0; measure < MEASURES; measure++) putNumber(bits, cells[start + measure]!)
  putNumber(bits, cells[start + TRUST]!)
  const places: number[] = []
  for (let place = 0; place < BITS; place++) {
    if ((bitmap[words + (place >>> 5)]! & (1 << (place & 31))) !== 0) places.push(place)
  }
  putPlaces(bits, places, BITS)
}

/** Answers the bitmap. */
function takeSpan(bits: Bits, cells: Float64Array, start: number): number[] {
  for (let measure = 0; measure < MEASURES; measure++) cells[start + measure] = takeNumber(bits)
  cells[start + TRUST] = takeNumber(bits)
  const bitmap = NO_BITS.slice()
  for (const place of takePlaces(bits, BITS)) {
    bitmap[place >>> 5] = bitmap[place >>> 5]! | (1 << (place & 31))
  }
  return bitmap
}

function putSession(
  bits: Bits,
  session: Session,
  lastMs: number,
  actions: readonly number[],
  width: number,
): void {
  const { cells, bitmap, deeds, findings } = session
  putBits(bits, session.key, KEY_WIDTH)
  putSpan(bits, cells, 0, bitmap, 0)
  putNumber(bits, lastMs - cells[WHEN]!)
  putBits(bits, actions.indexOf(session.lastAction) + 1, width)
  putCount(bits, deeds.length / 2)
  for (let at = 0; at < deeds.length; at += 2) {
    putBits(bits, actions.indexOf(deeds[at]!) + 1, width)
    putCount(bits, deeds[at + 1]!)
  }
  putCount(bits, findings.length)
  for (const nats of findings) putNumber(bits, nats)
  putBits(bits, session.lastTwo, KEY_WIDTH)
  putBits(bits, session.lastThree, KEY_WIDTH)
  putCount(bits, session.taken)
  putNumber(bits, session.heft)
  putCount(bits, session.weighed)
  putNumber(bits, session.level)
}

function takeSession(bits: Bits, lastMs: number, actions: Int32Array): Session {
  const width = widthOf(actions.length)
  const action = () => actions[takeBits(bits, width) - 1] ?? 0
  const key = takeBits(bits, KEY_WIDTH)
  const cells = new Float64Array(SPAN_CELLS)
  const bitmap = takeSpan(bits, cells, 0)
  cells[WHEN] = lastMs - takeNumber(bits)
  const lastAction = action()
  const deeds: number[] = []
  for (let left = takeSize(bits, 1); left > 0; left--) deeds.push(action(), takeCount(bits))
  const findings = Float64Array.from({ length: takeSize(bits, 2) }, () => takeNumber(bits))
  const lastTwo = takeBits(bits, KEY_WIDTH)
  const lastThree = takeBits(bits, KEY_WIDTH)
  const taken = takeCount(bits)
  const heft = takeNumber(bits)
  const weighed = takeCount(bits)
  const level = takeNumber(bits)
  return {
    cells,
    bitmap,
    key,
    lastAction,
    lastTwo,
    lastThree,
    deeds,
    sameDeeds: 0,
    findings,
    taken,
    heft,
    weighed,
    level,
  }
}

// As it rested until it was written bit by bit.
const plainSpan = [
  z.array(z.number()).length(MEASURES),
  z.array(z.number()).length(BITMAP_WORDS),
  z.number(),
] as const
const plainContext = z.object({
  windows: z.array(z.tuple([...plainSpan, z.number()])).length(WINDOW_MS.length),
  sessions: z
    .array(
      z.tuple([
        ...plainSpan,
        z.number(),
        z.number(),
        z.number(),
        z.array(z.number()),
        z.array(z.number()),
        // Since what a session took in is kept.
        z.tuple([z.number(), z.number(), z.number()]).optional(),
      ]),
    )
    .max(SESSIONS_MAX),
  lastMs: z.number(),
})
type PlainContext = z.infer<typeof plainContext>
export const savedContext = z.union([z.instanceof(Uint8Array), plainContext])

function loadPlain({ windows, sessions, lastMs }: PlainContext): Context {
  return {
    windows: Float64Array.from(
      windows.flatMap(([totals, , trust, index]) => [...totals, trust, index]),
    ),
    bitmap: windows.flatMap(([, bitmap]) => bitmap),
    sessions: sessions.map(
      ([totals, bitmap, trust, key, atMs, lastAction, deeds, findings, intake]) => ({
        cells: Float64Array.of(...totals, trust, atMs),
        bitmap: [...bitmap],
        key,
        lastAction,
        lastTwo: 0,
        lastThree: 0,
        deeds: [...deeds],
        sameDeeds: 0,
        findings: Float64Array.from(findings),
        taken: intake?.[0] ?? 0,
        heft: intake?.[1] ?? 0,
        weighed: intake?.[2] ?? 0,
        level: 0,
      }),
    ),
    lastMs,
    previousMs: lastMs,
  }
}
