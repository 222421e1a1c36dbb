/** The gate: reads what is sent, and keeps what cannot be used for somebody to look at. */
import type { Redis } from 'ioredis'
import type { Event } from '../event/event.ts'
import { shown } from '../event/refusal.ts'
import { readBody, readDocument } from '../formats/body.ts'
import type { Format } from '../formats/format.ts'
import { SNIFF_BYTES, sniff } from '../formats/text/sniff.ts'
import { readTable } from '../formats/text/table.ts'
import { type RuntimeLog, storeFailure } from './connection.ts'
import { keepRejects, type RejectLetter } from './dead-letters.ts'
import type { Keys } from './keys.ts'
import type { ParseBody, Unusable } from './take-in.ts'

/** Rejects kept of one body; a shipper that sends nothing else would push out all others. */
const REJECTS_PER_BODY_MAX = 50
const NEWLINE = 0x0a

export interface GateParts {
  readonly client: Redis
  readonly keys: Keys
  readonly clockSkewMsMax: number
  /** Formats of the configuration, which are used where a body names them. */
  readonly ownFormats: readonly Format[]
  readonly log: RuntimeLog
}

/**
 * Throws FORMAT_UNKNOWN. What cannot be used of a source is kept or STORE_UNREACHABLE thrown, for there is
 * nobody else to tell.
 */
export function createGate({
  client,
  keys,
  clockSkewMsMax,
  ownFormats,
  log,
}: GateParts): ParseBody {
  return async (body, format, { from, isTable } = {}) => {
    const read = Buffer.isBuffer(body)
      ? readBody(body, format, ownFormats, isTable)
      : readDocument(body, format, ownFormats)
    const { events, rejects, skipped, format: found } = read
    const { present, future } = part(events, Date.now() + clockSkewMsMax)
    const skippedCount = skipped.reduce((sum, { count }) => sum + count, 0)
    const all = [...rejects, ...future]
    const isAll = rejects.length === 1 && events.length + skippedCount === 0
    const letters = [
      ...lettersFor(body, rejects, { format, found, from, isAll, isTable }),
      ...future.map((one) => ({ ...letterOf(one), from })),
    ]
    await keepRejects(client, keys, letters.slice(0, REJECTS_PER_BODY_MAX)).catch((error) => {
      if (from !== undefined) throw storeFailure(error)
      log.warn({ err: error, rejects: letters.length }, 'rejected records were not kept')
    })
    return {
      events: present,
      rejects: all,
      skipped: skippedCount,
    }
  }
}

/** Events from the future are told apart; one of them would age everything that was learned. */
function part(events: readonly Event[], latestMs: number) {
  const future: { index: number; path: string; reason: string; event: Event }[] = []
  const present = events.filter((event, index) => {
    if (event.atMs <= latestMs) return true
    const expected = `expected a time before ${new Date(latestMs).toISOString()}`
    const reason = `${expected}, got ${shown(event.time)} in event ${shown(event.id)}`
    future.push({ index, path: '$.time', reason, event })
    return false
  })
  return { present, future }
}

/** For an event that can be read, and still not be used. */
export function letterOf({ path, reason, event }: Omit<Unusable, 'index'> & { event: Event }) {
  return { atMs: Date.now(), path, reason, record: JSON.stringify(event) }
}

interface Told {
  /** As the sender named it, and as it was found to be. */
  readonly format: string | undefined
  readonly found: Format | undefined
  readonly from: string | undefined
  /** Whether there was nothing else in the body. */
  readonly isAll: boolean
  readonly isTable: boolean | undefined
}

/**
 * With the record itself where it has a line of its own or is all that a source gave, unless it may hold
 * what was said to an agent.
 */
function lettersFor(
  body: Buffer | object,
  rejects: readonly { line: number; path: string; reason: string }[],
  { format, found, from, isAll, isTable }: Told,
): RejectLetter[] {
  const some = rejects.slice(0, REJECTS_PER_BODY_MAX)
  if (some.length === 0) return []
  const isKept = found?.carriesPrompts !== true
  const wanted = new Set(some.map(({ line }) => line))
  const records =
    isKept && Buffer.isBuffer(body) ? recordsAt(body, wanted, isTable) : new Map<number, string>()
  const whole = isKept && isAll && from !== undefined ? textOf(body) : undefined
  const atMs = Date.now()
  return some.map(({ line, path, reason }) => {
    return { atMs, path, reason, record: records.get(line) ?? whole, format, from }
  })
}

/** By their lines; a row of a table as the object it was read as, which its format reads again. */
function recordsAt(body: Buffer, wanted: ReadonlySet<number>, isTable = false) {
  const { kind } = sniff(body.subarray(0, SNIFF_BYTES))
  if (!isTable && kind !== 'csv') {
    return kind === 'lines' ? linesOf(body, wanted) : new Map<number, string>()
  }
  const found = new Map<number, string>()
  readTable(body, {
    row(fields, line) {
      if (wanted.has(line)) found.set(line, JSON.stringify(fields))
    },
    bad() {}, // it is among the rejects
  })
  return found
}

const textOf = (body: Buffer | object): string =>
  Buffer.isBuffer(body) ? body.toString('utf8') : JSON.stringify(body)

function linesOf(body: Buffer, wanted: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>()
  const last = Math.max(...wanted)
  for (let line = 1, start = 0; line <= last && start < body.length; line++) {
    const newline = body.indexOf(NEWLINE, start)
    const end = newline === -1 ? body.length : newline
    if (wanted.has(line)) found.set(line, body.toString('utf8', start, end).trimEnd())
    start = end + 1
  }
  return found
}
