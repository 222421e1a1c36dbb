/** How far files have been sent: kept in a file, so that whoever comes after goes on from there. */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { replaceFile, unwritable } from './output.ts'

/** Bytes of a file's beginning that tell it from another that took its place on the disk. */
const HEAD_BYTES = 1_024

const positionSchema = z.strictObject({
  /** Device and number of the file on it, which stay when it is renamed. */
  file: z.string(),
  /** SHA-256 of the first `headBytes` bytes. */
  head: z.string(),
  headBytes: z.number().int().min(0).max(HEAD_BYTES),
  /** Bytes sent, up to the end of a line; 0 where the file is not read by lines. */
  bytes: z.number().int().nonnegative(),
  lines: z.number().int().nonnegative(),
  /** Events sent, where it is not read by lines. */
  events: z.number().int().nonnegative(),
})
export type Position = z.output<typeof positionSchema>

const fileSchema = z.strictObject({
  version: z.literal(1),
  files: z.record(z.string(), positionSchema),
})

export class Positions {
  private readonly path: string
  private readonly files: Map<string, Position>
  private writing: Promise<void> = Promise.resolve()

  private constructor(path: string, files: Map<string, Position>) {
    this.path = path
    this.files = files
  }

  /** Throws INPUT_UNREADABLE where there is a file that is none of positions. */
  static async open(path: string): Promise<Positions> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Positions(path, new Map())
      throw unreadable(path, (cause as Error).message, cause)
    }
    try {
      const { files } = fileSchema.parse(JSON.parse(text))
      return new Positions(path, new Map(Object.entries(files)))
    } catch (cause) {
      throw unreadable(path, 'it holds no positions', cause)
    }
  }

  of(path: string): Position | undefined {
    return this.files.get(path)
  }

  /** Resolves once it is on the disk. Throws OUTPUT_UNWRITABLE. */
  keep(path: string, position: Position): Promise<void> {
    this.files.set(path, position)
    this.writing = this.writing.then(() => this.write())
    return this.writing
  }

  private async write(): Promise<void> {
    const text = JSON.stringify({ version: 1, files: Object.fromEntries(this.files) })
    try {
      await mkdir(dirname(this.path), { recursive: true })
    } catch (cause) {
      throw unwritable(this.path, cause)
    }
    await replaceFile(this.path, `${text}\n`, 0o600)
  }
}

/** Which file a handle leads to. */
export async function identityOf(handle: FileHandle): Promise<string> {
  const { dev, ino } = await handle.stat({ bigint: true })
  return `${dev}:${ino}`
}

/** Where a file begins. */
export const beginningOf = (file: string): Position => ({
  file,
  head: '',
  headBytes: 0,
  bytes: 0,
  lines: 0,
  events: 0,
})

/** The position further on, with as much of the file's beginning as tells it from others. */
export async function movedTo(
  handle: FileHandle,
  from: Position,
  to: Partial<Pick<Position, 'bytes' | 'lines' | 'events'>>,
): Promise<Position> {
  const moved = { ...from, ...to }
  if (from.headBytes === HEAD_BYTES) return moved
  const head = await headOf(handle, HEAD_BYTES)
  return { ...moved, head: hashOf(head), headBytes: head.length }
}

/** Whether a position is one of this file: not of one that was there before, nor of what it held. */
export async function isOf(handle: FileHandle, position: Position): Promise<boolean> {
  if ((await identityOf(handle)) !== position.file) return false
  const { size } = await handle.stat()
  if (size < position.bytes) return false
  const head = await headOf(handle, position.headBytes)
  return position.headBytes === 0 || hashOf(head) === position.head
}

async function headOf(handle: FileHandle, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const unreadable = (path: string, why: string, cause: unknown) =>
  new EngineError('INPUT_UNREADABLE', `${path} cannot be read: ${why}.`, { cause })
