/** Redis addresses: what one holds, how it is shown, and who answers there. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisOptions } from 'ioredis'
import { EngineError } from '../errors.ts'
import { askRedis } from './ask-redis.ts'
import { isElsewhere, masterConnector } from './master-connector.ts'
import { infoField } from './redis-info.ts'

/** A server that has not taken the connection by then is not reachable. */
const CONNECT_MS_MAX = 5_000
/** Between two questions to a server that is starting. */
const ASK_AGAIN_MS = 25

export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** Those who know which server is to be written to now. */
export type RedisVia =
  | {
      readonly kind: 'cluster'
      readonly nodes: readonly RedisNode[]
      /** Hash tag of the stream: the owner of its slot is meant. @default '' */
      readonly shard?: string
    }
  | {
      readonly kind: 'sentinel'
      readonly nodes: readonly RedisNode[]
      readonly service: string
      /** Sentinels have passwords of their own. */
      readonly login?: { readonly username?: string; readonly password?: string }
    }

/** A socket, a host, or those who know it. Plain values: other processes are sent it. */
export interface RedisAddress {
  readonly path?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  /** Present for TLS; certificates are always verified. `ca`, `cert` and `key` are PEM. */
  readonly tls?: {
    readonly servername?: string
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
  }
  readonly via?: RedisVia
}

type Options = Omit<RedisAddress, 'via'> & Pick<RedisOptions, 'Connector' | 'reconnectOnError'>

/** Options for `new Redis(…)` of ioredis. */
export function redisOptions(address: RedisAddress): Options {
  const { via, ...plain } = address
  if (via === undefined) return plain
  return { ...plain, Connector: masterConnector(address), reconnectOnError: isElsewhere }
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

/** An address as it may be shown and logged. */
export function describeRedis({ path, host, port, db, tls, via }: RedisAddress): string {
  const place =
    via === undefined ? (path ?? shownNode({ host: host!, port: port! })) : shownVia(via)
  return `${place}${db ? ` database ${db}` : ''}${tls ? ' over TLS' : ''}`
}

function shownVia(via: RedisVia): string {
  const nodes = via.nodes.map(shownNode).join(', ')
  return via.kind === 'cluster' ? `cluster ${nodes}` : `master ${via.service} of ${nodes}`
}

function shownNode({ host, port }: RedisNode): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Asks once over a connection of its own, and closes it. Throws whatever the connection throws.
 * A server which still loads answers too: `isLoaded` is false.
 */
export async function greetRedis(
  options: RedisAddress,
  waitMs = CONNECT_MS_MAX,
): Promise<RedisGreeting> {
  const info = await askRedis(redisOptions(options), waitMs, (client) => client.info())
  return readInfo(info)
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
  const field = (name: string) => infoField(info, name)
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
