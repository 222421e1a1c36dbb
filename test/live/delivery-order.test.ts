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

/** Two requests of three are taken once it is up. */
it.each([
  ['as fast as it goes', {}, {}],
  ['left alone while it is down', { pauseAfter: 5, pauseMs: 300 }, {}],
  ['at its rate', {}, { rate: { alerts: 10, perMs: 250 } }],
])(
  'delivers all alerts once and in order, %s',
  async (how, pausing, own) => {
    const client = redis.connect()
    const prefix = `${redis.prefix}-${how.length}`
    const keys = keysAt({ prefix, shard: '0' })
    const isPausing = 'pauseAfter' in pausing
    let isDown = true
    let requests = 0
    const taken: Alert[] = []
    const receiver = await startReceiver((_request, response: ServerResponse) => {
      const { body } = receiver.received.at(-1)!
      const isTaken = !isDown && ++requests % 3 !== 0
      if (isTaken) taken.push((JSON.parse(body) as { data: Alert }).data)
      response.writeHead(isTaken ? 204 : 503).end()
    })
    const setting: PipelineSetting = {
      address: redis.address,
      prefix,
      delivery: { retryMs: Array.from({ length: 50 }, (_, nth) => 100 + 20 * nth), ...pausing },
      sinks: [
        {
          type: 'webhook',
          url: receiver.url,
          secrets: [`whsec_${randomBytes(32).toString('base64')}`],
          allowHttp: true,
          allowPrivate: ['127.0.0.1'],
          ...own,
        },
      ],
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
      const byAgent = (alerts: readonly Alert[]) => {
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
    } finally {
      for (const one of [serve, ...workers]) await one.stop()
      await receiver.close()
      client.disconnect()
    }
  },
  60_000,
)
