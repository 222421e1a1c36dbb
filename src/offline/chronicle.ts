/**
 * Chronicle: the events of many files, each once more, in order of time.
 *
 * Logs come as they were written, a file for each host and hour, and history has to be learned as it
 * happened. What fits into memory is sorted there; of more than that, sorted runs are written to a
 * folder for temporary files and merged. Events of one moment keep the order of the files.
 *
 * Source    Knuth (1998), "The Art of Computer Programming", vol. 3, 5.4: sorting by merging.
 * Cost      One run in memory; as much disk as the events take as JSON where there are more.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Event } from '../event/event.ts'
import { shown } from '../event/refusal.ts'
import type { Format } from '../formats/format.ts'
import { Output } from './output.ts'
import { type Reject, readEvents } from './read.ts'

/** Events sorted in memory at once: some 100 MB. */
const RUN_EVENTS = 100_000

export interface ChronicleOptions {
  /** A format or its name, or `auto`. @default 'auto' */
  readonly format?: string | Format | undefined
  /** Events from this moment on, epoch ms, are left out. */
  readonly beforeMs: number
  /** Events later than this are rejected: a clock was wrong. */
  readonly latestMs: number
  readonly progress?: (events: number, bytesRead: number, totalBytes: number | undefined) => void
  readonly rejected?: (reject: Reject) => void
  readonly signal?: AbortSignal | undefined
  /** @default 100,000 */
  readonly runEvents?: number
}

/** A file that was read. */
export interface ChronicleFile {
  readonly path: string
  readonly events: number
  /** Of the events in it, whatever form they were in. */
  readonly digest: string
}

/** An event as it waits for its turn. */
interface Entry {
  readonly file: number
  readonly atMs: number
  readonly json: string
}

interface Run {
  /** Runs are in the order of the files and of what is in them. */
  readonly nth: number
  head: Entry
  readonly rest: AsyncIterator<Entry> | Iterator<Entry>
}

export class Chronicle {
  readonly files: readonly ChronicleFile[]
  /** Left out, for they are from `beforeMs` on. */
  readonly later: number
  readonly rejected: number
  private readonly runs: readonly (string | readonly Entry[])[]
  private readonly folder: string | undefined

  private constructor(read: Reading) {
    this.files = read.files
    this.later = read.later
    this.rejected = read.rejected
    this.runs = read.runs
    this.folder = read.folder
  }

  /**
   * Reads all files. It is to be closed.
   *
   * @throws EngineError INPUT_UNREADABLE, FORMAT_UNKNOWN, OUTPUT_UNWRITABLE where there is no room
   */
  static async read(paths: readonly string[], options: ChronicleOptions): Promise<Chronicle> {
    const reading = new Reading(options)
    try {
      await reading.read(paths)
      return new Chronicle(reading)
    } catch (error) {
      await removeFolder(reading.folder)
      throw error
    }
  }

  /** All events in order of time, but those of files that `isLeftOut`. */
  async *events(isLeftOut: (file: ChronicleFile) => boolean): AsyncGenerator<Event, void> {
    const out = new Set(this.files.flatMap((file, at) => (isLeftOut(file) ? [at] : [])))
    const open: Run[] = []
    for (const [nth, run] of this.runs.entries()) {
      const rest = typeof run === 'string' ? entriesOf(run) : run.values()
      const first = await rest.next()
      if (!first.done) place(open, { nth, head: first.value, rest })
    }
    for (let run = open.shift(); run !== undefined; run = open.shift()) {
      // The same run often goes on for long: files seldom overlap.
      const until = open[0]?.head.atMs ?? Number.POSITIVE_INFINITY
      for (;;) {
        const { file, json } = run.head
        if (!out.has(file)) yield JSON.parse(json) as Event
        const next = await run.rest.next()
        if (next.done) break
        run.head = next.value
        if (run.head.atMs >= until) {
          place(open, run)
          break
        }
      }
    }
  }

  async close(): Promise<void> {
    await removeFolder(this.folder)
  }
}

/** What reading has come to so far. */
class Reading {
  readonly files: ChronicleFile[] = []
  readonly runs: (string | Entry[])[] = []
  later = 0
  rejected = 0
  folder: string | undefined
  private run: Entry[] = []
  private readonly options: ChronicleOptions

  constructor(options: ChronicleOptions) {
    this.options = options
  }

  async read(paths: readonly string[]): Promise<void> {
    const { format, signal, progress } = this.options
    let path: string | undefined
    let digest: Hash = createHash('sha256')
    let events = 0
    let total = 0
    const finish = () => {
      if (path !== undefined) this.files.push({ path, events, digest: digest.digest('hex') })
      digest = createHash('sha256')
      events = 0
    }
    for await (const batch of readEvents(paths, { format })) {
      signal?.throwIfAborted()
      if (batch.file !== path) finish()
      path = batch.file
      for (const event of batch.events) {
        if (!this.isTaken(event, path)) continue
        const json = JSON.stringify(event)
        digest.update(json).update('\n')
        events++
        this.run.push({ file: this.files.length, atMs: event.atMs, json })
        if (this.run.length >= (this.options.runEvents ?? RUN_EVENTS)) await this.spill()
      }
      for (const reject of batch.rejects) this.reject(reject)
      total += batch.events.length
      progress?.(total, batch.bytesRead, batch.totalBytes)
    }
    finish()
    // The last run stays in memory: a history that is short needs no disk.
    if (this.run.length > 0) this.runs.push(inOrder(this.run))
  }

  private isTaken(event: Event, file: string): boolean {
    if (event.atMs > this.options.latestMs) {
      const reason = `expected a time that is not in the future, got ${shown(event.time)}`
      this.reject({ file, line: 0, path: '$.time', reason })
      return false
    }
    if (event.atMs < this.options.beforeMs) return true
    this.later++
    return false
  }

  private reject(reject: Reject): void {
    this.rejected++
    this.options.rejected?.(reject)
  }

  private async spill(): Promise<void> {
    this.folder ??= await mkdtemp(join(tmpdir(), 'perimeter-learn-'))
    const file = join(this.folder, `run-${this.runs.length}`)
    const output = await Output.open(file)
    try {
      for (const { file: from, atMs, json } of inOrder(this.run)) {
        output.add(`${from}\t${atMs}\t${json}\n`)
        await output.flow()
      }
    } finally {
      await output.close()
    }
    this.runs.push(file)
    this.run = []
  }
}

/** By time; JavaScript's sort leaves those of one moment as they were. */
function inOrder(run: Entry[]): Entry[] {
  return run.sort((a, b) => a.atMs - b.atMs)
}

async function* entriesOf(file: string): AsyncGenerator<Entry, void> {
  const lines = createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) {
    const first = line.indexOf('\t')
    const second = line.indexOf('\t', first + 1)
    yield {
      file: Number(line.slice(0, first)),
      atMs: Number(line.slice(first + 1, second)),
      json: line.slice(second + 1),
    }
  }
}

/** Puts a run where its head belongs: behind those of the same moment from earlier runs. */
function place(open: Run[], run: Run): void {
  let at = open.length
  while (at > 0 && isBefore(run, open[at - 1]!)) at--
  open.splice(at, 0, run)
}

function isBefore(a: Run, b: Run): boolean {
  return a.head.atMs < b.head.atMs || (a.head.atMs === b.head.atMs && a.nth < b.nth)
}

async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
}
