/** Output: a file that is written in large pieces while the work goes on, and waited for when slow. */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { EngineError } from '../errors.ts'

/** Characters gathered before they are written: a write per line would cost more than its score. */
const PIECE_CHARS = 65_536

export class Output {
  private readonly path: string
  private readonly handle: FileHandle
  private text = ''
  private writing: Promise<void> = Promise.resolve()
  private failure: unknown

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.handle = handle
  }

  /** Opens a file and empties it. Throws OUTPUT_UNWRITABLE. */
  static async open(path: string): Promise<Output> {
    try {
      return new Output(path, await open(path, 'w'))
    } catch (cause) {
      throw unwritable(path, cause)
    }
  }

  /** Takes text in. It is written by `flow` and `close`. */
  add(text: string): void {
    this.text += text
  }

  /** Writes what has come together, if it is enough; resolves once there is room for more. */
  async flow(): Promise<void> {
    if (this.text.length < PIECE_CHARS) return
    await this.written()
    const piece = this.text
    this.text = ''
    this.writing = this.handle.writeFile(piece).catch((cause: unknown) => {
      this.failure = cause
    })
  }

  /** Writes the rest. The file is closed also where that fails; throws OUTPUT_UNWRITABLE then. */
  async close(): Promise<void> {
    try {
      await this.written()
      await this.handle.writeFile(this.text)
    } catch (cause) {
      throw cause instanceof EngineError ? cause : unwritable(this.path, cause)
    } finally {
      await this.handle.close()
    }
  }

  private async written(): Promise<void> {
    await this.writing
    if (this.failure !== undefined) throw unwritable(this.path, this.failure)
  }
}

/**
 * Writes a file beside the one of its name and then moves it in its place: whoever reads meanwhile, or
 * after a crash, gets one of the two, and whole. Throws OUTPUT_UNWRITABLE.
 *
 * @param mode who may read and write it; as the one before where it is not said
 */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  mode?: number,
): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  try {
    const before = await stat(path).catch(() => undefined)
    const handle = await open(beside, 'w', mode ?? before?.mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, path)
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {}) // where it could not be made
    throw unwritable(path, cause)
  }
}

/** What is thrown where something could not be written: OUTPUT_UNWRITABLE, with the reason in words. */
export function unwritable(path: string, cause: unknown): EngineError {
  const { code, message } = cause as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    ENOENT: 'its folder does not exist',
    EISDIR: 'it is a directory',
    EACCES: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  }
  const why = reasons[code ?? ''] ?? message
  return new EngineError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${why}.`, { cause })
}
