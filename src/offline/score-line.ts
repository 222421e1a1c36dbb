/** Score line: one event's score as a line of NDJSON, put together by hand because there are millions. */
import { DAY_MS } from '../agent/context.ts'
import type { Verdict } from '../engine.ts'
import type { Event } from '../event/event.ts'
import { channels, EVENT } from '../scoring/channels.ts'

/** Text that JSON takes as it is. */
const PLAIN = /^[\w .:/@+=-]*$/
/** Below this p is written with an exponent, so that six digits of it are kept. */
const EXPONENT_P = 1e-3
/** Below this powers of ten no longer scale it. */
const TINY_P = 1e-290

const detectorNames = channels.slice(0, EVENT).map((name) => JSON.stringify(name))
const digits = (count: number) =>
  Array.from({ length: 10 ** count }, (_, number) => String(number).padStart(count, '0'))
const twoDigits = digits(2)
const threeDigits = digits(3)

/** `{"id","agent","time","score","p","top":[{"detector","p"}…]}` and a line feed. */
export function scoreLine({ id, agent, atMs }: Event, { score, p, surprises }: Verdict): string {
  return `{"id":${quoted(id)},"agent":${quoted(agent.id)},"time":"${timeText(atMs)}","score":${sixDecimals(
    score,
  )},"p":${short(p)},"top":[${top(surprises)}]}\n`
}

/** The three detectors that are most surprised; those that saw nothing at all are left out. */
function top(surprises: Float64Array): string {
  let first = -1
  let second = -1
  let third = -1
  for (let at = 0; at < EVENT; at++) {
    const surprise = surprises[at]!
    if (!(surprise > 0)) continue
    if (first < 0 || surprise > surprises[first]!) {
      third = second
      second = first
      first = at
    } else if (second < 0 || surprise > surprises[second]!) {
      third = second
      second = at
    } else if (third < 0 || surprise > surprises[third]!) third = at
  }
  if (first < 0) return ''
  let text = finding(first, surprises[first]!)
  if (second >= 0) text += `,${finding(second, surprises[second]!)}`
  if (third >= 0) text += `,${finding(third, surprises[third]!)}`
  return text
}

const finding = (at: number, surprise: number) =>
  `{"detector":${detectorNames[at]},"p":${short(Math.exp(-surprise))}}`

/** A number from 0 to a thousand, by hand: `String` would spend half the line's time on it. */
function sixDecimals(number: number): string {
  const millionths = Math.round(number * 1e6)
  const whole = Math.floor(millionths / 1e6)
  const rest = millionths - whole * 1e6
  if (rest === 0) return String(whole)
  const thousands = Math.floor(rest / 1e3)
  return `${whole}.${threeDigits[thousands]}${threeDigits[rest - thousands * 1e3]}`
}

/** Six digits of a p: `0.004913`, `3.35463e-4`. */
function short(p: number): string {
  if (p >= EXPONENT_P) return sixDecimals(p)
  if (!(p >= TINY_P)) return String(p)
  let exponent = Math.ceil(-Math.log10(p))
  let mantissa = Math.round(p * 10 ** (exponent + 5))
  if (mantissa >= 1e6) {
    exponent--
    mantissa = Math.round(mantissa / 10)
  }
  const first = Math.floor(mantissa / 1e5)
  const rest = mantissa - first * 1e5
  const twoMore = Math.floor(rest / 1e3)
  return `${first}.${twoDigits[twoMore]}${threeDigits[rest - twoMore * 1e3]}e-${exponent}`
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

let day = Number.NaN
let dayText = ''

/** As `toISOString`, several times as fast where events of one day follow one another. */
export function timeText(atMs: number): string {
  const its = Math.floor(atMs / DAY_MS)
  if (its !== day) {
    day = its
    dayText = new Date(its * DAY_MS).toISOString().slice(0, 11)
  }
  const ms = atMs - its * DAY_MS
  const hours = twoDigits[Math.floor(ms / 3_600_000)]!
  const minutes = twoDigits[Math.floor(ms / 60_000) % 60]!
  const seconds = twoDigits[Math.floor(ms / 1_000) % 60]!
  const rest = ms % 1_000
  return `${dayText}${hours}:${minutes}:${seconds}.${threeDigits[rest]}Z`
}
