/** Which Redis a configuration asks for. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { AcquireOptions } from '../runtime/redis.ts'

/** For `acquireRedis`. */
export function wantedRedis({ redis, dataDir, stream }: Config, log?: Logger): AcquireOptions {
  const { url, install, tls, sentinel } = redis
  return { url, install, tls, sentinel, dataDir, shard: stream.shard, log }
}
