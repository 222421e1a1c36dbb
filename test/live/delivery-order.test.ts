/** A sink that is down gets every alert when it is back: once, and those of an agent in order. */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { startReceiver } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import { type PipelineSetting, pipeline, postAll, streamOf } from './stream.ts'

const redis = useRedis()

type Sent = Pick<Alert, 'id' | 'agent' | 'revision'>

/** As a webhook, or where they come in batches, as Elastic. */
const sinkTo = (url: string, own: object) => ({
  ...('batch' in own
    ? { type: 'elastic', url, apiKey: 'key', gzip: false }
    : { type: 'webhook', url, secrets: [`whsec_${randomBytes(32).toString('base64')}`] }),
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
      const stored = (await client.xrange(keys.alerts, '-', '+')) as [string, string[]][]
      const raised = stored.map(([, [, alert]]) => JSON.parse(alert!) as Alert)
      expect(raised.length).toBeGreaterThan(50)
      const byAgent = (alerts: readonly Sent[]) => {
        const lanes = new Map<string, string[]>()
        for (const { agent, id, revision } of alerts) {
          const lane = lanes.get(agent.id) ?? []
          lanes.set(agent.id, lane)
          lane.push(`${id} ${revision}`)
        }
        return new Map([...lanes].sort())
      }
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
