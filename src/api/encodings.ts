/** The encodings that bodies may come in: those of this Node. */
import { promisify } from 'node:util'
import zlib, { type ZlibOptions } from 'node:zlib'

type Unzstd = (
  body: Buffer,
  options: ZlibOptions,
  done: (error: Error | null, body: Buffer) => void,
) => void

/** Node has it from 22.15 on. */
const { zstdDecompress } = zlib as { zstdDecompress?: Unzstd }

/** Undoes zstd; undefined where Node cannot. */
export const unzstd = zstdDecompress && promisify<Buffer, ZlibOptions, Buffer>(zstdDecompress)

/** As a header of HTTP lists them. */
export const ENCODINGS = ['gzip', 'deflate', ...(unzstd ? ['zstd'] : [])].join(', ')
