/** Whatever happens, no secret and nothing of an event is in what a process says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashKey } from '../../src/api/keys.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { perimeter, within } from '../cli/command.ts'
import { RSA_KEY } from '../sinks/cases.ts'
import { type Receiver, startReceiver } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import { PARTITIONS, streamOf, THRESHOLD } from './stream.ts'
import { urlOf } from './url-of.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const redis = useRedis()
const plant = (about: string) => `${about}-${randomBytes(12).toString('hex')}`
const KEY = plant('api-key')
const ENV_KEY = plant('key-of-the-environment')
const WRONG_KEY = plant('a-key-nobody-knows')
const SIGNING = Buffer.alloc(32, randomBytes(1)).toString('base64')
const SINK_TOKEN = plant('token-of-a-sink')
const ENV_SINK_TOKEN = plant('token-of-the-environment')
const ROUTING_KEY = randomBytes(16).toString('hex')
const URL_TOKEN = plant('token-in-a-url')
const QUERY = plant('in-a-query')
const AGENT = plant('agent')
const PLACE = plant('confidential-place')
const RUBBISH = plant('rubbish')
const TRACE_TOKEN = plant('token-of-the-collector')
/** Nothing of this may be said. The password of Redis is among it. */
const PLANTED = [
  ...[SINK_TOKEN, ROUTING_KEY, RSA_KEY.split('\n')[1]!, ENV_SINK_TOKEN],
  ...[KEY, ENV_KEY, WRONG_KEY, SIGNING, URL_TOKEN, QUERY, AGENT, PLACE, RUBBISH, TRACE_TOKEN],
  String(redis.address.password),
]

const events: RawEvent[] = streamOf(400).map((event) => {
  const { resource, agent } = event
  const id = `${AGENT}-${agent.id}`
  const own = { ...event, agent: { ...agent, id } }
  return resource === undefined ? own : { ...own, resource: { ...resource, id: `${PLACE}/a` } }
})
let cwd: string
let hook: Receiver
let said = ''
const children: ChildProcess[] = []

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-secrets-'))
  // It refuses, and quotes all that it was sent.
  hook = await startReceiver((_, response) => {
    const { headers, path, body } = hook.received.at(-1)!
    response.writeHead(500).end(`no: ${headers.authorization} ${path} ${body}`)
  })
})
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await hook.close()
  await rm(cwd, { recursive: true, force: true })
})

/** One for every way in which a secret is given and used. */
const others = (base: string) =>
  [
    { type: 'splunk', url: base, token: SINK_TOKEN },
    { type: 'splunk', name: 'by-env', url: base, token: { env: 'PERIMETER_TEST_SINK' } },
    { type: 'elastic', url: base, apiKey: SINK_TOKEN },
    { type: 'ocsf', url: base, authorization: `Bearer ${SINK_TOKEN}` },
    { type: 'pagerduty', url: base, routingKey: ROUTING_KEY },
    { type: 'slack', url: `${base}/services/${SINK_TOKEN}` },
    { type: 'slack', name: 'bot', apiUrl: base, token: SINK_TOKEN, channel: 'C0123ABCD' },
    { type: 'teams', url: `${base}/workflow?sig=${SINK_TOKEN}` },
    {
      type: 'entra',
      ...{ graphUrl: base, loginUrl: base, tenantId: 'contoso.example', clientSecret: SINK_TOKEN },
      ...{ clientId: '11111111-2222-4333-8444-555555555555', when: { severity: 'informational' } },
    },
    { type: 'caep', url: base, issuer: 'https://p.example', audience: 'a', privateKey: RSA_KEY },
  ].map((sink) => ({ ...sink, allowHttp: true, allowPrivate: ['127.0.0.1'] }))

const configured = (change: object = {}) => ({
  log: { level: 'debug' },
  redis: { url: urlOf(redis.address), prefix: redis.prefix },
  http: {
    port: 0,
    keys: [
      { name: 'test', role: 'admin', hash: hashKey(KEY) },
      { name: 'env', role: 'ingest', env: 'PERIMETER_TEST_KEY' },
    ],
  },
  stream: { partitions: PARTITIONS },
  threshold: THRESHOLD,
  delivery: { retryMs: [10] },
  sinks: [
    {
      type: 'webhook',
      name: 'hook',
      url: `${hook.url}?token=${URL_TOKEN}`,
      secrets: [`whsec_${SIGNING}`],
      allowHttp: true,
      allowPrivate: ['127.0.0.1'],
    },
    {
      type: 'webhook',
      name: 'nowhere',
      url: `https://nowhere.invalid/${URL_TOKEN}`,
      secrets: [`whsec_${SIGNING}`],
    },
    ...others(hook.base),
  ],
  ...change,
})

const ENV = {
  PERIMETER_TEST_KEY: ENV_KEY,
  PERIMETER_TEST_SINK: ENV_SINK_TOKEN,
  // Nobody listens there: that nothing could be exported is told of as well.
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=${TRACE_TOKEN}`,
  OTEL_BSP_SCHEDULE_DELAY: '200',
}

async function start(config: object): Promise<{ child: ChildProcess; url: string }> {
  const file = join(cwd, `${children.length}.json`)
  await writeFile(file, JSON.stringify(config))
  const { REDIS_URL: _, ...own } = process.env
  const words = ['--import', import.meta.resolve('tsx'), MAIN, 'start', '--config', file]
  const child = spawn(process.execPath, words, { cwd, env: { ...own, ...ENV } })
  children.push(child)
  let its = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      its += chunk
      said += chunk
    })
  }
  while (!/HTTP: (http:\S+)/.test(its)) {
    if (child.exitCode !== null) throw new Error(its)
    await sleep(50)
  }
  return { child, url: /HTTP: (http:\S+)/.exec(its)![1]! }
}

const send = (url: string, body: string | Buffer, key = KEY, more: Record<string, string> = {}) =>
  fetch(`${url}/v1/events?note=${QUERY}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...more },
    body: new Uint8Array(Buffer.from(body)),
  })
const lines = (some: readonly unknown[]) => some.map((one) => JSON.stringify(one)).join('\n')

it('not in a run in which all goes wrong that can, at the level that says most', async () => {
  const { child, url } = await start(configured())
  expect((await send(url, lines(events.slice(0, 200)))).status).toBe(200)
  expect((await send(url, lines(events.slice(200, 220)), ENV_KEY)).status).toBe(200)
  expect((await send(url, lines(events), WRONG_KEY)).status).toBe(401)
  expect((await send(url, `{"${RUBBISH}": tru`)).status).toBe(400)
  const half = lines([...events.slice(220, 230), { id: RUBBISH, agent: { id: AGENT } }])
  expect((await send(url, half)).status).toBe(200)
  const packed = gzipSync(lines(events)).subarray(0, 300)
  expect((await send(url, packed, KEY, { 'content-encoding': 'gzip' })).status).toBe(400)
  expect((await send(url, lines(events), KEY, { 'x-perimeter-format': RUBBISH })).status).toBe(400)
  await sleep(1_500) // some alerts are refused, tried again and set aside

  // A damaged memory; then Redis that refuses writes with events and memories in them.
  const client = redis.connect()
  const keys = keysAt({ prefix: redis.prefix, shard: '0' })
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const agent of await client.hkeys(keys.agents(partition))) {
      await client.hset(keys.agents(partition), agent, RUBBISH)
    }
  }
  const user = String(redis.address.username)
  await client.acl('SETUSER', user, '-@write')
  expect((await send(url, lines(events.slice(230, 260)))).status).toBe(503)
  await sleep(2_500)
  await client.acl('SETUSER', user, '+@all', '-hset', '-multi')
  await send(url, lines(events.slice(260, 300)))
  await sleep(1_500)
  await client.acl('SETUSER', user, '+@all')
  // The login is no longer good, and every connection is asked for it again.
  await client.acl('SETUSER', user, 'resetpass', '>another')
  await client.call('CLIENT', 'KILL', 'USER', user, 'SKIPME', 'yes')
  await sleep(1_500)
  expect((await send(url, lines(events.slice(300, 320)))).status).toBe(503)
  await client.acl('SETUSER', user, 'resetpass', `>${redis.address.password}`)
  await sleep(2_500)
  expect((await send(url, lines(events.slice(300, 400)))).status).toBe(200)
  await sleep(1_500)
  child.kill('SIGTERM')
  await once(child, 'exit')
  client.disconnect()

  // It did say what went wrong, in lines that a machine can read.
  const read = said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const texts = new Set(read.map(({ msg }) => msg))
  for (const text of ['request', 'alert not delivered yet', 'traces were not exported']) {
    expect(texts).toContain(text)
  }
  expect(texts).toContain('alert not delivered; it is among the dead letters')
  expect(texts).toContain('the partition begins again from what is written')
  expect(said).toMatch(/NOPERM/)
  expect(said).toMatch(/WRONGPASS/)
  for (const secret of PLANTED) expect(leaks(said, secret), secret).toEqual([])
})

it('not where a configuration is wrong, and not where it is shown', async () => {
  const file = join(cwd, 'wrong.json')
  const run = async (words: string[], config: object) => {
    await writeFile(file, JSON.stringify(config))
    const whole = [...words, '--config', file]
    // Of those that log, what goes past the streams of this process counts as well.
    const isLogging = words[0] === 'start'
    const { out, err } = isLogging
      ? await perimeter(whole, { cwd, env: ENV })
      : await within(whole, cwd)
    return out + err
  }
  const [first, second] = configured().sinks
  const all = [
    await run(['config', 'check'], configured()),
    await run(['doctor'], configured()),
    await run(['top', '--once', '--alerts', '0'], configured()),
    await run(['config', 'check'], configured({ sinks: [{ ...first, secrets: SIGNING }, second] })),
    ...(await each(others(hook.base), async (sink) => {
      const broken = Object.fromEntries(
        Object.entries(sink).map(([option, value]) =>
          typeof value === 'string' && !PLAIN.includes(option)
            ? [option, ` ${value}`]
            : [option, value],
        ),
      )
      return run(['config', 'check'], configured({ sinks: [broken] }))
    })),
    await run(['sinks', 'test', 'splunk'], configured()),
    await run(['sinks', 'test', 'caep'], configured()),
    await run(['sinks', 'jwks', 'caep'], configured()),
    await run(['start'], configured({ redis: { url: `redis://:${KEY}@127.0.0.1:1/` } })),
    await run(['start'], configured({ redis: { url: `reddis://:${KEY}@127.0.0.1/` } })),
    await run(['start'], configured({ http: { keys: [{ name: 'x', role: 'all', hash: KEY }] } })),
    await run(['config', 'check'], configured({ tracing: { endpoint: `http://u:${KEY}@h:1/` } })),
  ]
  for (const text of all) {
    expect(text.length).toBeGreaterThan(20)
    for (const secret of PLANTED) expect(leaks(text, secret), secret).toEqual([])
  }
})

/** Options that are no secrets. */
const PLAIN = ['type', 'name', 'channel', 'issuer', 'audience', 'tenantId', 'clientId']

async function each<One>(all: readonly One[], act: (one: One) => Promise<string>) {
  const texts: string[] = []
  for (const one of all) texts.push(await act(one))
  return texts
}

/** The lines it is in, shortened. */
function leaks(text: string, secret: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.includes(secret))
    .map((line) => line.slice(0, 400))
}
