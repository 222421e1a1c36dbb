/** Writes a simulated tenant to a folder: events, labels, registry, oddities and how they were made. */
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { RawEvent } from '../../event/event.ts'
import { type SimulateOptions, simulate } from './simulate.ts'

export interface WriteOptions extends SimulateOptions {
  /** Compresses the events: `events.ndjson.gz` instead of `events.ndjson`. @default true */
  readonly gzip?: boolean
  /** Told how many events there are and the time of the latest, now and then. */
  readonly progress?: (events: number, latest: string | number) => void
}

/** What was written, as in `tenant.json`. */
export interface Manifest {
  readonly options: SimulateOptions
  readonly events: number
  readonly malicious: number
  readonly agents: number
  readonly attacks: number
  readonly oddities: number
  /** Time of the first and the last event to arrive, as their platforms wrote it. */
  readonly first: string | number | undefined
  readonly last: string | number | undefined
}

const GZIP_LEVEL = 6
const CHUNK_CHARS = 262_144 // one write per so many characters; a write per line is four times as slow

/** Makes the folder if need be and overwrites what is in the way. */
export async function writeSimulation(dir: string, options: WriteOptions): Promise<Manifest> {
  const { gzip = true, progress, ...rest } = options
  const { registry, events, labels, oddities } = simulate(rest)
  await mkdir(dir, { recursive: true })
  const tally = {
    events: 0,
    first: undefined as Manifest['first'],
    last: undefined as Manifest['last'],
  }
  const source = Readable.from(chunks(events, tally, progress), {
    objectMode: true,
    highWaterMark: 2,
  })
  const file = createWriteStream(join(dir, gzip ? 'events.ndjson.gz' : 'events.ndjson'))
  if (gzip) await pipeline(source, createGzip({ level: GZIP_LEVEL }), file)
  else await pipeline(source, file)
  const manifest: Manifest = {
    options: rest,
    ...tally,
    malicious: labels.reduce((sum, label) => sum + label.events.length, 0),
    agents: registry.length,
    attacks: labels.length,
    oddities: oddities.length,
  }
  await writeFile(join(dir, 'labels.ndjson'), lines(labels))
  await writeFile(join(dir, 'oddities.ndjson'), lines(oddities))
  await writeFile(join(dir, 'registry.json'), `${JSON.stringify(registry, null, 1)}\n`)
  await writeFile(join(dir, 'tenant.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('')

function* chunks(
  events: Iterable<RawEvent>,
  tally: { events: number; first: Manifest['first']; last: Manifest['last'] },
  progress: WriteOptions['progress'],
): Generator<Buffer> {
  let text = ''
  for (const event of events) {
    tally.events++
    tally.first ??= event.time
    tally.last = event.time
    text += `${JSON.stringify(event)}\n`
    if (text.length < CHUNK_CHARS) continue
    yield Buffer.from(text)
    text = ''
    progress?.(tally.events, event.time)
  }
  yield Buffer.from(text)
}
