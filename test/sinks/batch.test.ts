import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import type { Sink } from '../../src/sinks/sink.ts'
import { startHttpCase } from './cases.ts'
import { startKafka } from './kafka-broker.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** Longer than any test: a batch goes when it is full, or it does not go. */
const FULL = { alerts: 4, ms: 5_000 }
const DELIVERED = { kind: 'delivered' }

async function play(
  type: string,
  answer?: (request: IncomingMessage, response: ServerResponse) => void,
  batch = FULL,
) {
  const played = await startHttpCase(type, answer)
  const sink = openSink({ ...played.config, batch })
  opened.push(played, sink)
  return { sink, alerts: () => played.alerts() }
}
const sendAll = (sink: Sink, ids = ['a', 'b', 'c', 'd']) =>
  Promise.all(ids.map((id) => sink.send(anAlert({ id }), { number: 1 })))

describe('a full batch goes in one request', () => {
  it('to Splunk, an event after the other', async () => {
    const { sink, alerts } = await play('splunk')
    expect(sink.batch).toEqual(FULL)
    expect(await sendAll(sink)).toEqual(Array(4).fill(DELIVERED))
    const [request, other] = alerts()
    expect(other).toBeUndefined()
    const events = request!.body.split('\n').map((line) => JSON.parse(line))
    expect(events.map(({ fields }) => fields.alert_id)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('to Sentinel, a row each', async () => {
    const { sink, alerts } = await play('sentinel')
    expect(await sendAll(sink)).toEqual(Array(4).fill(DELIVERED))
    const rows = JSON.parse(alerts()[0]!.body) as { AlertId: string }[]
    expect(rows.map(({ AlertId }) => AlertId)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('to Kafka, a record each', async () => {
    const broker = await startKafka()
    const where = { brokers: [`127.0.0.1:${broker.port}`], topic: 't', tls: false }
    const sink = openSink({ type: 'kafka', ...where, allowPrivate: ['127.0.0.1'], batch: FULL })
    opened.push(broker, sink)
    expect(await sendAll(sink)).toEqual(Array(4).fill(DELIVERED))
    expect(broker.records.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'])
    expect(broker.acks).toHaveLength(1)
  })

  it('to a file, a line each, and none twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perimeter-batch-'))
    const path = join(folder, 'alerts.ndjson')
    const sink = openSink({ type: 'file', path, batch: FULL })
    opened.push(sink)
    expect(await sendAll(sink, ['a', 'b', 'b', 'c'])).toEqual(Array(4).fill(DELIVERED))
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['a', 'b', 'c'])
    rmSync(folder, { recursive: true })
  })
})

it('what is there goes after the wait', async () => {
  const { sink, alerts } = await play('splunk', undefined, { alerts: 100, ms: 20 })
  expect(await sendAll(sink, ['a', 'b'])).toEqual([DELIVERED, DELIVERED])
  expect(alerts()).toHaveLength(1)
})

it('of each alert it is told what became of it', async () => {
  const error = { type: 'mapper_parsing_exception', reason: 'no' }
  const items = [{ status: 201 }, { status: 400, error }, { status: 503, error }]
  const { sink, alerts } = await play('elastic', (_, response) =>
    response.end(JSON.stringify({ errors: true, items: items.map((index) => ({ index })) })),
  )
  const [a, b, c, d] = await sendAll(sink)
  expect(a).toEqual(DELIVERED)
  expect(b).toMatchObject({ kind: 'refused', reason: 'HTTP 400: mapper_parsing_exception: no' })
  expect(c).toMatchObject({ kind: 'retry', reason: /HTTP 503/ })
  expect(d).toMatchObject({ kind: 'retry', reason: /expected an item for each/ })
  expect(alerts()).toHaveLength(1)
})

it('one that is refused costs the others nothing, whole batches that are too large neither', async () => {
  for (const status of [400, 413]) {
    const { sink, alerts } = await play('splunk', (_, response) => {
      const isBad = alerts().at(-1)!.body.includes('"alert_id":"c"')
      response.writeHead(isBad ? status : 200).end('{"text":"said"}')
    })
    const [a, b, c, d] = await sendAll(sink)
    expect([a, b, d]).toEqual([DELIVERED, DELIVERED, DELIVERED])
    expect(c).toMatchObject({ kind: 'refused', reason: `HTTP ${status}: {"text":"said"}` })
    expect(alerts()).toHaveLength(5) // all four, two, two, and each of the latter
  }
})

it.each([
  [401, 'refused'],
  [503, 'retry'],
] as const)('after %i nothing is asked a second time', async (status, kind) => {
  const { sink, alerts } = await play('splunk', (_, response) => response.writeHead(status).end())
  for (const sent of await sendAll(sink)) expect(sent).toMatchObject({ kind })
  expect(alerts()).toHaveLength(1)
})

it('is called off with any of its attempts', async () => {
  const { sink } = await play('splunk', () => {})
  const attempts = ['a', 'b', 'c', 'd'].map((id) =>
    sink.send(anAlert({ id }), { number: 1, signal: AbortSignal.timeout(100) }),
  )
  for (const sent of await Promise.all(attempts)) expect(sent).toMatchObject({ kind: 'retry' })
})
