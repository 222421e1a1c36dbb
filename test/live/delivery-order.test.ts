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
const keys = keysAt({ prefix: redis.prefix, shard: '0' })

/** Two requests of three are taken once it is up. */
it('delivers all alerts once and in order, whatever a sink answers', async () => {
  const client = redis.connect()
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
    prefix: redis.prefix,
    delivery: { retryMs: Array.from({ length: 50 }, (_, nth) => 100 + 20 * nth) },
    sinks: [
      {
        type: 'webhook',
        url: receiver.url,
        secrets: [`whsec_${randomBytes(32).toString('base64')}`],
        allowHttp: true,
        allowPrivate: ['127.0.0.1'],
      },
    ],
  }
  const serve = await pipeline(setting, { work: false })
  const workers = await Promise.all([1, 2].map(() => pipeline(setting, { ingest: false })))
  try {
    await postAll(serve.url!, streamOf(4_000))
    await sleep(2_000)
    expect(taken).toEqual([])
    expect(receiver.received.length).toBeGreaterThan(20)
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
}, 60_000)
