/**
 * File: appends each alert as one line of NDJSON.
 *
 * The file is opened anew for every alert, so it may be moved away and rotated under a running
 * engine. An alert counts as delivered once it is on the disk. A second delivery of the same
 * revision adds no second line, as far back as the end of the file reaches.
 */
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { batchOption, inBatches } from './batch.ts'
import { type ShapeName, shapeNames, shapes } from './shapes/shape.ts'
import { type Delivery, deliveryKey, type Sink, type SinkKind, sinkOptions } from './sink.ts'

/** What is read of an existing file to know what it holds: some thousand alerts. */
const TAIL_BYTES_MAX = 4_194_304
/** Revisions remembered as written. */
const KEYS_REMEMBERED_MAX = 10_000

const schema = z.strictObject({
  ...sinkOptions('file'),
  path: z
    .string()
    .min(1)
    .max(4096)
    .describe('Absolute, or relative to where the engine runs. Missing folders are made.'),
  shape: z
    .enum(shapeNames)
    .default('alert')
    .describe('The alert itself, an OCSF finding, or an ECS document.'),
  ...batchOption,
})

export type FileConfig = z.output<typeof schema>

export const file: SinkKind<FileConfig> = {
  type: 'file',
  title: 'File (NDJSON)',
  schema,
  open: openFile,
}

function openFile(config: FileConfig): Sink {
  const shape = shapes[config.shape]
  const path = resolve(config.path)
  let written: LRUCache<string, true> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const append = async (alerts: readonly Alert[]): Promise<Delivery> => {
    try {
      written ??= await readWritten(path, config.shape)
      const known = written
      const fresh = new Map(alerts.map((alert) => [deliveryKey(alert), alert]))
      for (const key of fresh.keys()) if (known.has(key)) fresh.delete(key)
      if (fresh.size > 0) await appendLines(path, [...fresh.values()].map(shape.write))
      for (const key of fresh.keys()) known.set(key, true)
      return { kind: 'delivered' }
    } catch (error) {
      // A full disk, a missing mount, a wrong mode: all can be put right while we wait.
      return { kind: 'retry', reason: (error as Error).message }
    }
  }

  return {
    name: config.name,
    ...inBatches(config.batch, (alerts) => {
      const sent = last.then(() => append(alerts)) // one at a time: lines never mix
      last = sent
      return sent
    }),
    async check() {
      try {
        await mkdir(dirname(path), { recursive: true })
        const handle = await open(path, 'a')
        await handle.close()
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
    async close() {
      await last
    },
  }
}

async function appendLines(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const end = Buffer.alloc(1)
    if (size > 0) await handle.read(end, 0, 1, size - 1)
    // A line that a crash cut short is closed, so that it spoils no other.
    const isCut = size > 0 && end[0] !== 0x0a
    await handle.appendFile(`${isCut ? '\n' : ''}${lines.join('\n')}\n`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** The keys of the alerts at the end of the file; empty where there is none. */
async function readWritten(path: string, shape: ShapeName): Promise<LRUCache<string, true>> {
  const keys = new LRUCache<string, true>({ max: KEYS_REMEMBERED_MAX })
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return keys
  try {
    const { size } = await handle.stat()
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX))
    await handle.read(tail, 0, tail.length, size - tail.length)
    for (const line of tail.toString('utf8').split('\n')) {
      // Undefined for the first line of the tail, or one that a crash cut short.
      const key = shapes[shape].keyOf(line)
      if (key !== undefined) keys.set(key, true)
    }
  } finally {
    await handle.close()
  }
  return keys
}
