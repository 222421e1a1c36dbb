/** A sink that is down gets every alert when it is back: once, and those of an agent in order. */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterEach, expect, it, vi } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { type Keys, keysAt } from '../../src/runtime/keys.ts'
import { type Receiver, startReceiver, webhookTo } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import { type PipelineSetting, pipeline, post, postAll, streamOf } from './stream.ts'

const redis = useRedis()
afterEach(() => {
  vi.useRealTimers()
})

/** The alert of the request that came last. */
const lastOf = ({ received }: Receiver): Alert =>
  (JSON.parse(received.at(-1)!.body) as { data: Alert }).data

async function raisedOf(client: Redis, keys: Keys): Promise<Alert[]> {
  const stored = (await client.xrange(keys.alerts, '-', '+')) as [string, string[]][]
  return stored.map(([, [, alert]]) => JSON.parse(alert!) as Alert)
}

type Sent = Pick<Alert, 'id' | 'agent' | 'revision'>

/** What of each agent came, in its order. */
function byAgent(alerts: readonly Sent[]): Map<string, string[]> {
  const lanes = new Map<string, string[]>()
  for (const { agent, id, revision } of alerts) {
    const lane = lanes.get(agent.id) ?? []
    lanes.set(agent.id, lane)
    lane.push(`${id} ${revision}`)
  }
  return new Map([...lanes].sort())
}

/** As a webhook, or where they come in batches, as Elastic. */
const sinkTo = (url: string, own: object) => ({
  ...('batch' in own ? { type: 'elastic', url, apiKey: 'key', gzip: false } : webhookTo(url)),
  ...{ allowHttp: true, allowPrivate: ['127.0.0.1'], ...own },
})

interface Document {
  readonly event: { readonly id: string }
  readonly service: { readonly id: string }
  readonly perimeter: { readonly revision: number }
}

/** The alerts in a body. */
function alertsIn(body: string): Sent[] {
  if (!body.endsWith('\n')) return [(JSON.parse(body) as { data: Alert }).data]
  const documents = body.split('\n').filter((line) => line.startsWith('{"@timestamp"'))
  return documents.map((line) => {
    const { event, service, perimeter } = JSON.parse(line) as Document
    return { id: event.id, agent: service, revision: perimeter.revision }
  })
}

/** Two alerts of three are taken once it is up. */
it.each([
  ['as fast as it goes', {}, {}],
  ['left alone while it is down', { pauseAfter: 5, pauseMs: 300 }, {}],
  ['at its rate', {}, { rate: { alerts: 10, perMs: 250 } }],
  ['many in one request', {}, { batch: { alerts: 20, ms: 100 } }],
])(
  'delivers all alerts once and in order, %s',
  async (how, pausing, own) => {
    const client = redis.connect()
    const prefix = `${redis.prefix}-${how.length}`
    const keys = keysAt({ prefix, shard: '0' })
    const isPausing = 'pauseAfter' in pausing
    let isDown = true
    let tries = 0
    const taken: Sent[] = []
    let mostAtOnce = 0
    const receiver = await startReceiver((_request, response: ServerResponse) => {
      const alerts = alertsIn(receiver.received.at(-1)!.body)
      mostAtOnce = Math.max(mostAtOnce, alerts.length)
      const statuses = alerts.map((alert) => {
        const isTaken = !isDown && ++tries % 3 !== 0
        if (isTaken) taken.push(alert)
        return isTaken ? 201 : 503
      })
      if (!('batch' in own)) return response.writeHead(statuses[0]!).end()
      return response.end(
        JSON.stringify({ items: statuses.map((status) => ({ create: { status } })) }),
      )
    })
    const setting: PipelineSetting = {
      address: redis.address,
      prefix,
      delivery: { retryMs: Array.from({ length: 50 }, (_, nth) => 100 + 20 * nth), ...pausing },
      sinks: [sinkTo(receiver.url, own)],
    }
    const serve = await pipeline(setting, { work: false })
    const workers = await Promise.all([1, 2].map(() => pipeline(setting, { ingest: false })))
    try {
      await postAll(serve.url!, streamOf(4_000))
      await expect
        .poll(() => receiver.received.length, { timeout: 30_000 })
        .toBeGreaterThanOrEqual(isPausing ? 10 : 20)
      if (isPausing) {
        await sleep(1_500) // of five tries a second and agent, and one in a pause
        expect(receiver.received.length).toBeLessThan(50)
      }
      expect(taken).toEqual([])
      isDown = false
      await Promise.all(workers.map((worker) => worker.drained()))
      const raised = await raisedOf(client, keys)
      expect(raised.length).toBeGreaterThan(50)
      expect([...byAgent(raised).values()].some((lane) => lane.length > 3)).toBe(true)
      expect(byAgent(taken)).toEqual(byAgent(raised))
      const left = await client.keys(`${keys.root}:lane:*`)
      expect(left).toEqual([])
      expect(mostAtOnce > 1).toBe('batch' in own)
    } finally {
      for (const one of [serve, ...workers]) await one.stop()
      await receiver.close()
      client.disconnect()
    }
  },
  60_000,
)

/** Ways to fail that pass by themselves, and such as do not. */
const passing: readonly ((response: ServerResponse, nth: number) => unknown)[] = [
  () => {}, // silence
  ({ socket }) => socket?.resetAndDestroy(),
  ({ socket }) => socket?.end(),
  (response) => {
    response.writeHead(500, { 'content-length': '1000' }).write('x')
    response.socket?.end()
  },
  (response) => response.writeHead(408).end(),
  (response) => response.writeHead(500).end('no\nsuch\nluck'),
  (response) => response.writeHead(503).end(),
  // The first few have to wait, and all others with them.
  (response, nth) => response.writeHead(429, { 'retry-after': nth < 40 ? '1' : '0' }).end(),
  (response) => response.writeHead(429, { 'retry-after': new Date().toUTCString() }).end(),
]
const lasting = [307, 400, 401, 403, 404, 413]

it('loses nothing to a sink that fails each way in turn', async () => {
  const client = redis.connect()
  const prefix = `${redis.prefix}-turns`
  const keys = keysAt({ prefix, shard: '0' })
  const taken: Alert[] = []
  let [requests, failures, refusals] = [0, 0, 0]
  const receiver = await startReceiver((_request, response) => {
    if (++requests % 9 === 0) response.writeHead(lasting[refusals++ % lasting.length]!).end()
    else if (requests % 2 === 0) {
      taken.push(lastOf(receiver))
      response.writeHead(204).end()
    } else passing[failures % passing.length]!(response, failures++)
  })
  const one = await pipeline({
    address: redis.address,
    prefix,
    delivery: { retryMs: Array.from({ length: 50 }, () => 20), concurrency: 20 },
    // Longer than the engine, which shares the thread with the receiver here, keeps it from answering.
    sinks: [{ ...webhookTo(receiver.url), timeoutMs: 3_000 }],
  })
  try {
    await postAll(one.url!, streamOf(1_000))
    await one.drained()
    const raised = await raisedOf(client, keys)
    expect(failures).toBeGreaterThan(3 * passing.length)
    expect(refusals).toBeGreaterThanOrEqual(lasting.length)
    const letters = (await client.lrange(keys.deadLetters, 0, -1)).map(
      (line) => JSON.parse(line) as { alert: Alert; code: string },
    )
    expect(letters.map(({ code }) => code)).toEqual(letters.map(() => 'SINK_REFUSED'))
    expect(letters).toHaveLength(refusals)
    const key = ({ id, revision }: Alert) => `${id} ${revision}`
    const setAside = new Set(letters.map(({ alert }) => key(alert)))
    const rest = raised.filter((alert) => !setAside.has(key(alert)))
    expect(byAgent(taken)).toEqual(byAgent(rest))
    expect(rest.length + letters.length).toBe(raised.length)
  } finally {
    await one.stop()
    await receiver.close()
    client.disconnect()
  }
}, 120_000)

it('delivers all of an hour of load that a sink was down for, as it is set by default', async () => {
  const client = redis.connect()
  const prefix = `${redis.prefix}-hour`
  const keys = keysAt({ prefix, shard: '0' })
  const taken: Alert[] = []
  let isDown = true
  const receiver = await startReceiver((_request, response) => {
    if (!isDown) taken.push(lastOf(receiver))
    response.writeHead(isDown ? 503 : 204).end()
  })
  const setting = { address: redis.address, prefix, sinks: [webhookTo(receiver.url)] }
  const one = await pipeline(setting)
  const raw = streamOf(2_000)
  const minutes = 60
  /** A minute of the clock, with the load of a minute; both the queues' and the sinks' time is the clock's. */
  const passMinute = async (events: readonly unknown[]) => {
    vi.setSystemTime(Date.now() + 60_000)
    if (events.length > 0) expect((await post(one.url!, events)).status).toBe(200)
    await sleep(40)
  }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const perMinute = Math.ceil(raw.length / (2 * minutes))
    for (let minute = 0; minute < 2 * minutes; minute++) {
      if (minute === minutes) {
        expect((await raisedOf(client, keys)).length).toBeGreaterThan(50)
        expect(taken).toEqual([])
        expect(receiver.received.length, 'it is left alone').toBeLessThan(150)
        isDown = false
      }
      await passMinute(raw.slice(minute * perMinute, (minute + 1) * perMinute))
    }
    // What was tried before the sink was left alone has hours to wait by now.
    await expect
      .poll(
        async () => {
          await passMinute([])
          return (await raisedOf(client, keys)).length - taken.length
        },
        { timeout: 90_000, interval: 50 },
      )
      .toBe(0)
    expect(byAgent(taken)).toEqual(byAgent(await raisedOf(client, keys)))
    expect(await client.llen(keys.deadLetters)).toBe(0)
  } finally {
    await one.stop()
    await receiver.close()
    client.disconnect()
  }
}, 180_000)
