/**
 * Samples: behaviour that workers keep for training, so that a model can be trained without a log.
 *
 * The live twin of `autoencoder/reservoir`. Which samples stay is decided by a rank that follows from
 * the event's number in the stream and from its time: so a batch that is done twice keeps the same, no
 * sender can choose what is kept of his, and what is a half-life older is kept half as often. Each
 * tenant of a partition has the same room.
 *
 * Source    Efraimidis, Spirakis (2006), "Weighted random sampling with a reservoir", Information
 *           Processing Letters; Cormode et al. (2009), "Forward decay", ICDE: the ranks never change.
 * Cost      About 300 bytes a sample in Redis; nothing for an event around which nothing was found.
 * Blind to  Tenants beyond the first `TENANTS_MAX` of a partition: nothing is kept of them.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { DAY_MS } from '../agent/context.ts'
import { type Sample, valuesOf } from '../detectors/autoencoder/behaviour.ts'
import type { Event } from '../event/event.ts'
import { bytesOf, floatsOf } from '../math/bytes.ts'
import { wideHash } from '../math/hash.ts'
import type { Keys } from './keys.ts'

/** What was usual two months ago is a quarter of what is learned. */
const HALF_LIFE_MS = 28 * DAY_MS
const TENANTS_MAX = 64
/** Identities are below it, see `wideHash`. */
const HASHES = 2 ** 53
/** Samples read in one command: some 200 KB. */
const SAMPLES_PER_READ = 1_000

/** A sample as it is written. */
export interface KeptSample {
  readonly tenant: string
  /** The lower, the longer it stays. */
  readonly rank: number
  readonly packed: Buffer
}

/** The sample of the event with this number, of the agent with this key. */
export function sampleOf(
  number: number,
  { tenant, agent, atMs }: Event,
  key: string,
  findings: ArrayLike<number>,
): KeptSample {
  const agentDay = `${key} ${Math.floor(atMs / DAY_MS)}`
  const values = Buffer.from(bytesOf(valuesOf(findings)))
  const packed = pack([number, agent.blueprint ?? null, agentDay, values])
  return { tenant, rank: rankOf(number, atMs), packed }
}

/** The logarithm of a draw from an exponential distribution whose rate is the sample's weight. */
export function rankOf(number: number, atMs: number): number {
  const chance = wideHash(String(number)) / HASHES
  return Math.log(-Math.log(chance)) - (Math.LN2 * atMs) / HALF_LIFE_MS
}

/** Which tenants of a partition samples are kept of, and how many samples in all. */
export class Sampling {
  private readonly tenants: Set<string>
  private readonly samplesMax: number
  private fresh: KeptSample[] = []
  private hasNew = false

  constructor(tenants: Iterable<string>, samplesMax: number) {
    this.tenants = new Set(tenants)
    this.samplesMax = samplesMax
  }

  offer(number: number, event: Event, key: string, findings: ArrayLike<number>): void {
    if (this.samplesMax === 0) return
    if (!this.tenants.has(event.tenant)) {
      if (this.tenants.size >= TENANTS_MAX) return
      this.tenants.add(event.tenant)
      this.hasNew = true
    }
    this.fresh.push(sampleOf(number, event, key, findings))
  }

  /** What was offered since the last call, to be written. */
  take(): SampleEffects {
    const { fresh, hasNew, tenants, samplesMax } = this
    this.fresh = []
    this.hasNew = false
    const perTenantMax = Math.floor(samplesMax / Math.max(1, tenants.size))
    // One more tenant is less room for each.
    const trimmed = hasNew ? [...tenants] : [...new Set(fresh.map(({ tenant }) => tenant))]
    return { fresh, trimmed, perTenantMax }
  }
}

export interface SampleEffects {
  readonly fresh: readonly KeptSample[]
  readonly trimmed: readonly string[]
  readonly perTenantMax: number
}

/** Adds to a transaction. */
export function keepSamples(
  multi: ChainableCommander,
  keys: Keys,
  partition: number,
  { fresh, trimmed, perTenantMax }: SampleEffects,
): void {
  for (const { tenant, rank, packed } of fresh) {
    multi.zadd(keys.samples(partition, tenant), rank, packed)
  }
  if (trimmed.length > 0) multi.sadd(keys.sampled(partition), ...trimmed)
  for (const tenant of trimmed) {
    multi.zremrangebyrank(keys.samples(partition, tenant), perTenantMax, -1)
  }
}

/** How many samples there are. */
export async function countSamples(client: Redis, keys: Keys, partitions: number): Promise<number> {
  let count = 0
  for await (const key of sampleKeys(client, keys, partitions)) count += await client.zcard(key)
  return count
}

/** All samples there are, in an order that follows from the stream. */
export async function readSamples(
  client: Redis,
  keys: Keys,
  partitions: number,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for await (const key of sampleKeys(client, keys, partitions)) {
    for (let from = 0; ; from += SAMPLES_PER_READ) {
      const to = from + SAMPLES_PER_READ - 1
      const some = await client.zrangeBuffer(key, String(from), String(to))
      for (const packed of some) samples.push(read(packed))
      if (some.length < SAMPLES_PER_READ) break
    }
  }
  return samples
}

async function* sampleKeys(client: Redis, keys: Keys, partitions: number): AsyncGenerator<string> {
  for (let partition = 0; partition < partitions; partition++) {
    const tenants = await client.smembers(keys.sampled(partition))
    for (const tenant of tenants.sort()) yield keys.samples(partition, tenant)
  }
}

function read(packed: Buffer): Sample {
  const [, blueprint, agentDay, values] = unpack(packed) as [number, string | null, string, Buffer]
  return { blueprint: blueprint ?? undefined, agentDay, values: floatsOf(values) }
}
