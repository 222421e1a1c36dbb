/** A Redis of a test's own, with an append-only file, that can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { awaitRedis, type RedisAddress } from '../../../src/runtime/redis-address.ts'
import { findRedisProgram } from '../../../src/runtime/redis-program.ts'

const READY_MS_MAX = 20_000
/** What `ulimit -f` counts in. */
const BLOCK_BYTES = 512
/** Writing past the limit is an error then, as on a full disk, and does not end the process. */
const LIMITED = `trap '' XFSZ; ulimit -f "$0"; exec "$@"`

export interface RedisServer {
  readonly address: RedisAddress
  /**
   * Resolves once it answers; on what the append-only file holds. With a bound, no file grows past so
   * many bytes: its disk is full then.
   */
  start(fileBytesMax?: number): Promise<void>
  /** SIGKILL: it writes nothing more. */
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT: it answers nobody, and then all. */
  pause(): void
  resume(): void
  /** Opens a connection, which the test must close itself. */
  connect(): Redis
  /** Kills it and removes its files. */
  remove(): Promise<void>
}

/** `settings` are lines of redis.conf as words: `['--maxmemory', '50mb']`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const { program } = await findRedisProgram()
  if (program === undefined) throw new Error('This test needs a redis-server on the path.')
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-faults-'))
  const address: RedisAddress = { path: join(folder, 'redis.sock') }
  const words = [
    ...['--port', '0', '--unixsocket', address.path!, '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'],
    ...settings,
  ]
  let child: ChildProcess

  async function start(fileBytesMax?: number): Promise<void> {
    if (fileBytesMax === undefined) {
      child = spawn(program!.file, words, { argv0: program!.actsAs, stdio: 'ignore' })
    } else {
      const blocks = String(Math.ceil(fileBytesMax / BLOCK_BYTES))
      child = spawn('/bin/sh', ['-c', LIMITED, blocks, program!.file, ...words], {
        stdio: 'ignore',
      })
    }
    const its = child
    await awaitRedis(address, READY_MS_MAX, () =>
      its.exitCode === null ? undefined : `redis-server ended with ${its.exitCode}.`,
    )
  }
  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    address,
    start,
    kill,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    connect() {
      const client = new Redis({ ...address, retryStrategy: () => 50, maxRetriesPerRequest: 200 })
      client.on('error', () => {}) // It is broken on purpose.
      return client
    },
    async remove() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
