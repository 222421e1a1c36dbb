import { afterEach, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A collector with acknowledgement: `acks` are its answers to the questions, one after the other. */
async function open(acks: readonly boolean[], change: object = {}, taken = '{"code":0,"ackId":7}') {
  let asked = 0
  const played = await startHttpCase('splunk', (request, response) => {
    const isQuestion = request.url?.startsWith('/services/collector/ack') ?? false
    const isIndexed = isQuestion && acks[asked++] === true
    response.end(isQuestion ? JSON.stringify({ acks: { 7: isIndexed } }) : taken)
  })
  const sink = openSink({ ...played.config, ack: true, ...change })
  opened.push(played, sink)
  return { played, sink }
}

describe('with acknowledgement', () => {
  it('has delivered once an indexer has the alert', async () => {
    const { played, sink } = await open([false, true])
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    const [event, ...questions] = played.receiver.received
    const channel = event!.headers['x-splunk-request-channel']
    expect(channel).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    expect(questions.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      [`/services/collector/ack?channel=${channel}`, { acks: [7] }],
      [`/services/collector/ack?channel=${channel}`, { acks: [7] }],
    ])
  })

  it('sends again what is not indexed in time, and refuses a token that does not know how', async () => {
    const { sink } = await open([], { ackMs: 1_000 })
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({
      kind: 'retry',
      reason: 'not indexed within 1000 ms',
    })
    const plain = await open([], {}, '{"text":"Success","code":0}')
    expect(await plain.sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('without an ackId'),
    })
  })
})

it('says which of the collector’s complaints it was', async () => {
  const played = await startHttpCase('splunk', (_, response) =>
    response.writeHead(403).end('{"text":"Invalid token","code":4}'),
  )
  const sink = openSink({ ...played.config, index: 'security' })
  opened.push(played, sink)
  expect(await sink.send(anAlert(), { number: 1 })).toEqual({
    kind: 'refused',
    reason: 'HTTP 403: {"text":"Invalid token","code":4}',
  })
  expect(JSON.parse(played.alerts()[0]!.body)).toMatchObject({ index: 'security' })
})
