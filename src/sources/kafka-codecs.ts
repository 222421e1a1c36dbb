/**
 * Compression of Kafka records: reads what producers write in any codec Kafka has. kafkajs knows gzip only, and
 * no limit.
 *
 * Source    Apache Kafka protocol guide, record batches; the framing of snappy-java, which Java producers use.
 */
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Decompress } from 'fzstd'

/** Largest batch once unpacked, in bytes; one is a megabyte as sent, and JSON packs to a tenth. */
export const BATCH_BYTES_MAX = 67_108_864
/** With it and two numbers snappy-java begins; blocks follow, each after its length. */
const SNAPPY_JAVA = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const SNAPPY_HEAD_BYTES = SNAPPY_JAVA.length + 2 * 4

const require = createRequire(import.meta.url)
const unzip = promisify(gunzip)

interface Lz4 {
  /** At most so many bytes, by the sizes its blocks may have. */
  decompressBound(packed: Buffer): number
  decompress(packed: Buffer, bytesMax: number): Uint8Array
}

/** Adds all of them to kafkajs, for the whole process. */
export async function readAllCodecs(): Promise<void> {
  const { CompressionCodecs, CompressionTypes } = (await import('kafkajs')).default
  // Neither package says its types.
  const { uncompress } = require('snappyjs') as {
    uncompress(packed: Buffer, bytesMax: number): Buffer
  }
  const lz4 = require('lz4js') as Lz4
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
  CompressionCodecs[GZIP] = codec((packed) => unzip(packed, { maxOutputLength: BATCH_BYTES_MAX }))
  CompressionCodecs[Snappy] = codec((packed) =>
    Buffer.concat(blocksOf(packed).map((block) => uncompress(block, BATCH_BYTES_MAX))),
  )
  CompressionCodecs[LZ4] = codec((packed) => {
    const boundBytes = lz4.decompressBound(packed)
    checkSize(boundBytes)
    return Buffer.from(lz4.decompress(packed, boundBytes))
  })
  CompressionCodecs[ZSTD] = codec(unpackZstd)
}

function codec(decompress: (packed: Buffer) => Buffer | Promise<Buffer>) {
  return () => ({
    decompress: async (packed: Buffer) => decompress(packed),
    compress: async () => {
      throw new TypeError('What is written is not compressed.')
    },
  })
}

function blocksOf(packed: Buffer): Buffer[] {
  if (!packed.subarray(0, SNAPPY_JAVA.length).equals(SNAPPY_JAVA)) return [packed]
  const blocks: Buffer[] = []
  for (let at = SNAPPY_HEAD_BYTES; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32BE(at)
    blocks.push(packed.subarray(at + 4, end))
    at = end
  }
  return blocks
}

function unpackZstd(packed: Buffer): Buffer {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  const stream = new Decompress((chunk) => {
    sizeBytes += chunk.length
    checkSize(sizeBytes)
    chunks.push(chunk)
  })
  stream.push(packed, true)
  return Buffer.concat(chunks)
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes <= BATCH_BYTES_MAX) return
  throw new RangeError(`A batch unpacks to more than ${BATCH_BYTES_MAX} bytes.`)
}
