/** Redis addresses: reads a REDIS_URL, shows one without its password, asks who answers there. */
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'

/** The port Redis listens on where a URL names none. */
const PORT_DEFAULT = 6379
/** A server that has not taken the connection by then is not reachable. */
const CONNECT_MS_MAX = 5_000
/** Between two questions to a server that is starting. */
const ASK_AGAIN_MS = 25

const EXPECTED_URL = 'expected redis://, rediss:// or unix:///path'

/** Options for `new Redis(…)` of ioredis and for `connection` of BullMQ: a socket, or a host. */
export interface RedisAddress {
  readonly path?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  /** Present for TLS; certificates are always verified. */
  readonly tls?: { readonly servername?: string }
}

/** Who answered at an address. */
export interface RedisGreeting {
  /** The Redis version, or for Valkey its own. */
  readonly version: string
  readonly isValkey: boolean
  readonly isCluster: boolean
  /** False while the server still reads its append-only file. */
  readonly isLoaded: boolean
  readonly maxmemoryPolicy: string
  readonly processId: number
}

/** Reads a URL into options which both ioredis and BullMQ take. Never shows its password. */
export function parseRedisUrl(text: string): RedisAddress {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new EngineError('CONFIG_INVALID', `REDIS_URL is not a URL: ${EXPECTED_URL}.`)
  }
  const login = {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  }
  if (url.protocol === 'unix:') {
    return {
      ...login,
      path: decodeURIComponent(url.pathname),
      db: database(url.searchParams.get('db')),
    }
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new EngineError('CONFIG_INVALID', `REDIS_URL begins ${url.protocol}: ${EXPECTED_URL}.`)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1'
  return {
    ...login,
    host,
    port: url.port === '' ? PORT_DEFAULT : Number(url.port),
    db: database(url.pathname.slice(1) || url.searchParams.get('db')),
    ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  }
}

/** An address as it may be shown and logged. */
export function describeRedis({ path, host, port, db, tls }: RedisAddress): string {
  const place = path ?? `${host?.includes(':') ? `[${host}]` : host}:${port}`
  return `${place}${db ? ` database ${db}` : ''}${tls ? ' over TLS' : ''}`
}

/**
 * Asks once over a connection of its own, and closes it. Throws whatever the connection throws.
 * A server which still loads answers too: `isLoaded` is false.
 */
export async function greetRedis(
  options: RedisAddress,
  waitMs = CONNECT_MS_MAX,
): Promise<RedisGreeting> {
  const client = new Redis({
    ...options,
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
    return readInfo(await client.info())
  } catch (error) {
    // The event says why ("connect ECONNREFUSED"); the promise only that the connection closed.
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}

/** Asks until the server has loaded, `giveUp` names a reason, or `waitMs` has passed. */
export async function awaitRedis(
  options: RedisAddress,
  waitMs: number,
  giveUp: () => string | undefined,
): Promise<RedisGreeting> {
  const endMs = performance.now() + waitMs
  let last: unknown
  while (performance.now() < endMs) {
    const problem = giveUp()
    if (problem !== undefined) throw new EngineError('REDIS_UNAVAILABLE', problem)
    try {
      const greeting = await greetRedis(options)
      if (greeting.isLoaded) return greeting
    } catch (error) {
      last = error
    }
    await sleep(ASK_AGAIN_MS)
  }
  const message = `Redis at ${describeRedis(options)} did not get ready within ${waitMs / 1000} s.`
  throw new EngineError('REDIS_UNAVAILABLE', message, { cause: last })
}

function readInfo(info: string): RedisGreeting {
  const field = (name: string) => new RegExp(`^${name}:([^\r\n]*)`, 'm').exec(info)?.[1] ?? ''
  const valkey = field('valkey_version')
  return {
    version: valkey || field('redis_version'),
    isValkey: valkey !== '',
    isCluster: field('cluster_enabled') === '1',
    isLoaded: field('loading') !== '1',
    maxmemoryPolicy: field('maxmemory_policy'),
    processId: Number(field('process_id')),
  }
}

function database(text: string | null): number {
  if (text === null || text === '') return 0
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new EngineError('CONFIG_INVALID', `REDIS_URL names database "${text}": expected a number.`)
}
