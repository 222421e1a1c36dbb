/**
 * A consumer of a Redis Stream: reads entries that it holds from then on, until they are done.
 *
 * It reads first what it holds already, from before a connection broke; then now and again what others left
 * for too long; otherwise what is new. Whatever it is asked, it answers or throws within a bounded time.
 */
import type { Redis } from 'ioredis'
import { answersTo, closeClient, openClient, type RuntimeLog } from '../runtime/connection.ts'
import type { RedisAddress } from '../runtime/redis-address.ts'

/** For new entries to come, in ms; closing waits for as long. */
const BLOCK_MS = 500
/** An answer that takes this much longer will not come any more, in ms. */
const SILENCE_MS_MAX = 10_000
/** A consumer that holds nothing and did nothing for so long is forgotten, in ms; were it alive, it would be known again. */
const IDLE_MS_MAX = 3_600_000

/** An entry: fields and values in turn, or null where it was deleted since it was first read. */
export type Entry = readonly [id: Buffer, fields: readonly Buffer[] | null]

/**
 * Forgets consumers of a group that hold nothing.
 * KEYS stream. ARGV group; for how long they did nothing, in ms; the one that is meant, or '' for any.
 */
const FORGET = `
for _, told in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local one = {}
  for at = 1, #told, 2 do one[told[at]] = told[at + 1] end
  local isMeant = ARGV[3] == '' or one.name == ARGV[3]
  if isMeant and one.pending == 0 and one.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], one.name)
  end
end
return 0`

export interface StreamConsumerParts {
  readonly address: RedisAddress
  readonly stream: string
  readonly group: string
  readonly consumer: string
  readonly begin: 'start' | 'end'
  readonly count: number
  readonly claimAfterMs: number
  readonly done: 'keep' | 'delete'
  readonly log: RuntimeLog
}

export class StreamConsumer {
  private readonly parts: StreamConsumerParts
  /** Waits for entries, so that everything else needs another. */
  private readonly reader: Redis
  private readonly client: Redis
  private holdsMore = true
  private claimFrom = '0-0'
  private claimAtMs = 0

  constructor(parts: StreamConsumerParts) {
    this.parts = parts
    this.reader = openClient(parts.address, parts.log)
    this.client = openClient(parts.address, parts.log)
  }

  /** Makes the group where there is none, with what follows `after` if that is known. */
  async join(after: string | undefined): Promise<void> {
    const { stream, group, begin } = this.parts
    const from = after ?? (begin === 'start' ? '0' : '$')
    try {
      await answered(this.client.xgroup('CREATE', stream, group, from, 'MKSTREAM'))
    } catch (error) {
      if (!/^BUSYGROUP/.test((error as Error).message)) throw error
    }
  }

  /** Entries in the order of the stream; none where none came for a while. */
  async next(): Promise<readonly Entry[]> {
    if (this.holdsMore) {
      const held = await this.read('0')
      if (held.length > 0) return held
      this.holdsMore = false
    }
    if (performance.now() >= this.claimAtMs) {
      const claimed = await this.claim()
      if (claimed.length > 0) return claimed
    }
    return this.read('>')
  }

  private async read(from: '0' | '>'): Promise<readonly Entry[]> {
    const { stream, group, consumer, count } = this.parts
    const which = ['GROUP', group, consumer, 'COUNT', count] as const
    const where = ['STREAMS', stream, from] as const
    const answer = await answered(
      from === '0'
        ? this.reader.xreadgroupBuffer(...which, ...where)
        : this.reader.xreadgroupBuffer(...which, 'BLOCK', BLOCK_MS, ...where),
      BLOCK_MS,
    )
    return answer?.[0]?.[1] ?? []
  }

  /** Takes over some of what others have held for too long; from the beginning again once it saw all. */
  private async claim(): Promise<readonly Entry[]> {
    const { stream, group, consumer, count, claimAfterMs } = this.parts
    const where = [stream, group, consumer, claimAfterMs, this.claimFrom]
    const answer = await answered(this.client.callBuffer('XAUTOCLAIM', ...where, 'COUNT', count))
    const [next, entries] = answer as [Buffer, (Entry | null)[]]
    this.claimFrom = String(next)
    if (this.claimFrom === '0-0') {
      this.claimAtMs = performance.now() + claimAfterMs / 2
      await this.forget(IDLE_MS_MAX)
    }
    return entries.filter((entry) => entry !== null) // Redis 6.2 tells of deleted ones by nothing
  }

  /** Says that it is still at work on these, so that nobody takes them over. */
  async hold(entries: readonly Entry[]): Promise<void> {
    const { stream, group, consumer } = this.parts
    const ids = entries.map(([id]) => id)
    await answered(this.client.xclaim(stream, group, consumer, 0, ...ids, 'JUSTID'))
  }

  /** Leaves them to whoever looks next for what others left. */
  async letGo(entries: readonly Entry[]): Promise<void> {
    const { stream, group, consumer, claimAfterMs } = this.parts
    const ids = entries.map(([id]) => id)
    const idle = ['IDLE', claimAfterMs, 'JUSTID']
    await answered(this.client.call('XCLAIM', stream, group, consumer, 0, ...ids, ...idle))
  }

  async done(entries: readonly Entry[]): Promise<void> {
    const { stream, group, done } = this.parts
    const ids = entries.map(([id]) => id)
    const pipeline = this.client.pipeline().xack(stream, group, ...ids)
    if (done === 'delete') pipeline.xdel(stream, ...ids)
    await answered(answersTo(pipeline))
  }

  /** Entries that nobody has read yet, and those that are held; undefined before Redis 7. */
  async lag(): Promise<number | undefined> {
    const { stream, group } = this.parts
    const groups = (await answered(this.client.xinfo('GROUPS', stream))) as unknown[][]
    const told = groups.map((pairs) => new Map(pairs.map((key, at) => [key, pairs[at + 1]])))
    const ours = told.find((one) => one.get('name') === group)
    const lag = ours?.get('lag')
    return typeof lag === 'number' ? lag + Number(ours?.get('pending')) : undefined
  }

  /** Is forgotten, unless it still holds something. */
  async leave(): Promise<void> {
    await this.forget(0, this.parts.consumer)
  }

  close(): void {
    closeClient(this.reader)
    closeClient(this.client)
  }

  /** Where that is not permitted, they stay: nothing else depends on it. */
  private async forget(idleMs: number, name = ''): Promise<void> {
    const { stream, group, log } = this.parts
    await answered(this.client.eval(FORGET, 1, stream, group, idleMs, name)).catch((error) =>
      log.debug({ err: error, group }, 'consumers that hold nothing were not forgotten'),
    )
  }
}

/** Throws where no answer comes, as of a machine that is gone without a word. */
async function answered<Answer>(answer: Promise<Answer>, waitMs = 0): Promise<Answer> {
  const ms = waitMs + SILENCE_MS_MAX
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
