/**
 * A Kafka broker as far as one producer and one member of a group need one: it says what it speaks and who
 * leads the topic, takes records and gives them back, and keeps what was committed. Whoever joins the group is
 * its only member from then on. Source: the Apache Kafka protocol guide, in the versions of `SPOKEN`.
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
  /** Heartbeats that were answered. */
  readonly heartbeats: () => number
  readonly connections: () => number
  readonly openConnections: () => number
  /** Takes a batch of records as a producer wrote it, however it is compressed. */
  append(topic: string, batch: Buffer): void
  /** As if another member had joined: the one there is has to join again. */
  expel(): void
  close(): Promise<void>
}

/** Codes of the protocol. */
const NOTHING_COMMITTED = -1n
const UNKNOWN_MEMBER = 25
/** Where a batch says how far its last record is from its first. */
const LAST_OFFSET_AT = 23
/** How long a fetch that finds nothing is held, in ms. */
const FETCH_MS = 50

/** What was produced to a topic, which has one partition. */
interface Log {
  readonly batches: { readonly first: bigint; readonly bytes: Buffer }[]
  end: bigint
  committed: bigint
}

type Answer = Buffer | undefined | Promise<Buffer>

/** Answers every batch of records with `errorCode`, and takes it where that is 0; -1 says nothing. */
export async function startKafka(
  errorCode = 0,
  tls?: { readonly key: string; readonly cert: string },
): Promise<KafkaBroker> {
  const records: KafkaRecord[] = []
  const acks: number[] = []
  const logs = new Map<string, Log>()
  const sockets = new Set<Socket>()
  const members = { count: 0, current: '', heartbeats: 0 }
  let connections = 0
  let port = 0

  const logOf = (topic: string): Log => {
    const log = logs.get(topic) ?? { batches: [], end: 0n, committed: NOTHING_COMMITTED }
    logs.set(topic, log)
    return log
  }
  const append = (topic: string, bytes: Buffer) => {
    const log = logOf(topic)
    const first = log.end
    bytes.writeBigInt64BE(first) // which the checksum does not cover
    log.batches.push({ first, bytes })
    log.end += BigInt(bytes.readInt32BE(LAST_OFFSET_AT) + 1)
  }
  const ofMember = (member: string) => int16(member === members.current ? 0 : UNKNOWN_MEMBER)

  const produce = (request: Reader): Answer => {
    request.string() // the transaction's id: none
    acks.push(request.int16())
    request.int32() // the time it may take
    request.int32() // topics: one
    const topic = request.string()
    request.int32() // partitions: one
    const partition = request.int32()
    const bytes = Buffer.from(request.bytes(request.int32()))
    if (errorCode === -1) return undefined
    const first = logOf(topic).end
    if (errorCode === 0) {
      records.push(...recordsIn(new Reader(bytes), topic))
      append(topic, bytes)
    }
    const told = [int32(partition), int16(errorCode), int64(first), int64(-1n)]
    return joined(array([joined(string(topic), array([joined(...told)]))]), int32(0))
  }

  const metadata = (request: Reader): Answer => {
    const us = joined(int32(1), string('127.0.0.1'), int32(port), int16(-1))
    const ones = array([int32(1)])
    const led = joined(int16(0), int32(0), int32(1), ones, ones)
    const told = request.all(() =>
      joined(int16(0), string(request.string()), Buffer.of(0), array([led])),
    )
    return joined(array([us]), int32(1), array(told))
  }

  const fetch = async (request: Reader): Promise<Buffer> => {
    request.bytes(4 + 4 + 4 + 4 + 1) // replica, longest wait, bytes, isolation
    const wanted = request.all(() => ({
      topic: request.string(),
      offsets: request.all(() => {
        const [partition, offset] = [request.int32(), request.int64()]
        request.int32() // bytes
        return { partition, offset }
      }),
    }))
    const isNews = wanted.some(({ topic, offsets }) =>
      offsets.some(({ offset }) => offset < logOf(topic).end),
    )
    if (!isNews) await new Promise((resolve) => setTimeout(resolve, FETCH_MS))
    const told = wanted.map(({ topic, offsets }) => {
      const { batches, end } = logOf(topic)
      const parts = offsets.map(({ partition, offset }) => {
        const from = batches.findLastIndex(({ first }) => first <= offset)
        const bytes = offset < end ? joined(...batches.slice(from).map((one) => one.bytes)) : NONE
        const head = [int32(partition), int16(0), int64(end), int64(end), array([])]
        return joined(...head, int32(bytes.length), bytes)
      })
      return joined(string(topic), array(parts))
    })
    return joined(int32(0), array(told))
  }

  const listOffsets = (request: Reader): Answer => {
    request.int32() // replica
    return eachPartition(request, (topic, partition) => {
      const offset = request.int64() === -1n ? logOf(topic).end : 0n
      return [int32(partition), int16(0), int64(-1n), int64(offset)]
    })
  }

  const commit = (request: Reader): Answer => {
    request.string() // the group
    request.int32() // generation
    const error = ofMember(request.string())
    request.int64() // for how long
    return eachPartition(request, (topic, partition) => {
      const offset = request.int64()
      request.string()
      if (error.readInt16BE() === 0) logOf(topic).committed = offset
      return [int32(partition), error]
    })
  }

  const committed = (request: Reader): Answer => {
    request.string() // the group
    return eachPartition(request, (topic, partition) => {
      const { committed: offset } = logOf(topic)
      return [int32(partition), int64(offset), string(''), int16(0)]
    })
  }

  const join = (request: Reader): Answer => {
    request.string() // the group
    request.int32() // when it counts as gone
    const before = request.string()
    request.string() // what kind of group
    request.int32()
    const [protocol, wants] = [request.string(), Buffer.from(request.bytes(request.int32()))]
    members.current = before === members.current && before !== '' ? before : `m-${++members.count}`
    const us = string(members.current)
    const all = array([joined(us, int32(wants.length), wants)])
    return joined(int16(0), int32(members.count), string(protocol), us, us, all)
  }

  const sync = (request: Reader): Answer => {
    request.string() // the group
    request.int32() // generation
    const error = ofMember(request.string())
    const [given = NONE] = request.all(() => {
      request.string() // the member: the only one
      return Buffer.from(request.bytes(request.int32()))
    })
    return joined(error, int32(given.length), given)
  }

  const heartbeat = (request: Reader): Answer => {
    request.string()
    request.int32()
    members.heartbeats++
    return ofMember(request.string())
  }

  const versions = (version: number): Buffer => {
    const spoken = Object.entries(SPOKEN).map(([api, [from, to]]) =>
      joined(int16(Number(api)), int16(from), int16(to)),
    )
    return joined(int16(0), array(spoken), ...(version > 0 ? [int32(0)] : []))
  }

  const answer = (request: Reader): { head: Buffer; said: Answer } => {
    const [api, version, correlation] = [request.int16(), request.int16(), request.int32()]
    request.string() // the client's id
    const coordinator = joined(int16(0), int32(1), string('127.0.0.1'), int32(port))
    const said: Record<number, () => Answer> = {
      0: () => produce(request),
      1: () => fetch(request),
      2: () => listOffsets(request),
      3: () => metadata(request),
      8: () => commit(request),
      9: () => committed(request),
      10: () => coordinator,
      11: () => join(request),
      12: () => heartbeat(request),
      13: () => int16(0),
      14: () => sync(request),
      18: () => versions(version),
    }
    return { head: int32(correlation), said: said[api]!() }
  }

  const serve = (socket: Socket) => {
    connections++
    sockets.add(socket)
    let waiting = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', async (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
        const length = waiting.readInt32BE(0)
        const { head, said } = answer(new Reader(waiting.subarray(4, 4 + length)))
        waiting = waiting.subarray(4 + length)
        const body = await said
        if (body !== undefined) socket.write(joined(int32(4 + body.length), head, body))
      }
    })
  }
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  return {
    ...{ port, records, acks, append },
    heartbeats: () => members.heartbeats,
    connections: () => connections,
    openConnections: () => sockets.size,
    expel() {
      members.current = ''
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** By the number of the request: the versions that are spoken. */
const SPOKEN: Readonly<Record<number, readonly [number, number]>> = {
  0: [3, 3], // Produce
  1: [4, 4], // Fetch
  2: [1, 1], // ListOffsets
  3: [1, 1], // Metadata
  8: [2, 2], // OffsetCommit
  9: [1, 1], // OffsetFetch
  10: [0, 0], // FindCoordinator
  11: [0, 0], // JoinGroup
  12: [0, 0], // Heartbeat
  13: [0, 0], // LeaveGroup
  14: [0, 0], // SyncGroup
  18: [0, 2], // ApiVersions
}

/** Topics, each with partitions, asked for and answered alike. */
function eachPartition(
  request: Reader,
  told: (topic: string, partition: number) => Buffer[],
): Buffer {
  const topics = request.all(() => {
    const topic = request.string()
    const partitions = request.all(() => joined(...told(topic, request.int32())))
    return joined(string(topic), array(partitions))
  })
  return array(topics)
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

  int64 = () => this.bytes(8).readBigInt64BE()
  int16 = () => this.bytes(2).readInt16BE()
  int32 = () => this.bytes(4).readInt32BE()
  text = (length: number) => this.bytes(length).toString('utf8')

  string(): string {
    const length = this.int16()
    return length < 0 ? '' : this.text(length)
  }

  all<One>(read: () => One): One[] {
    return Array.from({ length: this.int32() }, read)
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
const int64 = (value: bigint) => sized(8, (buffer) => buffer.writeBigInt64BE(value))
const string = (text: string) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])
const array = (all: readonly Buffer[]) => Buffer.concat([int32(all.length), ...all])
const joined = (...all: readonly Buffer[]) => Buffer.concat(all)
const NONE = Buffer.alloc(0)
