/**
 * Token buckets: how many events a second may be taken of a tenant, by all ingests together.
 *
 * A bucket holds the tokens of so many seconds, and each event takes one. More events than it can hold
 * are let through once it is full, and are paid for afterwards, so that the rate holds for any batch.
 *
 * Source  ITU-T I.371 (2004), "Traffic control and congestion control in B-ISDN": the generic cell rate
 *         algorithm, which needs no more than the moment at which the bucket will be full again.
 */
import type { Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** What a tenant may send. */
export interface Rate {
  readonly eventsPerS: number
  /** Of so many seconds events may come at once. */
  readonly burstS: number
}

export interface Draw {
  readonly tenant: string
  readonly events: number
  readonly rate: Rate
}

/**
 * Takes tokens out of several buckets, or out of none. A bucket is gone once it is full, by the clock of
 * Redis. KEYS the buckets. ARGV of each events, events per second, seconds of a burst.
 * Answers the place of the first that has too few and the ms until it has enough, or 0 and 0.
 */
const DRAW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = {}
for nth = 1, #KEYS do
  local events, rate, burst = ARGV[3 * nth - 2], ARGV[3 * nth - 1], ARGV[3 * nth] * 1000
  local costs = events * 1000 / rate
  local fullAt = math.max(now, tonumber(redis.call('GET', KEYS[nth]) or '0'))
  local lateMs = fullAt - now + math.min(costs, burst) - burst
  if lateMs > 0.001 then return { nth, math.ceil(lateMs) } end
  full[nth] = fullAt + costs
end
for nth = 1, #KEYS do
  local value = string.format('%.3f', full[nth])
  redis.call('SET', KEYS[nth], value, 'PX', math.ceil(full[nth] - now))
end
return { 0, 0 }`

/** Answers whose bucket has too few and for how long, or undefined where all had enough. */
export async function draw(
  client: Redis,
  keys: Keys,
  draws: readonly Draw[],
): Promise<{ readonly draw: Draw; readonly waitMs: number } | undefined> {
  const buckets = draws.map(({ tenant }) => keys.bucket(tenant))
  const wanted = draws.flatMap(({ events, rate }) => [events, rate.eventsPerS, rate.burstS])
  const answer = await client.eval(DRAW, buckets.length, ...buckets, ...wanted)
  const [nth, waitMs] = answer as [number, number]
  const late = draws[nth - 1]
  return late && { draw: late, waitMs }
}
