/** The bytes of an input: a file, compressed or not, or what is piped in. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { EngineError } from '../errors.ts'

/** Bytes read at a time: large enough that a chunk's overhead is nothing, and two fit the cache. */
const CHUNK_BYTES = 262_144
/**
 * Compressed bytes taken at a time. Gzip can make a thousand bytes of one; and where the data is
 * damaged, what the last piece would have come to is lost with it.
 */
const GZIP_CHUNK_BYTES = 4_096

export interface Source {
  /** As the user wrote it; `-` is standard input. */
  readonly path: string
  /** Bytes on disk; undefined for standard input. */
  readonly sizeBytes: number | undefined
}

export interface Chunk {
  readonly bytes: Buffer
  /** Bytes on disk that have been read so far, compressed ones where they are. */
  readonly readBytes: number
}

/** Looks at every input before the first is read, so that a typing error costs no hour of scanning. */
export async function sourcesOf(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = []
  for (const path of paths) {
    if (path === '-') {
      sources.push({ path, sizeBytes: undefined })
      continue
    }
    try {
      const found = await stat(path)
      if (found.isDirectory()) throw unreadable(`${path} is a directory; name the files in it`)
      const file = await open(path, 'r')
      await file.close()
      sources.push({ path, sizeBytes: found.isFile() ? found.size : undefined })
    } catch (cause) {
      throw cause instanceof EngineError ? cause : unreadableBecause(path, cause)
    }
  }
  return sources
}

/**
 * The bytes of a source, decompressed if its first two bytes say gzip, whatever its name is. Answers
 * a reason at the end where the compressed data was cut short or damaged; what came before is good.
 */
export async function* chunksOf(source: Source): AsyncGenerator<Chunk, string | undefined> {
  const raw = rawChunks(source.path)
  const first = await raw.next()
  if (first.done) return undefined
  const head = first.value
  if (head[0] === 0x1f && head[1] === 0x8b) return yield* gunzipped(head, raw)
  let readBytes = head.length
  yield { bytes: head, readBytes }
  for await (const bytes of raw) {
    readBytes += bytes.length
    yield { bytes, readBytes }
  }
  return undefined
}

async function* rawChunks(path: string): AsyncGenerator<Buffer, undefined> {
  const stream =
    path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES })
  let short: Buffer | undefined // a pipe may deliver a single byte, too little to tell gzip by
  try {
    for await (const read of stream) {
      const bytes = short === undefined ? (read as Buffer) : Buffer.concat([short, read as Buffer])
      short = bytes.length < 2 ? bytes : undefined
      if (short === undefined) yield bytes
    }
  } catch (cause) {
    throw unreadableBecause(path, cause)
  }
  if (short !== undefined) yield short
  return undefined
}

/**
 * Written by hand rather than piped: an error of a piped stream discards what it had already
 * decompressed, and the records before a cut are wanted. Each piece is waited for, and the end is
 * announced only after the last piece is through.
 */
async function* gunzipped(
  head: Buffer,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Chunk, string | undefined> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  let ready: Buffer[] = []
  let failure: Error | undefined
  let isOver = false // the last member has ended; what follows it is padding
  let wake = () => {}
  gunzip.on('data', (bytes: Buffer) => ready.push(bytes))
  gunzip.on('error', (error) => {
    failure = error
    wake()
  })
  gunzip.on('end', () => {
    isOver = true
    wake()
  })
  const settled = (act: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve
      if (failure !== undefined || isOver) resolve()
      else act(resolve)
    })

  let readBytes = 0
  try {
    const goesOn = () => failure === undefined && !isOver
    for (let raw: Buffer | undefined = head; raw !== undefined && goesOn(); ) {
      for (let at = 0; at < raw.length && goesOn(); at += GZIP_CHUNK_BYTES) {
        const piece = raw.subarray(at, at + GZIP_CHUNK_BYTES)
        await settled((done) => gunzip.write(piece, () => done()))
        readBytes += piece.length
        for (const bytes of ready) yield { bytes, readBytes }
        ready = []
      }
      const next: IteratorResult<Buffer> = await rest.next()
      raw = next.done ? undefined : next.value
    }
    if (failure === undefined) await settled(() => gunzip.end())
    for (const bytes of ready) yield { bytes, readBytes }
  } finally {
    gunzip.destroy()
    await rest.return(undefined)
  }
  if (failure === undefined) return undefined
  const isCut = (failure as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
  return isCut
    ? 'the gzip data is cut short; what came before is kept'
    : `the gzip data is damaged (${(failure as Error).message}); all but the last few records before are kept`
}

const unreadable = (sentence: string, options?: ErrorOptions) =>
  new EngineError('INPUT_UNREADABLE', `${sentence}.`, options)

function unreadableBecause(path: string, cause: unknown): EngineError {
  const code = (cause as NodeJS.ErrnoException).code
  const name = path === '-' ? 'Standard input' : path
  if (code === 'ENOENT') return unreadable(`${name} does not exist`, { cause })
  if (code === 'EACCES' || code === 'EPERM') {
    return unreadable(`${name} may not be read by this user`, { cause })
  }
  const because = cause instanceof Error ? cause.message : String(cause)
  return unreadable(`${name} cannot be read: ${because}`, { cause })
}
