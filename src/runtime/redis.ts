/**
 * Redis without ceremony: the one of REDIS_URL, or a private one that lives and ends with us.
 *
 * Processes with the same data directory share one private server: the first starts it, the others
 * join it, and it ends when the last of them has stopped or died (see `redis-private.ts`).
 */
import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import { EngineError } from '../errors.ts'
import {
  describeRedis,
  greetRedis,
  parseRedisUrl,
  type RedisAddress,
  type RedisGreeting,
} from './redis-address.ts'
import { HOW_TO_GET_REDIS, installRedis } from './redis-install.ts'
import { openPrivateRedis } from './redis-private.ts'
import { findRedisProgram, isAtLeast, type RedisProgram, VERSION_MIN } from './redis-program.ts'

/** Where a private server keeps its files if nobody says otherwise; relative to where we run. */
export const DATA_DIR_DEFAULT = '.perimeter'

export interface AcquireOptions {
  /**
   * `redis://`, `rediss://` or `unix:///path`. An empty text asks for a private server whatever
   * the environment says.
   * @default REDIS_URL of the environment
   */
  readonly url?: string | undefined
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
  readonly isCluster: boolean
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

async function acquireShared(url: string, { log }: AcquireOptions): Promise<AcquiredRedis> {
  const connection = parseRedisUrl(url)
  const describe = describeRedis(connection)
  let greeting: RedisGreeting
  try {
    greeting = await greetRedis(connection)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `Redis at ${describe} does not answer: ${why}.`
    throw new EngineError('STORE_UNREACHABLE', message, { cause })
  }
  const { version, isCluster, maxmemoryPolicy } = greeting
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
  return { connection, describe, version, isCluster, isPrivate: false, isJoined: false, stop }
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
    isCluster: false,
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
