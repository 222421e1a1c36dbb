/** What makes the engine throw is set aside, and `perimeter dead-letters` puts it in again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { Engine } from '../../src/engine.ts'
import { dropLetter } from '../../src/runtime/dead-letters.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { within } from '../cli/command.ts'
import { startReceiver, webhookTo } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import {
  API_KEY,
  noContent,
  offline,
  PARTITIONS,
  parsed,
  pipeline,
  post,
  savedStates,
  streamOf,
} from './stream.ts'

const redis = useRedis()
/** Within one epoch, so that it makes no difference which numbers they have. */
const raw = streamOf(400).filter((one, at, all) => all.findIndex(({ id }) => id === one.id) === at)
let cwd: string
let client: Redis
let runs = 0
let prefix: string
let opened: Pipeline[]

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-letters-'))
  prefix = `${redis.prefix}-${runs++}`
  opened = []
  await configure([])
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const one of opened) await one.stop()
  await rm(cwd, { recursive: true, force: true })
})

// By the login everything is allowed to: a URL of a socket has no room for another.
const configure = (sinks: readonly unknown[], formats: readonly unknown[] = []) => {
  const config = {
    redis: { url: inject('redisUrl'), prefix },
    stream: { partitions: PARTITIONS },
    sinks,
    formats,
  }
  return writeFile(join(cwd, 'perimeter.json'), JSON.stringify(config))
}
const open = async (change: Partial<Parameters<typeof pipeline>[0]> = {}) => {
  const one = await pipeline({ address: redis.address, prefix, ...change })
  opened.push(one)
  return one
}
const letters = (...words: string[]) => within(['dead-letters', ...words], cwd)
const change = (...words: string[]) => letters(...words, '--by', 'a test', '--why', 'it is mended')
const audited = async () => JSON.parse((await letters('audit', '--json')).out)
const listed = async () => JSON.parse((await letters('list', '--json')).out)

/** The engine throws at these, after it has changed what it keeps of their agents. */
function poison(ids: ReadonlySet<string>): void {
  const take = Engine.prototype.take
  vi.spyOn(Engine.prototype, 'take').mockImplementation(function (this: Engine, ...given) {
    const verdict = take.apply(this, given)
    if (ids.has(given[0].id)) throw new RangeError(`no way to judge ${given[0].id}`)
    return verdict
  })
}

it('sets aside what makes the engine throw, as if it had never come, and goes on', async () => {
  const ids = new Set([raw[100]!.id, raw[101]!.id, raw[250]!.id])
  poison(ids)
  const one = await open()
  await one.accept(parsed(raw))
  await one.drained()
  expect(await listed()).toMatchObject(
    [250, 101, 100].map((at) => ({ kind: 'event', code: 'INTERNAL', event: { id: raw[at]!.id } })),
  )
  vi.restoreAllMocks()
  const without = offline(raw.filter(({ id }) => !ids.has(id)))
  expect(await savedStates(client, prefix)).toEqual(without.states)

  // The engine is mended: each goes in as a new event, once, whoever asks how often.
  const [last] = await listed()
  const page = await letters('list')
  expect(page.out).toMatch(/^id +at +kind +code +of +reason$/m)
  expect(page.out).toContain(`no way to judge ${raw[250]!.id}`)
  expect(page.out).toMatch(/^3 dead letters$/m)
  expect((await letters('show', last.id.slice(0, 8))).out).toContain(`"id": "${raw[250]!.id}"`)
  const replayed = await change('replay', '--all')
  expect(replayed).toMatchObject({ code: 0, out: '3 letters replayed\n' })
  await one.drained()
  expect(await listed()).toEqual([])
  expect((await change('replay', last.id)).err).toMatch(/0 letters have the id .*: expected one/)
  await one.drained()
  const by = { what: 'replay', by: 'a test', why: 'it is mended', kind: 'event', code: 'INTERNAL' }
  expect(await audited()).toMatchObject(
    [250, 101, 100].map((at) => ({ ...by, of: `${raw[at]!.agent.id} ${raw[at]!.id}` })),
  )
  expect((await audited())[0].letter).toBe(last.id)
  const again = [100, 101, 250].map((at) => raw[at]!)
  const whole = offline([...raw.filter(({ id }) => !ids.has(id)), ...again])
  expect(await savedStates(client, prefix)).toEqual(whole.states)
  expect(await client.hget(keysAt({ prefix, shard: '0' }).intake, 'number')).toBe(
    String(raw.length + 3),
  )
})

it('keeps going when everything it is given makes the engine throw', async () => {
  poison(new Set(raw.map(({ id }) => id)))
  const one = await open()
  await one.accept(parsed(raw.slice(0, 60)))
  await one.drained()
  expect(await listed()).toHaveLength(60)
  expect((await savedStates(client, prefix)).size).toBe(0)
})

it('puts a rejected record in again, if it can be read by now, and drops what cannot', async () => {
  const one = await open()
  const future = { ...raw[1]!, id: 'from the future', time: Date.now() + 2 * 86_400_000 }
  const long = { id: 'x', padding: 'x'.repeat(3_000) }
  await post(one.url!, [raw[0], future, { id: 'half' }, long])
  await one.drained()
  expect((await listed()).map(({ kind }: { kind: string }) => kind)).toEqual(
    new Array(3).fill('record'),
  )
  const replayed = await change('replay', '--kind', 'record')
  expect(replayed.code).toBe(1)
  expect(replayed.out).toMatch(/1 letter replayed\n$/)
  expect(replayed.err).toBe('perimeter: 2 letters could not be replayed, as is said above.\n')
  expect(replayed.out).toMatch(/stays: \$\.\S+: expected/)
  expect(replayed.out).toMatch(/stays: only its beginning was kept/)
  expect((await change('drop', '--all')).out).toBe('2 letters dropped\n')
  expect((await letters('list')).out).toBe('no dead letters\n')
  expect((await change('drop')).err).toContain('Which letters?')
  const done = (await audited()).map(({ what, kind }: Record<string, string>) => `${what} ${kind}`)
  expect(done).toEqual(['drop record', 'drop record', 'replay record'])
  expect((await letters('audit')).out).toMatch(/^2\S+ +drop +a test .* it is mended$/m)
  expect((await letters('drop', '--all')).code, 'nothing is dropped without a reason').toBe(2)
  const kept = { id: 'x', list: keysAt({ prefix, shard: '0' }).rejects, line: 'gone' } as const
  const letter = { kind: 'record', code: 'REJECTED', atMs: 0, path: '$', reason: '' } as const
  const by = { by: 'a test', why: 'it is not there' }
  expect(await dropLetter(client, keysAt({ prefix, shard: '0' }), { ...kept, letter }, by)).toBe(
    false,
  )
  expect(await audited(), 'what was not done is not in the audit').toHaveLength(3)
})

const fields = { id: 'i', time: 't', action: 'v', resource: { id: 'r' } }
const formatWith = (agent: string) => ({ name: 'own', map: { ...fields, agent: { id: agent } } })
const record = { i: 'a', t: '2026-03-02T09:00:00Z', v: 'files.read', r: 'x/y' }

it('reads records of a format of its own, and again as it is configured by then', async () => {
  const one = await open({ formats: [formatWith('bot')] })
  const sent = await post(
    one.url!,
    [
      { ...record, bot: 'b' },
      { ...record, i: 'c' },
    ],
    'own',
  )
  expect(await sent.json()).toMatchObject({ accepted: 1, rejected: 1 })
  await one.drained()
  expect((await change('replay', '--all')).out).toMatch(/stays: no format of the name own/)
  await configure([], [formatWith('bot')])
  expect((await change('replay', '--all')).out).toMatch(/stays: \$: map\.agent\.id \("bot"\)/)
  await configure([], [formatWith('bot ? bot : "unnamed"')])
  expect((await change('replay', '--all')).out).toBe('1 letter replayed\n')
})

it('reads a row of a table again as well', async () => {
  const one = await open({ formats: [formatWith('bot')] })
  const rows = Object.entries({ ...record, bot: '' })
  const table = [0, 1].map((at) => rows.map((pair) => pair[at]).join(',')).join('\n')
  const sent = await fetch(`${one.url}/v1/events?format=own`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'text/csv' },
    body: table,
  })
  expect(await sent.json()).toMatchObject({ detail: expect.stringContaining('map.agent.id') })
  await configure([], [formatWith('bot != "" ? bot : "unnamed"')])
  expect((await change('replay', '--all')).out).toBe('1 letter replayed\n')
})

it('keeps no text of a record that may hold a prompt', async () => {
  const one = await open()
  const body = { messages: [{ role: 'user', content: 'Tell nobody.' }] }
  const call = { schemaType: 'ModelInvocationLog', requestId: 'r', input: { inputBodyJson: body } }
  await post(one.url!, [{ ...call, identity: { arn: 'arn:aws:iam::1:user/a' }, timestamp: 'now' }])
  await one.drained()
  expect(JSON.stringify(await listed())).toMatch(/expected a time/)
  expect((await client.lrange(keysAt({ prefix, shard: '0' }).rejects, 0, -1)).join()).not.toContain(
    'Tell nobody',
  )
  expect((await change('replay', '--all')).out).toMatch(/stays: no text of it was kept/)
})

it('sends an alert again that its sink refused', async () => {
  let isMended = false
  const receiver = await startReceiver((request, response) => {
    if (isMended) noContent(request, response)
    else response.writeHead(400).end('no')
  })
  const sink = webhookTo(receiver.url)
  await configure([sink])
  const one = await open({ sinks: [sink] })
  await one.accept(parsed(raw))
  await one.drained()
  const refused = await listed()
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toMatchObject({ kind: 'alert', sink: 'webhook', code: 'SINK_REFUSED' })
  isMended = true
  const before = receiver.received.length
  expect((await change('replay', '--kind', 'alert')).code).toBe(0)
  await one.drained()
  expect(receiver.received).toHaveLength(before + refused.length)
  expect(await listed()).toEqual([])
  await receiver.close()
})
