/**
 * Reads a file from where it was left, and where asked to, goes on with what is appended to it and with
 * the file that follows it when it is rotated.
 *
 * A file of lines is read from a byte on; any other, gzip, a document or a table, from an event on. A
 * rotated file is found in its folder by its number on the disk, under whatever name, with those that came
 * between, and read to its end first. A file that was cut short or written anew begins anew.
 *
 * Blind to  Lines written between the copy and the cut of `copytruncate`; what was rotated and compressed
 *           while nobody read it.
 */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { canonical } from '../formats/canonical.ts'
import type { Format } from '../formats/format.ts'
import { type Harvester, harvester } from '../formats/text/harvest.ts'
import { LINE_BYTES_MAX, type LineSplitter, lineSplitter } from '../formats/text/lines.ts'
import { bomBytes, SNIFF_BYTES, sniff } from '../formats/text/sniff.ts'
import { beginningOf, identityOf, isOf, movedTo, type Position } from './positions.ts'
import { type Reject, readEvents } from './read.ts'

/** Bytes read at a time, and so what one request brings. */
const REGION_BYTES = 524_288
/** Events of one request, where they are not counted by bytes. */
const EVENTS_MAX = 1_024
const POLL_MS = 300
/** A writer may go on for a moment with a file that was renamed under its hands. */
const QUIET_POLLS = 7
/** What follows a name when its file is rotated: `.1`, `-20260302`, `.2026-03-02.gz`. */
const ROTATED = /^[._-](?:\d[\d.:TZ_-]*|old|bak)(?:\.?gz)?$/i
const NEWLINE = 10

export interface Stretch {
  readonly events: readonly Event[]
  readonly rejects: readonly Reject[]
  readonly skipped: number
  /** How far the file is read with these. */
  readonly position: Position
}

export interface FollowOptions {
  /** @default found out for each file */
  readonly format?: Format | undefined
  /** Whether to wait for more. @default false */
  readonly isFollowing?: boolean | undefined
  readonly signal: AbortSignal
  /** Told of a rotated file that cannot be read any more. */
  readonly missed?: ((path: string) => void) | undefined
}

/** Stretch by stretch. Throws INPUT_UNREADABLE. */
export async function* readFrom(
  path: string,
  from: Position | undefined,
  options: FollowOptions,
): AsyncGenerator<Stretch, void> {
  let position = from
  for (let isFirst = true; !options.signal.aborted; isFirst = false) {
    const handle = await opened(path, options)
    if (handle === undefined) return
    try {
      const isSame = position !== undefined && (await isOf(handle, position))
      if (position !== undefined && position.file !== (await identityOf(handle))) {
        yield* rotated(path, position, isFirst ? options : { ...options, missed: undefined })
      }
      const isNew = position === undefined
      position = isSame ? position! : beginningOf(await identityOf(handle))
      // Known before it is read, or it could not be found again should it be rotated meanwhile.
      if (isNew) yield { events: [], rejects: [], skipped: 0, position }
      if (!(await hasLines(handle, options))) return yield* counted(path, handle, position, options)
      position = yield* lines(path, handle, position, options)
      if (position === undefined) return
    } finally {
      await handle.close()
    }
  }
}

/** The file, once it is there: one that is followed may yet have to be written. */
async function opened(
  path: string,
  { isFollowing, signal }: FollowOptions,
): Promise<FileHandle | undefined> {
  while (!signal.aborted) {
    try {
      return await open(path, 'r')
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code !== 'ENOENT' || !isFollowing) {
        const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
        throw new EngineError('INPUT_UNREADABLE', `${path} ${why}.`, { cause })
      }
    }
    await pause(signal)
  }
  return undefined
}

/** What was not sent of the file that had this name, and of those that had it since. */
async function* rotated(
  path: string,
  position: Position,
  options: FollowOptions,
): AsyncGenerator<Stretch, void> {
  const siblings: { path: string; file: string; changedMs: bigint }[] = []
  for (const name of await readdir(dirname(path))) {
    const sibling = join(dirname(path), name)
    const found = await stat(sibling, { bigint: true }).catch(() => undefined) // it may just have gone
    if (found === undefined || !found.isFile() || name === basename(path)) continue
    const file = `${found.dev}:${found.ino}`
    const isOlder =
      name.startsWith(basename(path)) && ROTATED.test(name.slice(basename(path).length))
    if (isOlder || file === position.file) {
      siblings.push({ path: sibling, file, changedMs: found.mtimeMs })
    }
  }
  siblings.sort((a, b) => Number(a.changedMs - b.changedMs))
  const at = siblings.findIndex(({ file }) => file === position.file)
  if (at === -1) return options.missed?.(path)
  const whole = { ...options, isFollowing: false }
  for (const sibling of siblings.slice(at)) {
    yield* readFrom(sibling.path, sibling.file === position.file ? position : undefined, whole)
  }
}

async function hasLines(handle: FileHandle, { isFollowing }: FollowOptions): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
  const head = buffer.subarray(0, bytesRead)
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  const { kind } = sniff(head)
  if (!isFollowing) return !isGzip && kind === 'lines'
  // A first line that is not complete yet looks like a document.
  if (!isGzip && (kind === 'lines' || (kind === 'document' && !head.includes(NEWLINE)))) return true
  const message = 'Only files of lines can be followed: expected one JSON object a line.'
  throw new EngineError('INPUT_UNREADABLE', message)
}

/** Reads to the end, and answers the position there if another file has taken the name. */
async function* lines(
  path: string,
  handle: FileHandle,
  from: Position,
  { format, isFollowing = false, signal }: FollowOptions,
): AsyncGenerator<Stretch, Position | undefined> {
  // Where nothing is recognised at the beginning the format is to be named; later on it is a bad line.
  const harvest = harvester(format, path, from.bytes === 0 ? undefined : canonical)
  let position = from
  let splitter = splitterFor(harvest, from.lines)
  for (let quiet = 0; !signal.aborted; ) {
    if (!(await isOf(handle, position))) return position // cut short: it begins anew
    const isLast = !isFollowing || quiet > QUIET_POLLS
    const region = await regionAt(handle, position.bytes, isLast)
    if (region.length > 0) {
      quiet = 0
      splitter.push(region.subarray(position.bytes === 0 ? bomBytes(region) : 0))
      if (region.at(-1) !== NEWLINE && region.length <= LINE_BYTES_MAX) {
        // The last line, which nobody completes any more.
        splitter.finish()
        splitter = splitterFor(harvest, position.lines)
      }
      const lineCount = region.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0)
      position = await movedTo(handle, position, {
        bytes: position.bytes + region.length,
        lines: position.lines + lineCount,
      })
      yield stretchOf(path, harvest, position)
      continue
    }
    if (!isFollowing) return undefined
    if (isLast) return position
    quiet = (await isStill(path, position)) ? 0 : quiet + 1
    await pause(signal)
  }
  return undefined
}

/** Numbers its lines from those that were read before. */
function splitterFor(harvest: Harvester, before: number): LineSplitter {
  return lineSplitter({
    line: (text, number, isCut) => harvest.text(text, before + number, isCut),
    bad: (number, reason) => harvest.refuse(before + number, reason),
  })
}

/** Up to the end of the last line that is there; the rest too where it is the last or too long. */
async function regionAt(handle: FileHandle, at: number, isLast: boolean): Promise<Buffer> {
  for (let size = REGION_BYTES; ; size *= 2) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, at)
    const read = buffer.subarray(0, bytesRead)
    const newline = read.lastIndexOf(NEWLINE)
    if (newline !== -1) return read.subarray(0, newline + 1)
    if (bytesRead < size) return isLast || bytesRead > LINE_BYTES_MAX ? read : read.subarray(0, 0)
    if (size > LINE_BYTES_MAX) return read
  }
}

/** Whether the name still leads to the file that is read. */
async function isStill(path: string, { file }: Position): Promise<boolean> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}` === file
  } catch {
    return true // it was moved away, and none has taken its place yet
  }
}

/** What is not made of lines, from the first event that was not sent. */
async function* counted(
  path: string,
  handle: FileHandle,
  from: Position,
  { format, signal }: FollowOptions,
): AsyncGenerator<Stretch, void> {
  let position = from
  let before = from.events
  let events: Event[] = []
  let rejects: Reject[] = []
  let skipped = 0
  async function* flushed(eventsMin: number): AsyncGenerator<Stretch, void> {
    while (events.length + rejects.length >= eventsMin && !signal.aborted) {
      const some = events.slice(0, EVENTS_MAX)
      position = await movedTo(handle, position, { events: position.events + some.length })
      yield { events: some, rejects, skipped, position }
      events = events.slice(EVENTS_MAX)
      rejects = []
      skipped = 0
    }
  }
  for await (const batch of readEvents([path], { format })) {
    const known = Math.min(before, batch.events.length)
    before -= known
    events.push(...batch.events.slice(known))
    rejects.push(...batch.rejects)
    skipped += batch.skips.reduce((sum, { count }) => sum + count, 0)
    yield* flushed(EVENTS_MAX)
    if (signal.aborted) return
  }
  yield* flushed(1)
}

function stretchOf(path: string, harvest: Harvester, position: Position): Stretch {
  harvest.finish()
  const { events, rejects, skips } = harvest.drain()
  return {
    events,
    rejects: rejects.map(({ line, path: place, reason }) => ({
      file: path,
      line,
      path: place,
      reason,
    })),
    skipped: skips.reduce((sum, { count }) => sum + count, 0),
    position,
  }
}

const pause = (signal: AbortSignal): Promise<unknown> =>
  sleep(POLL_MS, undefined, { signal }).catch(() => {})
