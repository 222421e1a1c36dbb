import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { redisChecks } from '../../src/cli/doctor-redis.ts'
import { findRedisProgram } from '../../src/runtime/redis-program.ts'
import { startReceiver, webhookTo } from '../sinks/receiver.ts'
import { within } from './command.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-doctor-'))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const examined = async (...words: string[]) => {
  const { code, out } = await within(['doctor', '--json', ...words], cwd)
  return { code, found: JSON.parse(out) }
}

it('says what was chosen and why', async () => {
  const { found } = await examined()
  expect(found.node).toEqual({ isFine: true, said: process.versions.node })
  expect(found.tensorflow.isFine).toBe(true)
  expect(found.tensorflow.said).toMatch(
    /^native, self-check passed$|^wasm, self-check passed; the native one was not taken: ./,
  )
  expect(found.model.said).toMatch(
    /^\d{4}-\d\d-\d\d-[0-9a-f]{8}, 1 network, trained .* hash [0-9a-f]{64}$/,
  )
  expect(found.configuration).toEqual({ isFine: true, said: 'valid' })
})

it('ends with 1 and says what is wrong', async () => {
  await writeFile(join(cwd, 'bad.json'), '{"sinks": 3}')
  const bad = await examined('--config', 'bad.json')
  expect(bad.code).toBe(1)
  expect(bad.found).toMatchObject({ isFine: false, configuration: { isFine: false } })
  expect(bad.found.configuration.said).toMatch(/^sinks: expected/)

  await writeFile(join(cwd, 'lost.json'), '{"model": "nowhere"}')
  const lost = await examined('--config', 'lost.json')
  expect(lost.code).toBe(1)
  expect(lost.found.model).toMatchObject({
    isFine: false,
    said: expect.stringContaining('nowhere'),
  })

  await writeFile(join(cwd, 'redis.json'), '{"redis": {"url": "redis://127.0.0.1:1"}}')
  const deaf = await examined('--config', 'redis.json')
  expect(deaf.code).toBe(1)
  expect(deaf.found.redis.said).toMatch(/^Redis at .* does not answer: /)
})

it('says of each source whether it could be read', async () => {
  const own = { type: 'redis-stream', stream: 'a' }
  const sources = [own, { ...own, name: 'far', url: 'redis://:a-password@127.0.0.1:1' }]
  await writeFile(join(cwd, 'sources.json'), JSON.stringify({ model: 'none', sources }))
  const { code, found } = await examined('--config', 'sources.json')
  expect(code).toBe(1)
  expect(found['source redis-stream']).toEqual({
    isFine: true,
    said: 'redis-stream, in the Redis above',
  })
  expect(found['source far'].said).toMatch(/^Redis at 127\.0\.0\.1:1 does not answer: /)
})

it('tells a person the same, a line each', async () => {
  await writeFile(join(cwd, 'none.json'), '{"model": "none"}')
  const { out } = await within(['doctor', '--config', 'none.json'], cwd)
  expect(out.trimEnd().split('\n')).toHaveLength(5)
  expect(out).toMatch(/^ok {4}model +none: the configuration asks for none$/m)
})

it('looks at how a Redis is set up that will do', async () => {
  const url = inject('redisUrl')
  await writeFile(join(cwd, 'redis-well.json'), JSON.stringify({ redis: { url } }))
  const { found } = await examined('--config', 'redis-well.json')
  expect(found['redis role']).toEqual({ isFine: true, said: 'takes writes' })
  expect(found['redis eviction']).toEqual({ isFine: true, said: 'none, as it has to be' })
  expect(found['redis disk']).toEqual({ isFine: true, said: 'append-only file' })
  expect(found['redis memory'].said).toMatch(/^\d+ MB used/)
  expect(found['redis latency'].said).toMatch(/^\d+\.\d ms a round trip/)
  expect(found['redis clock']).toMatchObject({ isFine: true })
})

it('finds fault with a Redis that would lose what it is given', async () => {
  const { program } = await findRedisProgram()
  const socket = join(cwd, 'careless.sock')
  const settings = ['--port', '0', '--save', '', '--maxmemory-policy', 'allkeys-lru']
  const server = spawn(program!.file, [...settings, '--unixsocket', socket, '--dir', cwd])
  try {
    for await (const said of server.stdout) if (/ready to accept/i.test(String(said))) break
    const config = { redis: { url: `unix://${socket}` } }
    await writeFile(join(cwd, 'careless.json'), JSON.stringify(config))
    const { code, found } = await examined('--config', 'careless.json')
    expect(code).toBe(1)
    expect(found['redis eviction']).toMatchObject({ isFine: false })
    expect(found['redis eviction'].said).toMatch(/^allkeys-lru: .*noeviction$/)
    expect(found['redis disk']).toMatchObject({ isFine: false })
    expect(found['redis disk'].said).toMatch(/^nothing is written: .*appendonly yes$/)
  } finally {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
})

it('finds fault with what no server here can be made to have', () => {
  const fine = {
    evictionPolicy: 'noeviction',
    memoryBytes: 1e6,
    memoryMaxBytes: 0,
    persistence: 'append-only file',
    hasWriteFailed: false,
    isReplica: false,
    latencyMs: 0.2,
    clockAheadMs: -30,
  } as const
  const wrong = (facts: Partial<Parameters<typeof redisChecks>[0]>) =>
    redisChecks({ ...fine, ...facts }).filter(({ isFine }) => !isFine)
  expect(wrong({})).toEqual([])
  expect(wrong({ isReplica: true })).toMatchObject([{ name: 'redis role' }])
  expect(wrong({ hasWriteFailed: true })).toMatchObject([{ name: 'redis disk' }])
  expect(wrong({ memoryMaxBytes: 1.05e6 })).toMatchObject([{ name: 'redis memory' }])
  expect(wrong({ persistence: 'snapshots' })).toMatchObject([{ name: 'redis disk' }])
  expect(wrong({ latencyMs: 80 })[0]!.said).toBe('80.0 ms a round trip: expected 20 at most')
  expect(wrong({ clockAheadMs: 61_000 })[0]!.said).toBe(
    '61.0 s ahead of ours: set one of them right',
  )
})

it('asks each sink whether it could take an alert, and sends none', async () => {
  const receiver = await startReceiver((_, response) => response.writeHead(204).end())
  const sinks = [
    webhookTo(receiver.url, 'there'),
    webhookTo('http://127.0.0.1:9/', 'gone'),
    { type: 'file', name: 'kept', path: join(cwd, 'agents.json', 'alerts.ndjson') },
  ]
  await writeFile(join(cwd, 'agents.json'), '[{"id": "a"}, {"nonsense": 1}]')
  await writeFile(join(cwd, 'sinks.json'), JSON.stringify({ sinks, registry: 'agents.json' }))
  const { code, found } = await examined('--config', 'sinks.json')
  expect(code).toBe(1)
  expect(found['sink there']).toEqual({ isFine: true, said: 'webhook, can be reached' })
  expect(found['sink gone']).toMatchObject({ isFine: false })
  expect(found['sink gone'].said).toMatch(/ECONNREFUSED/)
  expect(found['sink kept']).toMatchObject({ isFine: false })
  expect(found.registry).toMatchObject({ isFine: false })
  expect(found.registry.said).toMatch(/^1 agent; 1 left out, the first entry /)
  expect(receiver.received).toEqual([])
  await receiver.close()
})
