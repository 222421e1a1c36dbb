/** Feed: a file of events cut into request bodies, over and over, later by its length each time. */
import { readFileSync } from 'node:fs'
import { agentKey, partitionOf } from '../../../src/engine.ts'
import { parseEvent } from '../../../src/event/parse.ts'

/** Events in a request. */
export const EVENTS_PER_REQUEST = 500
/** As the simulator writes it. */
const HEAD = /^\{"id":"([^"]*)","time":("?)([^",]*)/
const DAY_MS = 86_400_000
const NEWLINE = 0x0a

export interface Request {
  readonly body: string
  /** Ids of its events. */
  readonly ids: readonly string[]
  /** Its events by partition. */
  readonly given: readonly number[]
}

/** Requests without end. From the second time on ids have a prefix, and times are later by `days`. */
export function* feed(file: string, partitions: number, days: number): Generator<Request> {
  const requests = cut(file, partitions)
  for (let lap = 0; ; lap++) {
    for (const { bytes, given } of requests) {
      const lines = bytes.toString().split('\n')
      const ids: string[] = []
      const body = lines.map((line) => told(line, lap, lap * days * DAY_MS, ids)).join('\n')
      yield { body: `${body}\n`, ids, given }
    }
  }
}

/** Whole lines, as many as go into a request, and how many of them each partition is given. */
function cut(file: string, partitions: number) {
  const bytes = readFileSync(file)
  const requests: { bytes: Buffer; given: number[] }[] = []
  for (let start = 0; start < bytes.length; ) {
    const given = new Array<number>(partitions).fill(0)
    let end = start
    for (let count = 0; count < EVENTS_PER_REQUEST && end < bytes.length; count++) {
      const newline = bytes.indexOf(NEWLINE, end)
      const parsed = parseEvent(JSON.parse(bytes.toString('utf8', end, newline)))
      if ('reject' in parsed) throw new RangeError(`${file}: ${parsed.reject.reason}`)
      const partition = partitionOf(agentKey(parsed.event), partitions)
      given[partition] = given[partition]! + 1
      end = newline + 1
    }
    requests.push({ bytes: bytes.subarray(start, end - 1), given })
    start = end
  }
  return requests
}

function told(line: string, lap: number, byMs: number, ids: string[]): string {
  const [head, id, quote, time] = HEAD.exec(line)!
  ids.push(lap === 0 ? id! : `${lap}-${id}`)
  if (lap === 0) return line
  const later =
    quote === '' ? Number(time) + byMs : `"${laterDay(time!.slice(0, 10), byMs)}${time!.slice(10)}`
  return `{"id":"${lap}-${id}","time":${later}${line.slice(head.length)}`
}

const days = new Map<string, string>()

function laterDay(day: string, byMs: number): string {
  const key = `${day} ${byMs}`
  let found = days.get(key)
  if (found === undefined) {
    found = new Date(Date.parse(day) + byMs).toISOString().slice(0, 10)
    days.set(key, found)
  }
  return found
}
