import { afterEach, describe, expect, it } from 'vitest'
import { alertSchema } from '../../src/alert/alert.ts'
import { openSink } from '../../src/sinks/index.ts'
import { selfSigned } from './certificates.ts'
import { startKafka } from './kafka-broker.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(change: object = {}, ...broker: Parameters<typeof startKafka>) {
  const played = await startKafka(...broker)
  const sink = openSink({
    type: 'kafka',
    brokers: [`127.0.0.1:${played.port}`],
    topic: 'perimeter-alerts',
    tls: false,
    allowPrivate: ['127.0.0.1'],
    ...change,
  })
  opened.push(played, sink)
  return { played, sink }
}

describe('a record', () => {
  it('has the alert’s id for its key, and tells by headers which revision it is', async () => {
    const { played, sink } = await open()
    const said: string[] = []
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const attempt = { number: 1, traceparent, heard: (one: string) => said.push(one) }
    expect(await sink.send(anAlert({ revision: 2 }), attempt)).toEqual({ kind: 'delivered' })
    const [{ topic, key, value, headers }] = played.records as [(typeof played.records)[number]]
    expect([topic, key]).toEqual(['perimeter-alerts', 'al_01J9ZC'])
    expect(alertSchema.parse(JSON.parse(value)).revision).toBe(2)
    expect(headers).toEqual({
      'content-type': 'application/json',
      alert_id: 'al_01J9ZC',
      revision: '2',
      severity: 'high',
      traceparent,
    })
    expect(played.acks).toEqual([-1])
    expect(said).toEqual([expect.stringMatching(/^perimeter-alerts: partition 0, offset \d+$/)])
  })

  it('can be an OCSF finding', async () => {
    const { played, sink } = await open({ shape: 'ocsf' })
    await sink.send(anAlert(), { number: 1 })
    expect(JSON.parse(played.records[0]!.value)).toMatchObject({ class_uid: 2004 })
  })
})

describe('what a broker answers', () => {
  it.each([
    ['NOT_LEADER_FOR_PARTITION', 6, 'retry'],
    ['REQUEST_TIMED_OUT', 7, 'retry'],
    ['NOT_ENOUGH_REPLICAS', 19, 'retry'],
    ['MESSAGE_TOO_LARGE', 10, 'refused'],
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'refused'],
  ])('%s is taken as it is meant', async (_, code, kind) => {
    const { sink, played } = await open({}, code)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind })
    expect(played.acks, 'it is the queue that tries again').toHaveLength(1)
  })

  it('nothing is a retry when the time is up, and when it is told to stop', async () => {
    const { sink } = await open({ timeoutMs: 400 }, -1)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
    const patient = await open({}, -1)
    const signal = AbortSignal.timeout(200)
    expect(await patient.sink.send(anAlert(), { number: 1, signal })).toMatchObject({
      kind: 'retry',
    })
  })

  it('is asked anew after the connection was lost', async () => {
    const { sink, played } = await open()
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    await played.close()
    opened.shift()
    expect(await sink.send(anAlert({ id: 'b' }), { number: 1 })).toMatchObject({ kind: 'retry' })
  })
})

it('connects to nothing that is not public unless told so', async () => {
  const { sink, played } = await open({ allowPrivate: [] })
  expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('not a public address'),
  })
  expect(await sink.check()).toContain('not a public address')
  expect(played.connections()).toBe(0)
})

it('verifies the certificate, and knows an authority it is told of', async () => {
  const tls = selfSigned()
  const { sink, played } = await open({ tls: true }, 0, tls)
  expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
    kind: 'retry',
    reason: expect.stringMatching(/self.signed/i),
  })
  const known = openSink({
    ...{ type: 'kafka', brokers: [`127.0.0.1:${played.port}`], topic: 'a', ca: tls.cert },
    allowPrivate: ['127.0.0.1'],
  })
  expect(await known.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
  await known.close()
})

it('takes a user name only with its password', () => {
  const config = { type: 'kafka', brokers: ['kafka.example:9093'], topic: 'a' }
  expect(() => openSink({ ...config, username: 'u' })).toThrow(/both username and password/)
  expect(() => openSink({ ...config, brokers: ['kafka.example'] })).toThrow(/expected host:port/)
})
