/**
 * Redis without ceremony: the one of REDIS_URL, or a private one that lives and ends with us.
 *
 * Processes with the same data directory share one private server: the first starts it, the others
 * join it, and it ends when the last of them has stopped or died (see `redis-private.ts`).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import { EngineError } from '../errors.ts'
import { type RedisTlsOptions, type SentinelOptions, SHARD_DEFAULT } from './options.ts'
import {
  describeRedis,
  greetRedis,
  type RedisAddress,
  type RedisGreeting,
} from './redis-address.ts'
import { HOW_TO_GET_REDIS, installRedis } from './redis-install.ts'
import { openPrivateRedis } from './redis-private.ts'
import { findRedisProgram, isAtLeast, type RedisProgram, VERSION_MIN } from './redis-program.ts'
import { parseRedisUrl } from './redis-url.ts'

/** Where a private server keeps its files if nobody says otherwise; relative to where we run. */
export const DATA_DIR_DEFAULT = '.perimeter'

export interface AcquireOptions {
  /**
   * As in `redis-url.ts`. An empty text asks for a private server whatever
   * the environment says.
   * @default REDIS_URL of the environment
   */
  readonly url?: string | undefined
  /**
   * The stream to be kept there: in a cluster, the server that owns it is meant.
   * @default '0'
   */
  readonly shard?: string | undefined
  readonly tls?: RedisTlsOptions | undefined
  readonly sentinel?: SentinelOptions | undefined
  /**
   * The private server's files go into `redis/` in it.
   * @default '.perimeter'
   */
  readonly dataDir?: string | undefined
  /**
   * Whether a missing server may be installed with the system's package manager.
   * @default false
   */
  readonly install?: boolean | undefined
  readonly log?: Pick<BaseLogger, 'info' | 'warn'> | undefined
}

export interface AcquiredRedis {
  /** Options for `new Redis(…)` of ioredis and for `connection` of BullMQ. */
  readonly connection: RedisAddress
  /** The address without its password, for a screen or a log. */
  readonly describe: string
  /** Of Redis, or of Valkey where that answers. */
  readonly version: string
  readonly isPrivate: boolean
  /** Whether another process had started the private server we use. */
  readonly isJoined: boolean
  /** Lets go of it. A private server that nobody else uses has ended when this resolves. */
  stop(): Promise<void>
}

/**
 * Answers a Redis that is reachable and recent enough. Throws REDIS_UNAVAILABLE where none can be
 * had, STORE_UNREACHABLE where the one that was asked for does not answer.
 */
export async function acquireRedis(options: AcquireOptions = {}): Promise<AcquiredRedis> {
  const url = options.url ?? process.env.REDIS_URL ?? ''
  return url === '' ? acquirePrivate(options) : acquireShared(url, options)
}

async function acquireShared(url: string, options: AcquireOptions): Promise<AcquiredRedis> {
  const { log } = options
  let connection = await addressOf(url, options)
  let greeting = await greeted(connection)
  const { via, host, port } = connection
  if (greeting.isCluster && via === undefined && host !== undefined && port !== undefined) {
    const { host: _, port: __, db: ___, ...login } = connection
    const { shard = SHARD_DEFAULT } = options
    connection = { ...login, via: { kind: 'cluster', nodes: [{ host, port }], shard } }
    greeting = await greeted(connection)
  }
  const describe = describeRedis(connection)
  const { version, maxmemoryPolicy } = greeting
  if (!isAtLeast(version, VERSION_MIN)) {
    const message = `Redis at ${describe} is version ${version}: expected ${VERSION_MIN} or later.`
    throw new EngineError('REDIS_UNAVAILABLE', message)
  }
  if (maxmemoryPolicy !== '' && maxmemoryPolicy !== 'noeviction') {
    const message =
      'Redis may evict keys and so lose events: set its maxmemory-policy to noeviction'
    log?.warn({ redis: describe, maxmemoryPolicy }, message)
  }
  const stop = async () => {}
  return { connection, describe, version, isPrivate: false, isJoined: false, stop }
}

/** What the URL says, with what the options say beside it. Throws CONFIG_INVALID. */
async function addressOf(url: string, options: AcquireOptions): Promise<RedisAddress> {
  const { shard = SHARD_DEFAULT, tls = {}, sentinel } = options
  const address = parseRedisUrl(url)
  const { via } = address
  const isTls = address.tls !== undefined
  if (!isTls && Object.values(tls).some((value) => value !== undefined)) {
    const message = 'redis.tls is set, but REDIS_URL asks for no TLS: expected rediss://.'
    throw new EngineError('CONFIG_INVALID', message)
  }
  const files = await Promise.all(
    (['ca', 'cert', 'key'] as const).map(async (name) => {
      const file = tls[name]
      return file === undefined ? {} : { [name]: await pem(file, `redis.tls.${name}`) }
    }),
  )
  const name = tls.servername === undefined ? {} : { servername: tls.servername }
  return {
    ...address,
    ...(isTls ? { tls: Object.assign({ ...address.tls }, ...files, name) } : {}),
    ...(via?.kind === 'cluster' ? { via: { ...via, shard } } : {}),
    ...(via?.kind === 'sentinel' && sentinel ? { via: { ...via, login: sentinel as object } } : {}),
  }
}

async function pem(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const message = `${option}: ${file} cannot be read: ${(cause as Error).message}.`
    throw new EngineError('CONFIG_INVALID', message, { cause })
  }
}

async function greeted(connection: RedisAddress): Promise<RedisGreeting> {
  try {
    return await greetRedis(connection)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `Redis at ${describeRedis(connection)} does not answer: ${why}.`
    throw new EngineError('STORE_UNREACHABLE', message, { cause })
  }
}

async function acquirePrivate(options: AcquireOptions): Promise<AcquiredRedis> {
  const folder = join(options.dataDir ?? DATA_DIR_DEFAULT, 'redis')
  const server = await openPrivateRedis(folder, () => programFor(options))
  const describe = describeRedis(server.options)
  const { version } = server.greeting
  options.log?.info(
    { redis: describe, version },
    server.isJoined ? 'joined the private Redis' : 'started a private Redis',
  )
  return {
    connection: server.options,
    describe,
    version,
    isPrivate: true,
    isJoined: server.isJoined,
    stop: server.stop,
  }
}

async function programFor({ install, log }: AcquireOptions): Promise<RedisProgram> {
  const { program, tooOld } = await findRedisProgram()
  if (program !== undefined) return program
  if (install) return installRedis(log)
  const old = tooOld === undefined ? '' : ` ${tooOld.file} is version ${tooOld.version}.`
  throw new EngineError('REDIS_UNAVAILABLE', HOW_TO_GET_REDIS + old)
}
