import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { rowOf, sentinelColumns } from '../../src/sinks/shapes/sentinel.ts'
import { SECRET, startHttpCase } from './cases.ts'
import { anAlert, startReceiver } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Endpoint and login apart, each answering as it is told. */
async function open(
  login: Answer,
  endpoint: Answer = (_, response) => response.writeHead(204).end(),
) {
  const played = await startHttpCase('sentinel', endpoint)
  const tokens = await startReceiver(login)
  const sink = openSink({ ...played.config, loginUrl: tokens.base })
  opened.push(played, tokens, sink)
  return { played, tokens, sink }
}
const token =
  (text: () => string, seconds = 3599): Answer =>
  (_, response) =>
    response.end(JSON.stringify({ access_token: text(), expires_in: seconds }))

describe('the token', () => {
  it('is asked for with the client’s credentials, once for many alerts', async () => {
    const { played, tokens, sink } = await open(token(() => 'one'))
    const sent = [1, 2, 3].map((revision) => sink.send(anAlert({ revision }), { number: 1 }))
    expect(await Promise.all(sent)).toEqual(Array(3).fill({ kind: 'delivered' }))
    await sink.send(anAlert(), { number: 1 })
    expect(tokens.received).toHaveLength(1)
    const [{ path, body, headers }] = tokens.received as [(typeof tokens.received)[number]]
    expect(path).toBe('/contoso.example/oauth2/v2.0/token')
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'client_credentials',
      client_id: '11111111-2222-4333-8444-555555555555',
      client_secret: SECRET,
      scope: 'https://monitor.azure.com/.default',
    })
    for (const { headers } of played.alerts()) expect(headers.authorization).toBe('Bearer one')
  })

  it('is asked for anew shortly before it ends', async () => {
    const { tokens, sink } = await open(token(() => 'short', 299))
    await sink.send(anAlert(), { number: 1 })
    await sink.send(anAlert(), { number: 1 })
    expect(tokens.received).toHaveLength(2)
  })

  it('is asked for anew, once, where it is no longer good', async () => {
    let given = 0
    const { played, sink } = await open(
      token(() => `token-${++given}`),
      (request, response) =>
        response.writeHead(request.headers.authorization === 'Bearer token-2' ? 204 : 401).end(),
    )
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(played.alerts()).toHaveLength(2)
    const never = await open(
      token(() => 'x'),
      (_, response) => response.writeHead(401).end(),
    )
    expect(await never.sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'refused' })
    expect(never.played.alerts()).toHaveLength(2)
  })

  it('that is not given stops the alert, with the reason and without the secret', async () => {
    const { played, sink } = await open((_, response) =>
      response.writeHead(401).end(
        JSON.stringify({
          error: 'invalid_client',
          error_description: 'AADSTS7000215: Invalid client secret provided. Trace ID: 1-2-3\r\nx',
        }),
      ),
    )
    const reason =
      'HTTP 401 for a token: invalid_client AADSTS7000215: Invalid client secret provided.'
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'refused', reason })
    expect(await sink.check()).toBe(reason)
    expect(played.alerts()).toEqual([])
    const busy = await open((_, response) => response.writeHead(503).end())
    expect(await busy.sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
  })

  it('is in nothing that is told to who watches', async () => {
    const { sink } = await open(token(() => 'a-token-not-to-be-told'))
    const said: string[] = []
    await sink.send(anAlert(), { number: 1, heard: (one) => said.push(one) })
    expect(said).toEqual([expect.stringMatching(/: HTTP 204$/)])
  })
})

it('waits for a role that was just assigned', async () => {
  const { sink } = await open(
    token(() => 'x'),
    (_, response) => response.writeHead(403).end('no'),
  )
  expect(await sink.send(anAlert(), { number: 1 })).toEqual({
    kind: 'retry',
    reason: 'HTTP 403: no; the application needs the role Monitoring Metrics Publisher on the rule',
    afterMs: 1_800_000,
  })
})

describe('the row', () => {
  it('has names that Log Analytics takes and does not keep for itself', () => {
    const reserved = [
      '_ResourceId',
      'id',
      '_SubscriptionId',
      'TenantId',
      'Type',
      'UniqueId',
      'Title',
    ]
    for (const name of Object.keys(sentinelColumns)) {
      expect(name).toMatch(/^[A-Za-z]\w{0,44}$/)
      expect(reserved).not.toContain(name)
    }
  })

  it('keeps every value within what is not cut', () => {
    const seen = 'ä'.repeat(3_000)
    const [reason] = anAlert().reasons
    const reasons = Array.from({ length: 100 }, () => ({ ...reason!, seen }))
    const row = rowOf(anAlert({ reasons, title: '😀'.repeat(40_000) }))
    for (const value of Object.values(row)) {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536)
    }
    expect((row.Reasons as unknown[]).length).toBeGreaterThan(5)
    expect(Buffer.byteLength(JSON.stringify([row]))).toBeLessThan(1_000_000)
  })
})
