/** Clocks on the wall: what time of which day it is in a zone, with the real changes of DST. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Zones the simulated company has staff and servers in, and whose holidays they keep. */
export const COUNTRY_OF_ZONE = {
  'Europe/Berlin': 'DE',
  'America/New_York': 'US',
  'America/Los_Angeles': 'US',
  'Asia/Kolkata': 'IN',
  'Asia/Tokyo': 'JP',
  'Australia/Sydney': 'AU',
  UTC: '',
} as const

export type Zone = keyof typeof COUNTRY_OF_ZONE

export interface WallTime {
  /** Days since 1970-01-01, on the local calendar. */
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  /** [0, 24) */
  readonly hour: number
  /** [0, 1440) */
  readonly minute: number
}

const formatters = new Map<Zone, Intl.DateTimeFormat>()
const offsets = new Map<Zone, Map<number, number>>() // hour since the epoch → offset

/** How far the zone's clocks are ahead of UTC. Zones change only on whole UTC hours. */
export function offsetMs(zone: Zone, atMs: number): number {
  if (zone === 'UTC') return 0
  let known = offsets.get(zone)
  if (known === undefined) {
    known = new Map()
    offsets.set(zone, known)
  }
  const hour = Math.floor(atMs / HOUR_MS)
  let offset = known.get(hour)
  if (offset === undefined) {
    offset = readOffsetMs(zone, hour * HOUR_MS)
    known.set(hour, offset)
  }
  return offset
}

export function wallTime(zone: Zone, atMs: number): WallTime {
  const shifted = atMs + offsetMs(zone, atMs)
  const day = Math.floor(shifted / DAY_MS)
  const minute = Math.floor((shifted - day * DAY_MS) / MINUTE_MS)
  return { day, weekday: (day + 4) % 7, hour: Math.floor(minute / 60), minute }
}

/** When the clock of the zone shows the minute of the day; in a DST gap, the hour after it. */
export function atWallTime(zone: Zone, day: number, minute: number): number {
  const naive = day * DAY_MS + minute * MINUTE_MS
  const first = naive - offsetMs(zone, naive)
  const second = naive - offsetMs(zone, first)
  const isShown = second + offsetMs(zone, second) === naive
  return isShown ? second : Math.max(first, second)
}

function readOffsetMs(zone: Zone, atMs: number): number {
  let formatter = formatters.get(zone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    formatters.set(zone, formatter)
  }
  const name = formatter.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '')
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return (match[1] === '-' ? -minutes : minutes) * MINUTE_MS
}
