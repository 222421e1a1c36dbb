/** The pipeline on more than one Redis: a cluster, a master with Sentinels, TLS with a login of few rights. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { type AcquireOptions, acquireRedis } from '../../src/runtime/redis.ts'
import { openServers, startCluster, type TestServer, type TestServers, until } from './servers.ts'
import { inOrder, offline, pipeline, post, savedStates, streamOf } from './stream.ts'

const PREFIX = 'test'
const BATCH = 250
const keys = keysAt({ prefix: PREFIX, shard: '0' })

let servers: TestServers
let opened: Pipeline[]

beforeEach(async () => {
  servers = await openServers()
  opened = []
})
afterEach(async () => {
  for (const one of opened) await one.stop()
  await servers.stop()
})

async function open(options: AcquireOptions, setting = {}): Promise<Pipeline> {
  const { connection } = await acquireRedis(options)
  const one = await pipeline({ address: connection, prefix: PREFIX, ...setting })
  opened.push(one)
  return one
}

/** Sends all in order as a shipper does: what was not taken is sent again. */
async function sendAll(url: string, events: readonly unknown[]): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    await until(async () => (await post(url, events.slice(at, at + BATCH))).status === 200)
  }
}

async function expectSame(client: Redis, events: ReturnType<typeof streamOf>): Promise<void> {
  const expected = offline(events)
  expect(expected.alerts.length).toBeGreaterThan(5)
  const stored = (await client.xrange(keys.alerts, '-', '+')) as [string, string[]][]
  const alerts = stored.map(([, [, alert]]) => JSON.parse(alert!) as Alert)
  expect(inOrder(alerts)).toEqual(expected.alerts)
  expect(await savedStates(client, PREFIX)).toEqual(expected.states)
}

const slotOf = async (client: Redis) => Number(await client.cluster('KEYSLOT', keys.intake))

/** Whose the slot of the stream is, asked of one that lives. */
async function ownerAmong(nodes: readonly TestServer[]): Promise<TestServer> {
  for (const node of nodes) {
    const client = node.connect()
    const info = String(await client.cluster('NODES'))
    const slot = await slotOf(client)
    client.disconnect()
    const own = info.split('\n').find((line) => line.includes('myself,master'))
    const ranges = (own ?? '')
      .split(' ')
      .slice(8)
      .map((range) => range.split('-').map(Number))
    if (ranges.some(([from, to = from!]) => from! <= slot && slot <= to)) return node
  }
  throw new Error('The slot is nobody’s.')
}

it('runs on a cluster of three masters, and goes on when the one it uses dies', async () => {
  const nodes = await startCluster(servers)
  const owner = await ownerAmong(nodes)
  const other = nodes.slice(0, 3).find((node) => node !== owner)!
  // Any node will do to begin with; all of them are learned from it.
  const one = await open({ url: `redis://127.0.0.1:${other.port}` })
  const events = streamOf(4_000)
  await sendAll(one.url!, events.slice(0, 2_000))
  const client = owner.connect()
  expect(await client.exists(keys.intake)).toBe(1)
  await client.wait(1, 5_000) // what replicas do not have dies with the master
  await owner.kill()
  await sendAll(one.url!, events.slice(2_000))
  await one.drained()
  const heir = await ownerAmong(nodes.filter((node) => node !== owner))
  expect(heir).not.toBe(other)
  await expectSame(heir.connect(), events)
}, 120_000)

it('goes on when the slot of the stream moves to another master', async () => {
  const nodes = await startCluster(servers)
  const source = await ownerAmong(nodes)
  const target = nodes.slice(0, 3).find((node) => node !== source)!
  const all = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')
  const one = await open({ url: `redis+cluster://${all}` })
  const events = streamOf(4_000)
  await sendAll(one.url!, events.slice(0, 2_000))
  const moved = moveSlot(source, target, nodes)
  await sendAll(one.url!, events.slice(2_000))
  await moved
  await one.drained()
  expect(await ownerAmong(nodes)).toBe(target)
  await expectSame(target.connect(), events)
}, 120_000)

/** As `redis-cli --cluster reshard` does it. */
async function moveSlot(source: TestServer, target: TestServer, nodes: readonly TestServer[]) {
  const [from, to] = [source.connect(), target.connect()]
  const slot = await slotOf(from)
  const [fromId, toId] = await Promise.all([from.cluster('MYID'), to.cluster('MYID')])
  await to.cluster('SETSLOT', slot, 'IMPORTING', fromId as string)
  await from.cluster('SETSLOT', slot, 'MIGRATING', toId as string)
  for (;;) {
    const some = (await from.cluster('GETKEYSINSLOT', slot, 10)) as string[]
    if (some.length === 0) break
    await from.migrate('127.0.0.1', target.port, '', 0, 5_000, 'KEYS', ...some)
    await sleep(5)
  }
  for (const node of [target, source, ...nodes.slice(0, 3)]) {
    await node.connect().cluster('SETSLOT', slot, 'NODE', toId as string)
  }
}

it('follows the Sentinels to the new master', async () => {
  const master = await servers.start()
  const replica = await servers.start({ replicaof: `127.0.0.1 ${master.port}` })
  const follower = replica.connect()
  await until(async () => /master_link_status:up/.test(await follower.info('replication')))
  const sentinel = await servers.startSentinel(master)
  const asked = sentinel.connect()
  await until(async () => {
    const found = (await asked.call('SENTINEL', 'REPLICAS', 'main')) as unknown[]
    return found.length === 1
  })
  const one = await open({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/main` })
  const events = streamOf(3_000)
  await sendAll(one.url!, events.slice(0, 1_500))
  await master.connect().wait(1, 5_000)
  await master.kill()
  await sendAll(one.url!, events.slice(1_500))
  await one.drained()
  expect(await follower.info('replication')).toContain('role:master')
  await expectSame(follower, events)
}, 120_000)

it('takes nothing as taken that too few replicas have', async () => {
  const master = await servers.start()
  const replica = await servers.start({ replicaof: `127.0.0.1 ${master.port}` })
  const follower = replica.connect()
  await until(async () => /master_link_status:up/.test(await follower.info('replication')))
  const url = `redis://127.0.0.1:${master.port}`
  const one = await open({ url }, { replicas: 1 })
  const events = streamOf(20)
  expect((await post(one.url!, events.slice(0, 10))).status).toBe(200)
  replica.process.kill('SIGSTOP')
  const refused = await post(one.url!, events.slice(10))
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('0 replicas have what was taken in: expected 1')
  replica.process.kill('SIGCONT')
  await until(async () => (await post(one.url!, events.slice(10))).status === 200)
  await one.drained()
  const { states } = offline(events)
  expect(await savedStates(master.connect(), PREFIX)).toEqual(states)
}, 60_000)

it('speaks TLS, each side with a certificate, and needs rights on its own keys alone', async () => {
  const file = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url))
  const [ca, cert, key] = ['ca.pem', 'server.pem', 'server.key'].map(file) as string[]
  const read = (name: string) => readFileSync(name, 'utf8')
  const name = { servername: 'redis.test' }
  const settings = { 'tls-ca-cert-file': ca!, 'tls-cert-file': cert!, 'tls-key-file': key! }
  const secure = { ...name, ca: read(ca!), cert: read(cert!), key: read(key!) }
  const server = await servers.start(settings, { tls: secure })
  const root = server.connect()
  const rights = ['+@all', '-@admin', '-@dangerous', '+info', `~${PREFIX}:*`]
  await root.acl('SETUSER', 'perimeter', 'on', '>p@ss/word', 'resetchannels', ...rights)
  const url = `rediss://perimeter:p%40ss%2Fword@127.0.0.1:${server.port}`
  await expect(acquireRedis({ url })).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringMatching(/over TLS does not answer: .*certificate/),
  })
  const tls = { ca: ca!, cert: cert!, key: key!, ...name }
  const one = await open({ url, tls })
  const events = streamOf(2_500)
  await sendAll(one.url!, events)
  await one.drained()
  await expectSame(root, events)
}, 60_000)

it('says which file or option of TLS is wrong', async () => {
  const tls = { ca: '/nowhere/ca.pem' }
  await expect(acquireRedis({ url: 'rediss://127.0.0.1:1', tls })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/^redis\.tls\.ca: \/nowhere\/ca\.pem cannot be read/),
  })
  await expect(acquireRedis({ url: 'redis://127.0.0.1:1', tls })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/expected rediss:\/\//),
  })
})
