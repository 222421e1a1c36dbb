import type { RedisAddress } from '../../src/runtime/redis-address.ts'

/** The address as a configuration has it. A URL of a socket can hold a login only beside a host. */
export function urlOf({ path, host, port, username = '', password = '' }: RedisAddress): string {
  const login = `${username}:${encodeURIComponent(password)}`
  return path === undefined
    ? `redis://${login}@${host}:${port}`
    : `unix://${login}@localhost${encodeURI(path)}`
}
