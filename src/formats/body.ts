/** The body of an ingest request, in any of the ways log shippers lay one out. */
import type { Event } from '../event/event.ts'
import { canonical } from './canonical.ts'
import type { Format } from './format.ts'
import { formatChosen } from './index.ts'
import { type Harvester, type HarvestReject, harvester, type Skip } from './text/harvest.ts'
import { lineSplitter } from './text/lines.ts'
import { bomBytes, SNIFF_BYTES, sniff } from './text/sniff.ts'
import { readTable } from './text/table.ts'
import { valueSplitter } from './text/values.ts'

export interface Body {
  readonly events: readonly Event[]
  readonly rejects: readonly HarvestReject[]
  readonly skipped: readonly Skip[]
  /** The one that was named or found out; undefined where the body holds no record at all. */
  readonly format: Format | undefined
}

/**
 * Reads a JSON array, a single object, lines, concatenated objects, a format's envelope or CSV. A bad
 * record does not spoil good ones. Where no format fits, the records are held against the canonical
 * event, so that the rejects say what is missing.
 *
 * @param formatName the format of the records, or `auto` to find out
 * @param own formats of the configuration, which are used where they are named
 * @param isTable whether it is known to be CSV, whatever its first line looks like
 * @throws EngineError FORMAT_UNKNOWN where `formatName` is no format
 */
export function readBody(
  body: Buffer | string,
  formatName = 'auto',
  own: readonly Format[] = [],
  isTable = false,
): Body {
  const format = formatChosen(formatName, own)
  const whole = typeof body === 'string' ? Buffer.from(body) : body
  const harvest = harvester(format, 'the body', canonical)
  const layout = sniff(whole.subarray(0, SNIFF_BYTES))
  const bytes = whole.subarray(bomBytes(whole))
  if (layout.kind === 'refused') harvest.refuse(0, layout.reason)
  else if (layout.kind === 'document' && !isTable) {
    const splitter = valueSplitter({
      value: harvest.bytes,
      bad: (reason) => harvest.refuse(0, reason),
    })
    splitter.push(bytes)
    splitter.finish()
  } else if (isTable || layout.kind === 'csv') {
    let rows = 0
    const row = (fields: object, line: number) => {
      rows++
      harvest.value(fields, line, -1)
    }
    readTable(bytes, { row, bad: harvest.refuse })
    // What only looks like a header may be anything, and nothing of it is lost in silence.
    if (rows === 0 && !isTable)
      harvest.refuse(1, 'expected JSON, or CSV with rows below its header')
  } else {
    const splitter = lineSplitter({ line: harvest.text, bad: harvest.refuse })
    splitter.push(bytes)
    splitter.finish()
  }
  harvest.finish()
  return bodyOf(harvest)
}

/** As `readBody`, for what somebody has parsed already: a record, an array, or a format's envelope. */
export function readDocument(
  document: object,
  formatName = 'auto',
  own: readonly Format[] = [],
): Body {
  const harvest = harvester(formatChosen(formatName, own), 'the body', canonical)
  harvest.value(document, 0, -1)
  harvest.finish()
  return bodyOf(harvest)
}

function bodyOf(harvest: Harvester): Body {
  const { events, rejects, skips } = harvest.drain()
  return { events, rejects, skipped: skips, format: harvest.format() }
}
