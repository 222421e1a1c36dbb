import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFileLock } from '../../src/runtime/file-lock.ts'
import { acquireRedis } from '../../src/runtime/redis.ts'
import { describeRedis, type RedisAddress } from '../../src/runtime/redis-address.ts'
import { installRedis } from '../../src/runtime/redis-install.ts'
import { findRedisProgram, isAtLeast, VERSION_MIN } from '../../src/runtime/redis-program.ts'
import { maskedRedisUrl, parseRedisUrl } from '../../src/runtime/redis-url.ts'
import { useRedis } from './redis.ts'

const shared = useRedis()
let dataDir: string
let children: ChildProcess[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'perimeter-redis-'))
  children = []
})

afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await until(() => serversIn(dataDir).length === 0)
  await rm(dataDir, { recursive: true, force: true })
})

describe('a private Redis', () => {
  it('ends with stop, and has kept the data when it starts again', async () => {
    const first = await acquireRedis({ url: '', dataDir })
    expect(first).toMatchObject({ isPrivate: true, isJoined: false })
    await withClient(first.connection, (client) => client.set('kept', 'yes'))
    await first.stop()
    expect(serversIn(dataDir)).toEqual([])

    const second = await acquireRedis({ url: '', dataDir })
    expect(await withClient(second.connection, (client) => client.get('kept'))).toBe('yes')
    const policy = await withClient(second.connection, (client) =>
      client.config('GET', 'maxmemory-policy'),
    )
    expect(policy).toEqual(['maxmemory-policy', 'noeviction'])
    await second.stop()
  })

  it('is shared by processes with one folder and outlives the one that started it', async () => {
    const starter = await hold(dataDir)
    expect(starter.isJoined).toBe(false)
    const joined = await acquireRedis({ url: '', dataDir })
    expect(joined.isJoined).toBe(true)
    starter.child.kill('SIGKILL')
    await once(starter.child, 'exit')
    await sleep(200)
    expect(await withClient(joined.connection, (client) => client.ping())).toBe('PONG')
    expect(serversIn(dataDir)).toHaveLength(1)
    await joined.stop()
    expect(serversIn(dataDir)).toEqual([])
  })

  it('ends when the only process that used it is killed', async () => {
    const { child } = await hold(dataDir)
    expect(serversIn(dataDir)).toHaveLength(1)
    child.kill('SIGKILL')
    await until(() => serversIn(dataDir).length === 0)
    expect(serversIn(dataDir)).toEqual([])
  })

  it('is started once by processes that come at the same moment', async () => {
    const holders = await Promise.all([0, 1, 2].map(() => hold(dataDir)))
    expect(holders.filter(({ isJoined }) => !isJoined)).toHaveLength(1)
    expect(serversIn(dataDir)).toHaveLength(1)
    for (const { child } of holders) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    expect(serversIn(dataDir)).toEqual([])
  })

  it('is replaced when its supervisor was killed, with its data', async () => {
    const first = await acquireRedis({ url: '', dataDir })
    await withClient(first.connection, (client) => client.set('kept', 'yes'))
    const supervisor = Number(parentOf(serversIn(dataDir)[0]!))
    process.kill(supervisor, 'SIGKILL')
    // Its reader goes with the pipe's last holder; the server is left alone.
    const reader = readersIn(dataDir)
    for (const pid of reader) process.kill(pid, 'SIGKILL')
    await until(() => readersIn(dataDir).length === 0)
    const second = await acquireRedis({ url: '', dataDir })
    expect(second.isJoined).toBe(false)
    expect(await withClient(second.connection, (client) => client.get('kept'))).toBe('yes')
    expect(serversIn(dataDir)).toHaveLength(1)
    await first.stop()
    await second.stop()
  })

  it('listens on a loopback port with a password where the socket path is too long', async () => {
    const deep = join(dataDir, 'd'.repeat(120))
    const redis = await acquireRedis({ url: '', dataDir: deep })
    const { password, ...stranger } = redis.connection
    expect(stranger).toMatchObject({ host: '127.0.0.1' })
    expect(await withClient(redis.connection, (client) => client.ping())).toBe('PONG')
    const asked = withClient(stranger, (client) => client.set('a', 'b'))
    await expect(asked).rejects.toThrow(/NOAUTH/)
    expect(redis.describe).not.toContain(String(password))
    await redis.stop()
  })

  it('says what its log says when it cannot start', async () => {
    const first = await acquireRedis({ url: '', dataDir })
    await withClient(first.connection, (client) => client.set('kept', 'yes'))
    await first.stop()
    const manifest = join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest')
    expect(existsSync(manifest)).toBe(true)
    await writeFile(manifest, 'not a manifest\n')
    await expect(acquireRedis({ url: '', dataDir })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringMatching(/log ends: .*AOF/),
    })
    expect(readFileSync(join(dataDir, 'redis', 'redis.log'), 'utf8')).not.toBe('')
  })
})

describe('the Redis of a URL', () => {
  it('is used, and left running by stop', async () => {
    const own = await acquireRedis({ url: '', dataDir })
    const url = `unix://${own.connection.path}`
    const redis = await acquireRedis({ url })
    expect(redis).toMatchObject({ isPrivate: false, version: own.version })
    await redis.stop()
    expect(await withClient(own.connection, (client) => client.ping())).toBe('PONG')
    await own.stop()
  })

  it('that does not answer is unreachable, and its password is not shown', async () => {
    const asked = acquireRedis({ url: 'redis://:s3cret@127.0.0.1:1/2' })
    await expect(asked).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1 database 2 does not answer: .*ECONNREFUSED/),
    })
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') })
  })

  it('is read part by part', () => {
    expect(parseRedisUrl('rediss://u:p%40ss@redis.example:6380/3')).toEqual({
      username: 'u',
      password: 'p@ss',
      host: 'redis.example',
      port: 6380,
      db: 3,
      tls: { servername: 'redis.example' },
    })
    expect(parseRedisUrl('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, db: 0 })
    expect(parseRedisUrl('unix:///run/redis.sock?db=1')).toEqual({ path: '/run/redis.sock', db: 1 })
    expect(describeRedis(parseRedisUrl('rediss://u:p@h'))).toBe('h:6379 over TLS')
    for (const url of ['http://h', 'nonsense', 'redis://h/x']) {
      expect(() => parseRedisUrl(url)).toThrow(/REDIS_URL/)
    }
  })

  it('may name the nodes of a cluster, or Sentinels', () => {
    const cluster = parseRedisUrl('rediss+cluster://u:p%40@a:7000,[::1]:7001,c')
    expect(cluster).toEqual({
      username: 'u',
      password: 'p@',
      tls: {},
      via: {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: '::1', port: 7001 },
          { host: 'c', port: 6379 },
        ],
      },
    })
    expect(describeRedis(cluster)).toBe('cluster a:7000, [::1]:7001, c:6379 over TLS')
    const sentinel = parseRedisUrl('redis+sentinel://:p:q@a,b:1/main/2')
    expect(sentinel).toEqual({
      password: 'p:q',
      db: 2,
      via: {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
        service: 'main',
      },
    })
    expect(describeRedis(sentinel)).toBe('master main of a:26379, b:1 database 2')
  })

  it.each([
    ['redis+cluster://a:0', /the node "a:0": expected host or host:port/],
    ['redis+cluster://a,,b', /the node ""/],
    ['redis+cluster://a/1', /names a database: expected none/],
    ['redis+sentinel://a', /names no service/],
    ['redis+sentinel://a/main/x', /database "x": expected a number/],
    ['redis+cluster://:%zz@a', /expected %25/],
    ['redis+cluster://a?x=1', /is not a URL|begins/],
  ])('refuses %s', (url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(reason)
  })

  it('is shown without the password, however many hosts it names', () => {
    expect(maskedRedisUrl('redis+cluster://u:s3:cret@a:1,b:2')).toBe(
      'redis+cluster://u:(hidden)@a:1,b:2',
    )
    expect(maskedRedisUrl('redis+sentinel://a,b/main')).toBe('redis+sentinel://a,b/main')
    expect(maskedRedisUrl('nonsense:s3cret@')).toBe('(hidden)')
  })
})

describe('what stands around it', () => {
  it('says for every system how to get a server where none can be installed', async () => {
    const path = process.env.PATH
    process.env.PATH = ''
    try {
      await expect(installRedis()).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
        message: expect.stringMatching(/REDIS_URL.*apt-get.*dnf.*apk.*brew.*WSL/),
      })
    } finally {
      process.env.PATH = path
    }
  })

  it('finds a server that is recent enough, wherever the PATH points', async () => {
    const { program } = await findRedisProgram()
    expect(isAtLeast(program!.version, VERSION_MIN)).toBe(true)
  })

  it('compares versions by number', () => {
    expect(isAtLeast('7.0.15', '6.2.0')).toBe(true)
    expect(isAtLeast('6.10.0', '6.2.0')).toBe(true)
    expect(isAtLeast('6.0.16', '6.2.0')).toBe(false)
    expect(isAtLeast('5.0', '6.2.0')).toBe(false)
  })

  it('takes over the lock of a process that died', async () => {
    const file = join(dataDir, 'lock')
    const dead = spawn('true')
    await once(dead, 'exit')
    await writeFile(file, `${dead.pid} 00ff\n`)
    const order: string[] = []
    await Promise.all([
      withFileLock(file, async () => {
        order.push('in')
        await sleep(50)
        order.push('out')
      }),
      withFileLock(file, async () => {
        order.push('in')
        await sleep(50)
        order.push('out')
      }),
    ])
    expect(order).toEqual(['in', 'out', 'in', 'out'])
    expect(existsSync(file)).toBe(false)
  })

  it('carries BullMQ under a login that may only touch its own prefix', async () => {
    const { address, prefix } = shared
    const queue = new Queue('work', { connection: address, prefix })
    const worker = new Worker('work', async ({ data }) => data.n * 2, {
      connection: address,
      prefix,
    })
    const done = once(worker, 'completed')
    await queue.add('double', { n: 21 })
    expect((await done)[1]).toBe(42)
    await worker.close()
    await queue.close()
    const outside = withClient(address, (client) => client.set('elsewhere', '1'))
    await expect(outside).rejects.toThrow(/NOPERM/)
  })
})

async function withClient<Result>(
  options: RedisAddress,
  work: (client: Redis) => Promise<Result>,
): Promise<Result> {
  const client = new Redis(options)
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}

async function hold(folder: string): Promise<{ child: ChildProcess; isJoined: boolean }> {
  const script = new URL('./hold-redis.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await once(child.stdout!, 'data')
  return { child, ...JSON.parse(String(line)) }
}

/** Ids of the servers whose program link lies in the folder. */
function serversIn(folder: string): number[] {
  return processes().flatMap(({ pid, command }) =>
    command.startsWith(join(folder, 'redis/')) ? [pid] : [],
  )
}

/** Ids of the shells that read the folder's pipe. */
function readersIn(folder: string): number[] {
  return processes().flatMap(({ pid, command }) =>
    command.startsWith('/bin/sh') && command.includes(join(folder, 'redis/hold')) ? [pid] : [],
  )
}

function parentOf(pid: number): number {
  return processes().find((one) => one.pid === pid)!.parent
}

function processes(): { pid: number; parent: number; command: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isSo(); turn++) await sleep(25)
}
