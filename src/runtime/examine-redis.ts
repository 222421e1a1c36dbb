/** Examines a Redis: whether it keeps what it is given, answers quickly, and has the right time. */
import { closeClient, openClient, type RuntimeLog, storeFailure } from './connection.ts'
import type { RedisAddress } from './redis-address.ts'
import { infoField, memoryIn } from './redis-info.ts'

/** Round trips that are timed; the middle one is told. */
const PINGS = 21
/** For all of it: a server that is slower than that is found to be so. */
const EXAMINED_MS_MAX = 10_000

export interface RedisFacts {
  readonly evictionPolicy: string
  readonly memoryBytes: number
  /** 0 for no bound. */
  readonly memoryMaxBytes: number
  readonly persistence: 'append-only file' | 'snapshots' | 'none' | 'not told'
  /** Whether the latest write to disk failed; Redis then refuses writes, or soon will. */
  readonly hasWriteFailed: boolean
  /** Whether it is a replica, which takes no writes. */
  readonly isReplica: boolean
  /** Median time of a round trip, in ms. */
  readonly latencyMs: number
  /** By how much its clock is ahead of ours, in ms, to within half a round trip. */
  readonly clockAheadMs: number
}

/** Throws STORE_UNREACHABLE. */
export async function examineRedis(address: RedisAddress, log: RuntimeLog): Promise<RedisFacts> {
  const client = openClient(address, log)
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`no answer within ${EXAMINED_MS_MAX} ms`))
    setTimeout(fail, EXAMINED_MS_MAX).unref()
  })
  try {
    return await Promise.race([examine(client), late])
  } catch (error) {
    throw storeFailure(error)
  } finally {
    closeClient(client)
  }
}

async function examine(client: ReturnType<typeof openClient>): Promise<RedisFacts> {
  const info = await client.info()
  const field = (name: string) => infoField(info, name)
  const memory = memoryIn(info)
  const times: number[] = []
  for (let ping = 0; ping < PINGS; ping++) {
    const sinceMs = performance.now()
    await client.ping()
    times.push(performance.now() - sinceMs)
  }
  const latencyMs = times.sort((a, b) => a - b)[PINGS >> 1]! // one of them by construction
  const [seconds, micros] = await client.time()
  const clockMs = Number(seconds) * 1_000 + Number(micros) / 1_000
  return {
    evictionPolicy: field('maxmemory_policy'),
    memoryBytes: memory.used,
    memoryMaxBytes: memory.max,
    persistence: field('aof_enabled') === '1' ? 'append-only file' : await snapshotsOf(client),
    hasWriteFailed: ['aof_last_write_status', 'rdb_last_bgsave_status'].some(
      (name) => field(name) === 'err',
    ),
    isReplica: field('role') === 'slave',
    latencyMs,
    clockAheadMs: clockMs + latencyMs / 2 - Date.now(),
  }
}

/** Many who run Redis for others do not let one ask. */
async function snapshotsOf(client: ReturnType<typeof openClient>) {
  const answer = (await client.config('GET', 'save').catch(() => undefined)) as
    | string[]
    | Readonly<Record<string, string>>
    | undefined
  const save = Array.isArray(answer) ? answer[1] : answer?.save
  if (save === undefined) return 'not told'
  return save === '' ? 'none' : 'snapshots'
}
