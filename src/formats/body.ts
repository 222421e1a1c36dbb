/** The body of an ingest request, in any of the ways log shippers lay one out. */
import type { Event } from '../event/event.ts'
import { canonical } from './canonical.ts'
import type { Format } from './format.ts'
import { formatChosen } from './index.ts'
import {
  type Bounds,
  type Harvester,
  type HarvestReject,
  harvester,
  type Skip,
} from './text/harvest.ts'
import { readWhole } from './text/whole.ts'

/**
 * A body with more is refused as a whole: what is next to nothing in its text costs as much as a record.
 * No body within the limits of the HTTP interface has as many events.
 */
const BOUNDS: Bounds = { recordsMax: 1_048_576, rejectsMax: 65_536 }

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
 * @throws EngineError FORMAT_UNKNOWN where `formatName` is no format, INPUT_UNREADABLE where it has
 *   far too many records
 */
export function readBody(
  body: Buffer | string,
  formatName = 'auto',
  own: readonly Format[] = [],
  isTable = false,
): Body {
  const format = formatChosen(formatName, own)
  const harvest = harvester(format, 'the body', canonical, BOUNDS)
  const row = (fields: object, line: number) => harvest.value(fields, line, -1)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  readWhole(bytes, { ...harvest, row }, isTable)
  harvest.finish()
  return bodyOf(harvest)
}

/** As `readBody`, for what somebody has parsed already: a record, an array, or a format's envelope. */
export function readDocument(
  document: object,
  formatName = 'auto',
  own: readonly Format[] = [],
): Body {
  const harvest = harvester(formatChosen(formatName, own), 'the body', canonical, BOUNDS)
  harvest.value(document, 0, -1)
  harvest.finish()
  return bodyOf(harvest)
}

function bodyOf(harvest: Harvester): Body {
  const { events, rejects, skips } = harvest.drain()
  return { events, rejects, skipped: skips, format: harvest.format() }
}
