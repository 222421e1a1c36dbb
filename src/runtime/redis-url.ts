/**
 * Redis URLs: reads what stands in REDIS_URL, and shows it without its password.
 *
 * | URL | what answers there |
 * |---|---|
 * | `redis://user:password@host:6379/0`, `rediss://…` over TLS | one server, or any node of a cluster |
 * | `unix:///path?db=0` | one server on this machine |
 * | `redis+cluster://user:password@host:6379,host:6379`, `rediss+cluster://…` | the nodes of a cluster, some or all |
 * | `redis+sentinel://user:password@host:26379,host:26379/service/0`, `rediss+sentinel://…` | Sentinels that know who is master |
 */
import { isIP } from 'node:net'
import { EngineError } from '../errors.ts'
import type { RedisAddress, RedisNode } from './redis-address.ts'

/** Ports where a URL names none. */
const PORT_DEFAULT = 6379
const SENTINEL_PORT_DEFAULT = 26379
const PORT_MAX = 65_535

const EXPECTED_URL =
  'expected redis://, rediss://, unix:///path, redis+cluster:// or redis+sentinel://'
const SEVERAL = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/?#]*)(?:\/([^?#]*))?$/
const HIDDEN = '(hidden)'

/** Reads a URL. Never shows its password. Throws CONFIG_INVALID. */
export function parseRedisUrl(text: string): RedisAddress {
  const several = SEVERAL.exec(text)
  if (several !== null) return severalIn(several)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw invalid('is not a URL', EXPECTED_URL)
  }
  const login = loginOf(url.username, url.password)
  if (url.protocol === 'unix:') {
    const path = decodeURIComponent(url.pathname)
    return { ...login, path, db: database(url.searchParams.get('db')) }
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw invalid(`begins ${url.protocol}`, EXPECTED_URL)
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

/** A URL of several hosts as it may be shown; another is not shown at all. */
export function maskedRedisUrl(text: string): string {
  const [, scheme, kind, login, hosts, path] = SEVERAL.exec(text) ?? []
  if (scheme === undefined) return HIDDEN
  const [user, ...password] = (login ?? '').split(':')
  const shown = login === undefined ? '' : `${user}${password.length > 0 ? `:${HIDDEN}` : ''}@`
  return `${scheme}+${kind}://${shown}${hosts}${path === undefined ? '' : `/${path}`}`
}

function severalIn([, scheme, kind, login, hosts, path]: RegExpExecArray): RedisAddress {
  const [user = '', password = ''] = divided(login ?? '', ':')
  const isSentinel = kind === 'sentinel'
  const nodes = (hosts ?? '')
    .split(',')
    .map((node) => nodeIn(node, isSentinel ? SENTINEL_PORT_DEFAULT : PORT_DEFAULT))
  const secure = scheme === 'rediss' ? { tls: {} } : {}
  if (!isSentinel) {
    if (path) throw invalid('names a database', 'expected none: a cluster has only one')
    return { ...loginOf(user, password), ...secure, via: { kind: 'cluster', nodes } }
  }
  const [name = '', db = ''] = divided(path ?? '', '/')
  if (name === '') {
    throw invalid('names no service', 'expected redis+sentinel://host:26379/service')
  }
  return {
    ...loginOf(user, password),
    ...secure,
    db: database(db),
    via: { kind: 'sentinel', nodes, service: decoded(name) },
  }
}

function nodeIn(text: string, portDefault: number): RedisNode {
  const found = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const port = Number(found?.[3] ?? portDefault)
  if (found === null || port < 1 || port > PORT_MAX) {
    throw invalid(`names the node "${text}"`, 'expected host or host:port, divided by commas')
  }
  return { host: (found[1] ?? found[2])!, port } // one of them, or nothing was found
}

function loginOf(user: string, password: string) {
  return {
    ...(user === '' ? {} : { username: decoded(user) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('holds a % that stands for nothing', 'expected %25 for a %')
  }
}

function divided(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function database(text: string | null): number {
  if (text === null || text === '') return 0
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw invalid(`names database "${text}"`, 'expected a number')
}

function invalid(what: string, expected: string): EngineError {
  return new EngineError('CONFIG_INVALID', `REDIS_URL ${what}: ${expected}.`)
}
