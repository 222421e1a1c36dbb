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

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/**
 * What is added up. Distinct resources are estimated from a bitmap of `BITMAP_WORDS` words; denials are
 * told from failures, which come in every outage. Strangeness is what scoring found odd in the
 * events themselves, in nats.
 */
export const measures = [
  'events',
  'records',
  'bytes',
  'resources',
  'denials',
  'strangeness',
] as const
export const MEASURES = measures.length
export const STRANGENESS = measures.indexOf('strangeness')

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

export interface Span {
  totals: Float64Array
  bitmap: Int32Array
  /** The lowest weight any event of it was learned with: an odd window is not learned as usual. */
  trust: number
}

export interface Window extends Span {
  /** Which window of the clock it is: epoch time divided by its length. */
  index: number
}

/** Shared by sessions in which nothing was found: replaced, never written to. */
export const NO_FINDINGS = new Float64Array(0)
/** Different actions of a session that are counted; most have fewer. */
const DEEDS_MAX = 12

export interface Session extends Span {
  /** Key of its id; 0 for events that name none. */
  key: number
  lastMs: number
  /** Key of the action before; 0 at the start. */
  lastAction: number
  /** Keys of the actions so far, each followed by how often it was taken. */
  deeds: number[]
  /** How often the latest action was taken so far; 0 where it is not counted. */
  sameDeeds: number
  /** The strongest findings so far by aspect, in nats, as they stood at `lastMs`; see scoring. */
  findings: Float64Array
}

export interface Context {
  windows: Window[]
  sessions: Session[]
  /** Time of the latest event; 0 for none. */
  lastMs: number
}

/** A finished window or session, to be learned from. */
export interface Closing {
  readonly span: number
  readonly totals: Float64Array
  readonly trust: number
  /** Of a session: keys of its actions, each followed by how often it was taken. */
  readonly deeds: readonly number[]
}

const NO_DEEDS: readonly number[] = []

function blankSpan(): Span {
  return { totals: new Float64Array(MEASURES), bitmap: new Int32Array(BITMAP_WORDS), trust: 1 }
}

export function blankContext(): Context {
  const windows = WINDOW_MS.map(() => ({ ...blankSpan(), index: 0 }))
  return { windows, sessions: [], lastMs: 0 }
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
  for (let span = 0; span < SESSION_SPAN; span++) {
    const window = context.windows[span]!
    const index = Math.floor(event.atMs / WINDOW_MS[span]!)
    // An event later than its window is learned by the baselines, not added to a newer window; a
    // window too far ahead was opened by a clock that was wrong, and gives way.
    const aheadMs = (window.index - index) * WINDOW_MS[span]!
    if (aheadMs > 0 && aheadMs <= CLOCK_ERROR_MS) continue
    if (index !== window.index) {
      if (window.totals[0]! > 0) closings.push(close(window, span))
      window.index = index
    }
    addTo(window, event, keys)
  }
  const session = openSession(context, event.atMs, sessionKey, closings)
  addTo(session, event, keys)
  countDeed(session, keys.action)
  const elapsedMs = event.atMs - session.lastMs
  session.lastMs = Math.max(session.lastMs, event.atMs)
  context.lastMs = Math.max(context.lastMs, event.atMs)
  return { session, elapsedMs }
}

/** Adds what scoring found odd in an event, in nats, to the spans it fell in. */
export function addStrangeness(
  context: Context,
  session: Session,
  atMs: number,
  nats: number,
): void {
  for (let span = 0; span < SESSION_SPAN; span++) {
    const window = context.windows[span]!
    if (Math.floor(atMs / WINDOW_MS[span]!) === window.index) add(window)
  }
  add(session)

  function add({ totals }: Span): void {
    totals[STRANGENESS] = totals[STRANGENESS]! + nats
  }
}

/** The running totals over a span: `session` for the last of them. */
export function spanOf(context: Context, session: Session, span: number): Span {
  return span === SESSION_SPAN ? session : context.windows[span]!
}

function openSession(
  context: Context,
  atMs: number,
  sessionKey: number,
  closings: Closing[],
): Session {
  const { sessions } = context
  let known: Session | undefined
  for (const session of sessions) {
    if (session.key === sessionKey) {
      known = session
      break
    }
  }
  if (known !== undefined) {
    if (sessionKey !== 0 || atMs - known.lastMs <= SESSION_GAP_MS) return known
    sessions.splice(sessions.indexOf(known), 1)
    closings.push(close(known, SESSION_SPAN, known.deeds))
  } else if (sessions.length >= SESSIONS_MAX) {
    const idle = sessions.reduce((a, b) => (b.lastMs < a.lastMs ? b : a))
    sessions.splice(sessions.indexOf(idle), 1)
    closings.push(close(idle, SESSION_SPAN, idle.deeds))
  }
  const opened = {
    ...blankSpan(),
    key: sessionKey,
    lastMs: atMs,
    lastAction: 0,
    deeds: [],
    sameDeeds: 0,
    findings: NO_FINDINGS,
  }
  sessions.push(opened)
  return opened
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

function addTo(span: Span, { volume, outcome }: Event, { resource }: EventKeys): void {
  const { totals, bitmap } = span
  totals[0] = totals[0]! + 1
  if (volume !== undefined) {
    if (volume.records !== undefined) totals[1] = totals[1]! + Math.min(volume.records, AMOUNT_MAX)
    if (volume.bytes !== undefined) totals[2] = totals[2]! + Math.min(volume.bytes, AMOUNT_MAX)
  }
  if (outcome === 'denied') totals[4] = totals[4]! + 1
  const word = (resource >>> 5) & (BITMAP_WORDS - 1)
  const bit = 1 << (resource & 31)
  if ((bitmap[word]! & bit) !== 0) return
  bitmap[word] = bitmap[word]! | bit
  totals[3] = distinctIn(bitmap)
}

/** Whang, Vander-Zanden, Taylor (1990), "A linear-time probabilistic counting algorithm", TODS. */
function distinctIn(bitmap: Int32Array): number {
  let free = 0
  for (const word of bitmap) free += 32 - ones(word)
  const bits = bitmap.length * 32
  return Math.round(bits * Math.log(bits / Math.max(free, 0.5)))
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function close(span: Span, index: number, deeds: readonly number[] = NO_DEEDS): Closing {
  const closing = { span: index, totals: span.totals, trust: span.trust, deeds }
  span.totals = new Float64Array(MEASURES)
  span.bitmap = new Int32Array(BITMAP_WORDS)
  span.trust = 1
  return closing
}

const savedSpan = [z.array(z.number()).length(MEASURES), z.array(z.number()), z.number()] as const
export const savedContext = z.object({
  windows: z.array(z.tuple([...savedSpan, z.number()])).length(WINDOW_MS.length),
  sessions: z
    .array(
      z.tuple([
        ...savedSpan,
        z.number(),
        z.number(),
        z.number(),
        z.array(z.number()),
        z.array(z.number()),
      ]),
    )
    .max(SESSIONS_MAX),
  lastMs: z.number(),
})
type SavedContext = z.infer<typeof savedContext>

export function saveContext({ windows, sessions, lastMs }: Context): SavedContext {
  return {
    windows: windows.map((window) => [...saveSpan(window), window.index]),
    sessions: sessions.map((session) => [
      ...saveSpan(session),
      session.key,
      session.lastMs,
      session.lastAction,
      [...session.deeds],
      [...session.findings],
    ]),
    lastMs,
  }
}

/** Reads what `saveContext` wrote; the caller has checked it against `savedContext`. */
export function loadContext({ windows, sessions, lastMs }: SavedContext): Context {
  return {
    windows: windows.map(([totals, bitmap, trust, index]) => ({
      ...loadSpan(totals, bitmap, trust),
      index,
    })),
    sessions: sessions.map(([totals, bitmap, trust, key, atMs, lastAction, deeds, findings]) => ({
      ...loadSpan(totals, bitmap, trust),
      key,
      lastMs: atMs,
      lastAction,
      deeds: [...deeds],
      sameDeeds: 0,
      findings: Float64Array.from(findings),
    })),
    lastMs,
  }
}

function saveSpan({ totals, bitmap, trust }: Span): [number[], number[], number] {
  return [[...totals], [...bitmap], trust]
}

function loadSpan(totals: number[], bitmap: number[], trust: number): Span {
  return { totals: Float64Array.from(totals), bitmap: Int32Array.from(bitmap), trust }
}
