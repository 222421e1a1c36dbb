/** Where sources in Redis lie: in the Redis of the pipeline, or in one of their own. */
import { EngineError } from '../errors.ts'
import { shown } from '../event/refusal.ts'
import { askRedis } from '../runtime/ask-redis.ts'
import { storeFailure } from '../runtime/connection.ts'
import { redisTlsSchema } from '../runtime/options.ts'
import { acquireRedis } from '../runtime/redis.ts'
import { type RedisAddress, redisOptions } from '../runtime/redis-address.ts'
import { parseRedisUrl } from '../runtime/redis-url.ts'
import { readSecret, type Secret, type SecretRule, secretSchema } from '../sinks/secret.ts'
import type { SourceParts } from './source.ts'

/** For an answer where nothing is read, in ms. */
const ASK_MS_MAX = 5_000

const redisUrl: SecretRule = {
  expected: 'a URL of Redis, as redis.url has it',
  isFit(text) {
    try {
      parseRedisUrl(text)
      return true
    } catch {
      return false
    }
  },
}

export const redisPlaceOptions = {
  url: secretSchema(redisUrl)
    .optional()
    .describe('Redis to read, as `redis.url` has it. Without it, the Redis of the pipeline.'),
  tls: redisTlsSchema
    .optional()
    .describe('Files with `ca`, `cert` and `key`, and a `servername`, as `redis.tls` has them.'),
}

interface Place {
  readonly url?: Secret | undefined
  readonly tls?: ReturnType<typeof redisTlsSchema.parse> | undefined
}

/**
 * Answers how to find where the key lies. What it answers throws STORE_UNREACHABLE where nobody answers
 * there, and REDIS_UNAVAILABLE where that is too old, or the pipeline has no Redis yet. Throws
 * CONFIG_INVALID where a secret is missing.
 */
export function redisPlace(
  { url, tls }: Place,
  key: string,
  { address, log }: SourceParts,
): () => Promise<RedisAddress> {
  const shard = hashTag(key)
  if (url !== undefined) {
    const text = readSecret(url, 'url', redisUrl)
    return async () => (await acquireRedis({ url: text, tls, shard, log })).connection
  }
  return async () => {
    if (address === undefined) {
      throw new EngineError('REDIS_UNAVAILABLE', 'The pipeline has no Redis yet: expected a url.')
    }
    const { via } = address
    return via?.kind === 'cluster' ? { ...address, via: { ...via, shard } } : address
  }
}

/** Undefined where the key is of this type, or is not there yet; otherwise what stands in the way. */
export async function problemOfKey(
  place: () => Promise<RedisAddress>,
  key: string,
  type: string,
): Promise<string | undefined> {
  try {
    const where = redisOptions(await place())
    const found = await askRedis(where, ASK_MS_MAX, (client) => client.type(key))
    if (found === type || found === 'none') return undefined
    return `${shown(key)} is a ${found}: expected a ${type}`
  } catch (error) {
    return storeFailure(error).message
  }
}

/** By which a cluster knows who has the key: what stands in its first braces, or all of it. */
function hashTag(key: string): string {
  const [, tag] = /^[^{]*\{([^}]+)\}/.exec(key) ?? []
  return tag ?? key
}
