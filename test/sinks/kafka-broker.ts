/**
 * A Kafka broker as far as a producer needs one: it says what it speaks, who leads the topic, and takes
 * records. Source: the Apache Kafka protocol guide, ApiVersions v0 to v2, Metadata v1, Produce v3.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface KafkaRecord {
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

export interface KafkaBroker {
  readonly port: number
  readonly records: KafkaRecord[]
  readonly acks: number[]
  readonly connections: () => number
  readonly openConnections: () => number
  close(): Promise<void>
}

const API = { produce: 0, metadata: 3, versions: 18 } as const
const SPOKEN = [
  [API.produce, 3, 3],
  [API.metadata, 1, 1],
  [API.versions, 0, 2],
] as const

/** Answers every batch of records with `errorCode`, and takes it where that is 0; -1 says nothing. */
export async function startKafka(
  errorCode = 0,
  tls?: { readonly key: string; readonly cert: string },
): Promise<KafkaBroker> {
  const records: KafkaRecord[] = []
  const acks: number[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let port = 0

  const answer = (request: Reader): Buffer | undefined => {
    const [api, version, correlation] = [request.int16(), request.int16(), request.int32()]
    request.string() // the client's id
    const head = int32(correlation)
    if (api === API.versions) {
      const spoken = SPOKEN.map((range) => Buffer.concat(range.map(int16)))
      const tail = version > 0 ? [int32(0)] : []
      return Buffer.concat([head, int16(0), array(spoken), ...tail])
    }
    if (api === API.metadata) {
      const topics = Array.from({ length: request.int32() }, () => request.string())
      const us = Buffer.concat([int32(1), string('127.0.0.1'), int32(port), int16(-1)])
      const led = Buffer.concat([
        int16(0),
        int32(0),
        int32(1),
        array([int32(1)]),
        array([int32(1)]),
      ])
      const told = topics.map((topic) =>
        Buffer.concat([int16(0), string(topic), Buffer.of(0), array([led])]),
      )
      return Buffer.concat([head, array([us]), int32(1), array(told)])
    }
    request.string() // the transaction's id: none
    acks.push(request.int16())
    request.int32() // the time it may take
    request.int32() // topics: one
    const topic = request.string()
    request.int32() // partitions: one
    const partition = request.int32()
    const batch = new Reader(request.bytes(request.int32()))
    if (errorCode === -1) return undefined
    if (errorCode === 0) records.push(...recordsIn(batch, topic))
    const taken = Buffer.concat([
      int32(partition),
      int16(errorCode),
      int64(records.length),
      int64(-1),
    ])
    return Buffer.concat([head, array([Buffer.concat([string(topic), array([taken])])]), int32(0)])
  }

  const serve = (socket: Socket) => {
    connections++
    sockets.add(socket)
    let waiting = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
        const length = waiting.readInt32BE(0)
        const said = answer(new Reader(waiting.subarray(4, 4 + length)))
        if (said !== undefined) socket.write(Buffer.concat([int32(said.length), said]))
        waiting = waiting.subarray(4 + length)
      }
    })
  }
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  return {
    ...{ port, records, acks },
    connections: () => connections,
    openConnections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A record batch of magic 2, not compressed. */
function recordsIn(batch: Reader, topic: string): KafkaRecord[] {
  batch.bytes(8 + 4 + 4) // offset, length, epoch of the leader
  if (batch.bytes(1)[0] !== 2) throw new Error('a batch of another magic')
  batch.bytes(4 + 2 + 4 + 8 + 8 + 8 + 2 + 4) // checksum, attributes, offsets, times, producer
  return Array.from({ length: batch.int32() }, () => {
    batch.varint() // length
    batch.bytes(1)
    batch.varint() // time
    batch.varint() // offset
    const key = batch.text(batch.varint())
    const value = batch.text(batch.varint())
    const headers = Array.from({ length: batch.varint() }, () => [
      batch.text(batch.varint()),
      batch.text(batch.varint()),
    ])
    return { topic, key, value, headers: Object.fromEntries(headers) }
  })
}

class Reader {
  private readonly buffer: Buffer
  private at = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  bytes(length: number): Buffer {
    this.at += length
    return this.buffer.subarray(this.at - length, this.at)
  }

  int16 = () => this.bytes(2).readInt16BE()
  int32 = () => this.bytes(4).readInt32BE()
  text = (length: number) => this.bytes(length).toString('utf8')

  string(): string {
    const length = this.int16()
    return length < 0 ? '' : this.text(length)
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.bytes(1)[0]!)
      value |= (byte & 0x7fn) << shift
      if ((byte & 0x80n) === 0n) return Number((value >> 1n) ^ -(value & 1n))
    }
  }
}

const sized = (length: number, write: (buffer: Buffer) => void) => {
  const buffer = Buffer.alloc(length)
  write(buffer)
  return buffer
}
const int16 = (value: number) => sized(2, (buffer) => buffer.writeInt16BE(value))
const int32 = (value: number) => sized(4, (buffer) => buffer.writeInt32BE(value))
const int64 = (value: number) => sized(8, (buffer) => buffer.writeBigInt64BE(BigInt(value)))
const string = (text: string) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])
const array = (all: readonly Buffer[]) => Buffer.concat([int32(all.length), ...all])
