/** Asks a Redis once, over a connection of its own that is closed after it. */
import { Redis, type RedisOptions } from 'ioredis'

/** Where it is, and who we are to it. */
type Where = Pick<
  RedisOptions,
  'host' | 'port' | 'path' | 'username' | 'password' | 'db' | 'tls' | 'Connector'
>

/**
 * Answers what `question` answers; connection and each command may take `waitMs`. Nothing is tried
 * again. Throws what was wrong first.
 */
export async function askRedis<Answer>(
  where: Where,
  waitMs: number,
  question: (client: Redis) => Promise<Answer>,
): Promise<Answer> {
  const client = new Redis({
    ...where,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: waitMs,
    commandTimeout: waitMs,
  })
  let reason: Error | undefined
  client.on('error', (error: Error) => {
    reason ??= error
  })
  try {
    await client.connect()
    return await question(client)
  } catch (error) {
    // The event says why ("connect ECONNREFUSED"); the promise only that the connection closed.
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}
