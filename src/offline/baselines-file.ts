/**
 * Baselines file: everything a scan has learned, to learn once and scan later.
 *
 * The state of every partition and what they share, so that a scan that goes on with it is the same to
 * the bit as one scan over both. MessagePack, gzipped; `baselines export` writes what people read.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { pack, unpack } from 'msgpackr'
import { z } from 'zod'
import type { EngineOptions } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { unwritable } from './output.ts'
import { Replay, type SavedReplay } from './replay.ts'

/** Raised when the file changes shape. */
const VERSION = 2

const fileSchema = z.object({
  format: z.literal('perimeter-scan'),
  version: z.number(),
  latestMs: z.number(),
  replay: z.custom<SavedReplay>((value) => typeof value === 'object' && value !== null),
})

export interface SavedScan {
  readonly replay: Replay
  /** The latest event learned from, epoch ms: since when nothing is learned where that ends. */
  readonly latestMs: number
}

/** Throws OUTPUT_UNWRITABLE. */
export async function saveScan(path: string, { replay, latestMs }: SavedScan): Promise<void> {
  const file = { format: 'perimeter-scan', version: VERSION, latestMs, replay: replay.save() }
  try {
    await writeFile(path, await promisify(gzip)(pack(file), { level: 1 }))
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Throws INPUT_UNREADABLE where it is no such file, MEMORY_NEWER, MEMORY_INVALID. */
export async function loadScan(path: string, options: EngineOptions): Promise<SavedScan> {
  let value: unknown
  try {
    value = unpack(await promisify(gunzip)(await readFile(path)))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
    throw new EngineError('INPUT_UNREADABLE', `${path} ${why}.`, { cause })
  }
  const read = fileSchema.safeParse(value)
  if (!read.success) {
    const message = `${path} holds no baselines: expected a file of --save-baselines.`
    throw new EngineError('INPUT_UNREADABLE', message, { cause: read.error })
  }
  const { version, replay, latestMs } = read.data
  if (version > VERSION) {
    const message = `${path} is v${version}; this build reads up to v${VERSION}.`
    throw new EngineError('MEMORY_NEWER', message)
  }
  return { replay: Replay.load(options, replay), latestMs }
}
