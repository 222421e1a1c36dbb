/** Removes everything an installation keeps in a Redis: for what was set up to be thrown away. */
import { closeClient, openClient, type RuntimeLog } from './connection.ts'
import type { RedisAddress } from './redis-address.ts'

/** Keys asked for at a time. */
const KEYS_PER_STEP = 1_000

/** `prefix` as in the configuration: letters, digits, dots and dashes. */
export async function sweep(address: RedisAddress, prefix: string, log: RuntimeLog): Promise<void> {
  const client = openClient(address, log)
  try {
    let cursor = '0'
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', KEYS_PER_STEP)
      if (keys.length > 0) await client.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  } finally {
    closeClient(client)
  }
}
