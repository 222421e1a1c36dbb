/** Gathers what the values of one input come to: events, rejects with their place, and skips. */
import { isUtf8 } from 'node:buffer'
import { EngineError } from '../../errors.ts'
import type { Event } from '../../event/event.ts'
import { makeEvent } from '../../event/parse.ts'
import { pathOf, type Refusal, shown } from '../../event/refusal.ts'
import { canonical } from '../canonical.ts'
import type { Format } from '../format.ts'
import { DETECT_VALUES, detect, formatOf, formats, formatUnknown, recordsOf } from '../index.ts'
import { type Delivered, deliveredIn, type Room, UNPACKED_BYTES_MAX } from './delivery.ts'
import { LINE_BYTES_MAX } from './lines.ts'
import { readWhole } from './whole.ts'

export interface HarvestReject extends Refusal {
  /** Which record of the input, from 0. */
  readonly index: number
  /** Which line, from 1; where the input has no lines of its own, the number of the record. */
  readonly line: number
}

/** Records of one kind that are not ours to judge. */
export interface Skip {
  readonly reason: string
  readonly count: number
}

export interface Harvest {
  readonly events: Event[]
  readonly rejects: HarvestReject[]
  readonly skips: Skip[]
}

export interface Harvester {
  /** Takes JSON text. `line` is 0 where the input has no lines; `isCut` where the input ended. */
  text(text: string, line: number, isCut: boolean): void
  /** Takes the bytes of one value of a document. */
  bytes(bytes: Buffer): void
  /** Takes a parsed value; `sizeBytes` is -1 where nobody knows how long it was. */
  value(value: unknown, line: number, sizeBytes: number): void
  refuse(line: number, reason: string): void
  /** Settles on a format if the input was too short to have done so. */
  finish(): void
  /** The format, once it is known. */
  format(): Format | undefined
  /** What has come together since the last call. */
  drain(): Harvest
}

/** Most records of an input that is gathered whole, and most of them that are refused singly. */
export interface Bounds {
  readonly recordsMax: number
  readonly rejectsMax: number
}

const UNBOUNDED: Bounds = { recordsMax: Infinity, rejectsMax: Infinity }

/** What came before the format was known, in its order, so that every record keeps its number. */
type Waiting =
  | { readonly value: unknown; readonly line: number; readonly sizeBytes: number }
  | ({ readonly line: number } & Refusal)

/** Keys of an envelope that are looked through for where a refused record lay. */
const ENVELOPE_KEYS_MAX = 64

/** Text this short, in UTF-16 units, is within an event's size whatever its characters are. */
const SHORT_UNITS = 20_000

/** Deliveries within deliveries: Firehose brings what EventBridge or CloudWatch wrapped, and a step to spare. */
const DELIVERIES_DEEP_MAX = 3

/**
 * @param given the format, or undefined to find out from the first values
 * @param place what the input is called in the error that no format fits
 * @param fallback the format to take where none fits, instead of that error
 * @param bounds what it may gather; INPUT_UNREADABLE is thrown at the first record beyond
 */
export function harvester(
  given: Format | undefined,
  place: string,
  fallback?: Format,
  bounds: Bounds = UNBOUNDED,
): Harvester {
  let format = given
  let waiting: Waiting[] = []
  let index = 0
  let events: Event[] = []
  let rejects: HarvestReject[] = []
  let skips = new Map<string, number>()
  let depth = 0 // of deliveries that are open
  let room: Room = { bytesLeft: UNPACKED_BYTES_MAX }
  const isOwn = given !== undefined && !formats.includes(given)

  function refuse(line: number, path: string, reason: string): void {
    if (waiting.length > 0) wait({ line, path, reason })
    else refuseNow(line, path, reason)
  }

  function refuseNow(line: number, path: string, reason: string): void {
    if (rejects.length >= bounds.rejectsMax) throw tooManyRejects(place, rejects)
    rejects.push({ index, line: line || index + 1, path, reason })
    index++
  }

  function wait(entry: Waiting): void {
    waiting.push(entry)
    if (waiting.length >= DETECT_VALUES) settle()
  }

  function settle(): void {
    const values = waiting.flatMap((each) => ('path' in each ? [] : [each.value]))
    const settled = detect(values) ?? fallback
    if (settled === undefined) throw formatUnknown(place)
    format = settled
    const ready = waiting
    waiting = []
    for (const each of ready) {
      if ('path' in each) refuseNow(each.line, each.path, each.reason)
      else take(settled, each.value, each.line, each.sizeBytes)
    }
  }

  function take(as: Format, value: unknown, line: number, sizeBytes: number): void {
    const records = recordsOf(as, value)
    if (records !== undefined) {
      const layers = layersOf(value)
      for (let at = 0; at < records.length; at++) one(as, records[at], line, -1, layers, at)
    } else if (sizeBytes > LINE_BYTES_MAX) {
      refuse(line, '$', `expected at most ${LINE_BYTES_MAX} bytes, got ${sizeBytes}`)
    } else one(as, value, line, sizeBytes, undefined, 0)
  }

  /** One record. `layers` and `at` say where it lay, and are read only when it is refused. */
  function one(
    as: Format,
    record: unknown,
    line: number,
    sizeBytes: number,
    layers: Layers | undefined,
    at: number,
  ): void {
    if (index >= bounds.recordsMax) throw tooManyRecords(place, index)
    if (as === canonical) {
      // What its translation comes to, for the format that is read most, without the wrappings.
      if (add(record, line, sizeBytes, record, layers, at)) index++
      return
    }
    // What came to be one input may be several logs, as all of Azure's do that share an Event Hub.
    const reader = given === undefined && !as.recognises(record) ? (formatOf(record) ?? as) : as
    const translation = reader.translate(record)
    if (translation.kind === 'skip') {
      skips.set(translation.reason, (skips.get(translation.reason) ?? 0) + 1)
    } else if (translation.kind === 'reject') {
      refuse(line, within(layers, record, at, translation.path), translation.reason)
      return
    } else {
      for (const raw of translation.events) {
        const rawBytes = raw === record ? sizeBytes : -1
        if (!add(raw, line, rawBytes, record, layers, at)) return
      }
    }
    index++
  }

  /** Answers false where it was refused, and told so. */
  function add(
    raw: unknown,
    line: number,
    sizeBytes: number,
    record: unknown,
    layers: Layers | undefined,
    at: number,
  ): boolean {
    const reject = makeEvent(raw, sizeBytes)
    if (reject !== undefined) {
      refuse(line, within(layers, record, at, reject.path), reject.reason)
      return false
    }
    events.push(raw as Event)
    return true
  }

  function value(parsed: unknown, line: number, sizeBytes: number): void {
    const delivered = depth < DELIVERIES_DEEP_MAX ? deliveredIn(parsed, room, isOwn) : undefined
    if (delivered !== undefined && !(isOwn && given.unwrap(parsed) !== undefined)) {
      depth++
      for (const each of delivered) open(each, line)
      depth--
      return
    }
    if (format !== undefined) {
      take(format, parsed, line, sizeBytes)
      return
    }
    wait({ value: parsed, line, sizeBytes })
  }

  /** What is inside counts for the line that its envelope is on. */
  function open(delivered: Delivered, line: number): void {
    const { path } = delivered
    if ('reason' in delivered) refuse(line, path, delivered.reason)
    else if ('value' in delivered) value(delivered.value, line, -1)
    else {
      readWhole(delivered.bytes, {
        text: (json) => text(json, line, false, path),
        bytes: (some) => bytes(some, line, path),
        refuse: (_line, reason) => refuse(line, path, reason),
      })
    }
  }

  function bytes(some: Buffer, line = 0, path = '$'): void {
    if (isUtf8(some)) text(some.toString(), line, false, path)
    else refuse(line, path, 'expected UTF-8 text, got other bytes')
  }

  function text(json: string, line: number, isCut: boolean, path = '$'): void {
    let parsed: unknown
    try {
      parsed = JSON.parse(json)
    } catch {
      if (json.trim() === '') return
      const expected = isCut ? 'the input ends inside this record' : 'expected JSON'
      refuse(line, path, `${expected}, got ${shown(json)}`)
      return
    }
    value(parsed, line, json.length > SHORT_UNITS ? Buffer.byteLength(json) : json.length)
  }

  return {
    text: (json, line, isCut) => text(json, line, isCut),
    bytes: (some) => bytes(some),
    value,
    refuse: (line, reason) => refuse(line, '$', reason),
    finish() {
      if (waiting.length > 0) settle()
    },
    format: () => format,
    drain() {
      const reasons = [...skips].map(([reason, count]) => ({ reason, count }))
      const drained = { events, rejects, skips: reasons }
      events = []
      rejects = []
      skips = new Map()
      room = { bytesLeft: UNPACKED_BYTES_MAX }
      return drained
    },
  }
}

function tooManyRecords(place: string, count: number): EngineError {
  const message = `More than ${count} records in ${place}: send smaller batches.`
  return new EngineError('INPUT_UNREADABLE', message)
}

function tooManyRejects(place: string, rejects: readonly HarvestReject[]): EngineError {
  const [{ path, reason }] = rejects as [HarvestReject] // more than may be, so one at least
  const first = `the first of them at ${path}: ${reason}`
  const message = `More than ${rejects.length} records of ${place} cannot be used, ${first}.`
  return new EngineError('INPUT_UNREADABLE', message)
}

/** What an envelope holds, by its path. Of one with many keys only the first are known. */
type Layers = readonly (readonly [path: string, child: unknown])[]

function layersOf(envelope: unknown): Layers {
  if (Array.isArray(envelope)) return [['$', envelope]]
  const entries = Object.entries(envelope as object).slice(0, ENVELOPE_KEYS_MAX)
  return entries.map(([key, child]) => [pathOf([key]), child] as const)
}

/** `$.time` of the fourth record in `{"Records":[…]}` → `$.Records[3].time` */
function within(layers: Layers | undefined, record: unknown, at: number, path: string): string {
  if (layers === undefined) return path
  const below = path.slice(1)
  for (const [layer, child] of layers) {
    if (child === record) return `${layer}${below}`
    if (Array.isArray(child) && child[at] === record) return `${layer}[${at}]${below}`
  }
  return path
}
