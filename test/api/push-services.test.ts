import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/contract.ts'
import { createKeyRing, hashKey } from '../../src/api/keys.ts'
import { EngineError } from '../../src/errors.ts'
import { readBody } from '../../src/formats/body.ts'
import { anEvent, keys, serve } from './serve.ts'

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const requestId = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f'

let served: Awaited<ReturnType<typeof serve>>
let isFull = false

beforeAll(async () => {
  served = await serve({
    parseBody: (body, format) => {
      const { events, rejects, skipped } = readBody(body as Buffer, format)
      return { events, rejects, skipped: skipped.reduce((sum, { count }) => sum + count, 0) }
    },
    accept: async (events) => {
      if (isFull) throw new EngineError('QUEUE_FULL', 'Too much waits.')
      served.accepted.push(...events)
      return {}
    },
    keys: createKeyRing([
      { name: 'shipper', role: 'ingest', hash: hashKey(keys.shipper) },
      { name: 'pubsub', role: 'ingest', hash: hashKey(keys.acme), inUrl: true },
    ]),
  })
})
afterAll(() => served.server.close())

const send = (body: unknown, headers: Record<string, string> = {}, query = '') =>
  fetch(`${served.base}/v1/events${query}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const taken = () => served.accepted.splice(0).map(({ id }) => id)

describe('Data Firehose', () => {
  const headers = {
    'x-amz-firehose-request-id': requestId,
    'x-amz-firehose-protocol-version': '1.0',
    'x-amz-firehose-access-key': keys.shipper,
    'content-type': 'application/json',
  }
  const request = (...records: unknown[]) => ({
    requestId,
    timestamp: 1_772_438_400_000,
    records: records.map((each) => ({ data: base64(each) })),
  })

  it('is told in its own form that its records arrived', async () => {
    const body = gzipSync(JSON.stringify(request(anEvent({ id: 'a' }), anEvent({ id: 'b' }))))
    const answer = await fetch(`${served.base}/v1/events`, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: new Uint8Array(body),
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('content-encoding')).toBeNull()
    expect(await answer.json()).toEqual({ requestId, timestamp: expect.any(Number) })
    expect(taken()).toEqual(['a', 'b'])
  })

  it('does not send for ever what cannot be used', async () => {
    const answer = await send(request({ nothing: 'of ours' }), headers)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ requestId })
    expect(taken()).toEqual([])
  })

  it('sends again what there was no room for, and what it had no key for', async () => {
    isFull = true
    const full = await send(request(anEvent()), headers)
    isFull = false
    expect(full.status).toBe(503)
    const errorMessage = 'QUEUE_FULL: Too much waits.'
    expect(await full.json()).toEqual({ requestId, timestamp: expect.any(Number), errorMessage })
    const unknown = await send(request(anEvent()), { ...headers, 'x-amz-firehose-access-key': 'x' })
    expect(unknown.status).toBe(401)
    expect(await unknown.json()).toMatchObject({
      requestId,
      errorMessage: expect.stringMatching(/^KEY_UNKNOWN/),
    })
    expect(taken()).toEqual([])
  })
})

describe('Pub/Sub', () => {
  const push = (data: unknown) => ({
    message: { data: base64(data), messageId: '1', publishTime: '2026-03-02T08:00:00Z' },
    subscription: 'projects/pay/subscriptions/audit',
  })
  const headers = { 'user-agent': 'CloudPubSub-Google', 'content-type': 'application/json' }

  it('has its key in the URL, where the key allows it', async () => {
    const answer = await send(push(anEvent({ id: 'a' })), headers, `?key=${keys.acme}`)
    expect(answer.status).toBe(200)
    expect(taken()).toEqual(['a'])
    const refused = await send(push(anEvent()), headers, `?key=${keys.shipper}`)
    expect(refused.status).toBe(401)
    expect(problemSchema.parse(await refused.json()).detail).toMatch(/may not stand in the URL/)
    expect(taken()).toEqual([])
    expect(served.logged.join('')).not.toContain(keys.acme)
  })

  it('does not push for ever what cannot be used, and others are told', async () => {
    const poison = push({ nothing: 'of ours' })
    expect((await send(poison, headers, `?key=${keys.acme}`)).status).toBe(200)
    const bearer = { authorization: `Bearer ${keys.shipper}` }
    expect((await send(poison, bearer)).status).toBe(400)
  })
})

describe('Event Grid', () => {
  const event = (eventType: string, data: unknown) => [
    { id: 'e', topic: 't', subject: 's', eventType, eventTime: '2026-03-02T08:00:00Z', data },
  ]
  const query = `?key=${keys.acme}`

  it('is shown that its events are wanted, and by nobody without a key', async () => {
    const headers = { 'aeg-event-type': 'SubscriptionValidation' }
    const question = event('Microsoft.EventGrid.SubscriptionValidationEvent', {
      validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
    })
    const answer = await send(question, headers, query)
    expect(answer.status).toBe(200)
    const validationResponse = '512d38b6-c7b8-40c8-89fe-f46f9e9622b6'
    expect(await answer.json()).toEqual({ validationResponse })
    expect((await send(question, headers)).status).toBe(401)
    expect((await send('[{}]', headers, query)).status).toBe(400)
    expect(taken()).toEqual([])
  })

  it('is shown so for CloudEvents too', async () => {
    const ask = (origin: Record<string, string>, where = query) =>
      fetch(`${served.base}/v1/events${where}`, { method: 'OPTIONS', headers: origin })
    const origin = { 'webhook-request-origin': 'eventgrid.azure.net' }
    const answer = await ask({ ...origin, 'webhook-request-rate': '120' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net')
    expect(answer.headers.get('webhook-allowed-rate')).toBe('*')
    expect((await ask(origin, '')).status).toBe(401)
    expect((await ask({})).status).toBe(400)
    expect((await ask({ 'webhook-request-origin': 'a b' })).status).toBe(400)
  })

  it('brings events, and what cannot be used once', async () => {
    const headers = { 'aeg-event-type': 'Notification' }
    const data = anEvent({ id: 'a' })
    expect((await send(event('agents.Acted', data), headers, query)).status).toBe(200)
    expect((await send(event('agents.Acted', { nothing: 1 }), headers, query)).status).toBe(200)
    expect(taken()).toEqual(['a'])
  })
})
