/** Opens the live store for commands that look at it, or give orders, from outside the workers. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import type { AcquiredRedis } from '../runtime/redis.ts'
import { wantedRedis } from './wanted-redis.ts'

export interface OpenedStore {
  readonly store: LiveStore
  readonly redis: AcquiredRedis
  close(): Promise<void>
}

/** Throws REDIS_UNAVAILABLE, STORE_UNREACHABLE, CONFIG_INVALID. */
export async function openStore(config: Config, log: Logger): Promise<OpenedStore> {
  // Loaded only here: queues are most of the program, and commands that read files need none.
  const [{ acquireRedis }, { LiveStore: Store }] = await Promise.all([
    import('../runtime/redis.ts'),
    import('../runtime/live-store.ts'),
  ])
  const redis = await acquireRedis(wantedRedis(config, log))
  try {
    const { stream } = config
    const { prefix } = config.redis
    const store = await Store.open({ address: redis.connection, prefix, stream, log })
    return {
      store,
      redis,
      async close() {
        await store.close()
        await redis.stop()
      },
    }
  } catch (error) {
    await redis.stop()
    throw error
  }
}
