/**
 * What a test file that needs Redis begins with: a login of its own, which may only touch keys under
 * a prefix of its own, and a check at the end that every connection of that login was closed.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import type { RedisAddress } from '../../src/runtime/redis-address.ts'
import { parseRedisUrl } from '../../src/runtime/redis-url.ts'

/** A connection that was closed a moment ago may still be listed. */
const CLOSED_MS_MAX = 2_000

export interface TestRedis {
  /** For `new Redis(…)` and BullMQ's `connection`. */
  readonly address: RedisAddress
  /** Every key must begin with it; Redis refuses others with NOPERM. */
  readonly prefix: string
  /** Opens a connection, which the test must close itself. */
  connect(): Redis
}

/** Call it once, at the top of a test file. */
export function useRedis(): TestRedis {
  const url = inject('redisUrl')
  if (url === '') throw new Error(`This test needs Redis. ${inject('redisProblem')}`)
  const root = parseRedisUrl(url)
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const address: RedisAddress = { ...root, username: prefix, password }

  const asRoot = async <Result>(work: (client: Redis) => Promise<Result>): Promise<Result> => {
    const client = new Redis(root)
    try {
      return await work(client)
    } finally {
      await client.quit()
    }
  }

  beforeAll(() =>
    asRoot((client) =>
      client.acl('SETUSER', prefix, 'on', `>${password}`, `~${prefix}*`, `&${prefix}*`, '+@all'),
    ),
  )

  afterAll(() =>
    asRoot(async (client) => {
      const open = await openConnections(client, prefix)
      await client.acl('DELUSER', prefix)
      await deleteKeys(client, prefix)
      expect(open, 'connections this file left open').toEqual([])
    }),
  )

  return { address, prefix, connect: () => new Redis(address) }
}

async function openConnections(client: Redis, user: string): Promise<string[]> {
  const endMs = performance.now() + CLOSED_MS_MAX
  for (;;) {
    const list = String(await client.client('LIST'))
    const open = list.split('\n').filter((line) => line.includes(` user=${user} `))
    if (open.length === 0 || performance.now() > endMs) return open
    await sleep(20)
  }
}

async function deleteKeys(client: Redis, prefix: string): Promise<void> {
  for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1000 })) {
    if (keys.length > 0) await client.unlink(...(keys as string[]))
  }
}
