/** Reads events from files and standard input, in batches, never holding more than one of them. */
import type { Event } from '../event/event.ts'
import type { Format } from '../formats/format.ts'
import { formatChosen } from '../formats/index.ts'
import { type Harvester, harvester, type Skip } from '../formats/text/harvest.ts'
import { bomBytes, type Layout, SNIFF_BYTES, sniff } from '../formats/text/sniff.ts'
import { table } from '../formats/text/table.ts'
import { type InputListener, splitterOf } from '../formats/text/whole.ts'
import { type Chunk, chunksOf, type Source, sourcesOf } from './source.ts'

/** One thing in a file that is no event, and why. */
export interface Reject {
  readonly file: string
  /** From 1; the number of the record where the file has no lines of its own. */
  readonly line: number
  /** Inside the line or the file: `$.agent.id`, `$.Records[3].eventTime`. */
  readonly path: string
  readonly reason: string
}

/** What one stretch of one file came to. */
export interface Batch {
  readonly file: string
  /** In the order of the file. */
  readonly events: readonly Event[]
  readonly rejects: readonly Reject[]
  /** Records that are not ours to judge, by reason. */
  readonly skips: readonly Skip[]
  /** Bytes on disk read so far, of all files together. */
  readonly bytesRead: number
  /** Bytes on disk of all files together; undefined where one is a pipe. */
  readonly totalBytes: number | undefined
}

export interface ReadOptions {
  /** A format or its name, or `auto` to find out for each file. @default 'auto' */
  readonly format?: string | Format | undefined
}

/**
 * Reads every file in the order given. Files may be gzip, lines, documents or CSV, in any mixture.
 *
 * @param paths `-` is standard input
 * @throws EngineError INPUT_UNREADABLE, before anything is read where that can be told; FORMAT_UNKNOWN
 */
export async function* readEvents(
  paths: readonly string[],
  { format = 'auto' }: ReadOptions = {},
): AsyncGenerator<Batch, void> {
  const given = typeof format === 'string' ? formatChosen(format) : format
  const sources = await sourcesOf(paths)
  let totalBytes: number | undefined = 0
  for (const { sizeBytes } of sources) {
    totalBytes =
      totalBytes === undefined || sizeBytes === undefined ? undefined : totalBytes + sizeBytes
  }
  let bytesBefore = 0
  for (const source of sources) {
    let readBytes = 0
    for await (const stretch of readSource(source, given)) {
      readBytes = stretch.readBytes
      const { events, rejects, skips } = stretch.harvest.drain()
      yield {
        file: source.path,
        events,
        rejects: rejects.map(({ line, path, reason }) => ({
          file: source.path,
          line,
          path,
          reason,
        })),
        skips,
        bytesRead: bytesBefore + readBytes,
        totalBytes,
      }
    }
    bytesBefore += readBytes
  }
}

interface Stretch {
  readonly harvest: Harvester
  readonly readBytes: number
}

async function* readSource(
  source: Source,
  given: Format | undefined,
): AsyncGenerator<Stretch, void> {
  const harvest = harvester(given, nameOf(source))
  let readBytes = 0
  for await (readBytes of readValues(source, harvest)) yield { harvest, readBytes }
  harvest.finish()
  yield { harvest, readBytes }
}

/** What a source is called in messages. */
export const nameOf = ({ path }: Source): string => (path === '-' ? 'standard input' : path)

/**
 * Reads a source: lines, documents or CSV, gzip or not. Answers after each piece how many of the bytes on
 * disk are read.
 */
export async function* readValues(
  source: Source,
  taker: InputListener,
): AsyncGenerator<number, void> {
  const chunks = chunksOf(source)
  try {
    const { head, readBytes: headBytes, ended, damage: early } = await headOf(chunks)
    const layout = sniff(head)
    let readBytes = headBytes
    let damage = early
    if (layout.kind === 'refused') {
      taker.refuse(0, layout.reason)
      yield source.sizeBytes ?? readBytes
      return
    }
    const reader = readerOf(layout, taker)
    await reader.push(head.subarray(bomBytes(head)))
    yield readBytes
    while (!ended) {
      const next = await chunks.next()
      if (next.done) {
        damage = next.value
        break
      }
      readBytes = next.value.readBytes
      await reader.push(next.value.bytes)
      yield readBytes
    }
    await reader.finish()
    if (damage !== undefined) taker.refuse(0, damage)
  } finally {
    await chunks.return(undefined)
  }
}

/** Enough of the beginning to tell how the input is laid out, or all of it. */
async function headOf(chunks: AsyncGenerator<Chunk, string | undefined>) {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  let readBytes = 0
  while (sizeBytes < SNIFF_BYTES) {
    const next = await chunks.next()
    if (next.done) {
      return { head: Buffer.concat(pieces), readBytes, ended: true, damage: next.value }
    }
    pieces.push(next.value.bytes)
    sizeBytes += next.value.bytes.length
    readBytes = next.value.readBytes
  }
  return { head: Buffer.concat(pieces), readBytes, ended: false, damage: undefined }
}

interface Reader {
  push(chunk: Buffer): void | Promise<void>
  finish(): void | Promise<void>
}

function readerOf(layout: Exclude<Layout, { kind: 'refused' }>, taker: InputListener): Reader {
  if (layout.kind !== 'csv') return splitterOf(layout.kind, taker)
  return table({
    row: (fields, line) => taker.value(fields, line, -1),
    bad: taker.refuse,
  })
}
