import { afterEach, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import type { Delivery } from '../../src/sinks/sink.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(item: object, change: object = {}) {
  const played = await startHttpCase('elastic', (_, response) =>
    response.end(JSON.stringify({ took: 1, errors: true, items: [{ index: item }] })),
  )
  const sink = openSink({ ...played.config, ...change })
  opened.push(played, sink)
  return { played, sink }
}

const error = { type: 'a_kind', reason: 'why it was' }
it.each<[string, object, Delivery]>([
  ['it is there already', { status: 409, error }, { kind: 'delivered' }],
  [
    'a mapping forbids it',
    { status: 400, error },
    { kind: 'refused', reason: 'HTTP 400: a_kind: why it was', isOfContent: true },
  ],
  [
    'the queue of the shard is full',
    { status: 429, error },
    { kind: 'retry', reason: 'HTTP 429: a_kind: why it was' },
  ],
  [
    'the shard is away',
    { status: 503, error },
    { kind: 'retry', reason: 'HTTP 503: a_kind: why it was' },
  ],
  [
    'something else answers',
    {},
    {
      kind: 'retry',
      reason:
        'HTTP 200: {"took":1,"errors":true,"items":[{"index":{}}]}: expected an item for each',
    },
  ],
])('reads of an answer of 200 that %s', async (_, item, delivery) => {
  const { sink } = await open(item)
  expect(await sink.send(anAlert(), { number: 1 })).toEqual(delivery)
})

it('lets a later revision replace the earlier one in an index, never the other way round', async () => {
  const { played, sink } = await open({ status: 200 })
  await sink.send(anAlert({ revision: 4 }), { number: 1 })
  expect(JSON.parse(played.alerts()[0]!.body.split('\n')[0]!)).toEqual({
    index: { _index: 'perimeter-alerts', _id: 'al_01J9ZC', version: 4, version_type: 'external' },
  })
})

it('appends each revision to a data stream, once', async () => {
  const { played, sink } = await open({ status: 201 }, { index: undefined })
  await sink.send(anAlert({ revision: 4 }), { number: 1 })
  const [action, document, end] = played.alerts()[0]!.body.split('\n')
  expect(JSON.parse(action!)).toEqual({
    create: { _index: 'logs-perimeter.alert-default', _id: 'al_01J9ZC.4' },
  })
  expect(JSON.parse(document!).data_stream).toEqual({
    type: 'logs',
    dataset: 'perimeter.alert',
    namespace: 'default',
  })
  expect(end).toBe('')
})

it('hashes an id that is longer than an id may be', async () => {
  const { played, sink } = await open({ status: 201 })
  await sink.send(anAlert({ id: 'ä'.repeat(300) }), { number: 1 })
  expect(JSON.parse(played.alerts()[0]!.body.split('\n')[0]!).index._id).toMatch(/^[0-9a-f]{64}$/)
})
