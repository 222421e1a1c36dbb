/** What every sink must obey, and the exact words in which each tells of an alert. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { openSink, sinkKinds } from '../../src/sinks/index.ts'
import type { Attempt, Sink } from '../../src/sinks/sink.ts'
import { httpCases, ROUTING_KEY, SECRET, startCase, startHttpCase } from '../sinks/cases.ts'
import { selfSigned } from '../sinks/certificates.ts'
import { anAlert, type Received } from '../sinks/receiver.ts'

/** `npm run readme` sets it: the goldens are then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const GOLDEN = new URL('../golden/sinks/', import.meta.url)
const large: Alert = JSON.parse(readFileSync(new URL('large.json', GOLDEN), 'utf8'))
const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function closing<One extends { close(): Promise<void> }>(one: One): One {
  opened.unshift(one) // the sink before its receiver
  return one
}

const open = (config: unknown): Sink => closing(openSink(config))
const kinds = sinkKinds.map(({ type }) => type)
const httpKinds = kinds.filter((type) => type in httpCases)

describe.each(kinds)('every sink: %s', (type) => {
  it('says that it could deliver, sending nothing', async () => {
    const played = closing(await startCase(type))
    const sink = open(played.config)
    expect(sink.name).toBe('mine')
    expect(await sink.check()).toBeUndefined()
    expect(played.arrived()).toEqual([])
  })

  it('delivers under one key at every attempt, and tells revisions apart', async () => {
    const played = closing(await startCase(type))
    const sink = open(played.config)
    for (const [alert, number] of [
      [played.alert(), 1],
      [played.alert(), 2],
      [played.alert({ revision: 2, severity: 'critical' }), 1],
    ] as const) {
      expect(await sink.send(alert, { number })).toEqual({ kind: 'delivered' })
    }
    const arrived = played.arrived()
    const grown = arrived.at(-1)!
    expect(grown.id).toBe(arrived[0]!.id)
    if (grown.revision !== undefined) expect(grown.revision).not.toBe(arrived[0]!.revision)
    // Where it came twice, by the same key; a receiver that can tell got it once.
    if (arrived.length === 3) expect(arrived[1]).toEqual(arrived[0])
    else expect(arrived).toHaveLength(2)
  })

  it('leaves nothing open', async () => {
    const played = closing(await startCase(type))
    const sink = openSink(played.config)
    await sink.send(played.alert(), { number: 1 })
    await sink.close()
    await expect.poll(() => played.openConnections()).toBe(0)
  })

  it('says what is wrong with a configuration, by its place, and shows no secret', async () => {
    const played = closing(await startCase(type))
    const wrong = (change: object) => () => openSink({ ...played.config, ...change })
    expect(wrong({ extra: SECRET })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/extra/),
      }),
    )
    for (const change of [{ extra: 1 }, { name: '' }, { name: 7 }]) {
      expect(wrong(change)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(SECRET) }),
      )
    }
    for (const option of Object.keys(played.config)) {
      if (['type', 'name', 'allowHttp', 'allowPrivate', 'index'].includes(option)) continue
      const message = expect.stringContaining(option)
      expect(wrong({ [option]: [] }), option).toThrow(expect.objectContaining({ message }))
    }
  })
})

describe.each(httpKinds)('every sink that speaks HTTP: %s', (type) => {
  const answering =
    (status: number, headers: Record<string, string> = {}, body = 'said') =>
    (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(status, headers).end(body)
  const play = async (answer: ReturnType<typeof answering>) => {
    const played = closing(await startHttpCase(type, answer))
    const sink = open(played.config)
    const send = (how: Partial<Attempt> = {}) => sink.send(played.alert(), { number: 1, ...how })
    return { played, send }
  }

  it('gives up when it is told to', async () => {
    const { send } = await play((() => {}) as never)
    const signal = AbortSignal.timeout(200)
    expect(await send({ signal })).toMatchObject({ kind: 'retry' })
  })

  it('verifies the certificate, and knows an authority it is told of', async () => {
    const tls = selfSigned()
    const played = closing(await startHttpCase(type, undefined, tls))
    const strict = open(played.config)
    expect(await strict.send(played.alert(), { number: 1 })).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/self.signed/i),
    })
    expect(await strict.check()).toMatch(/self.signed/i)
    expect(played.receiver.received).toEqual([])
    const known = open({ ...played.config, ca: tls.cert })
    expect(await known.send(played.alert(), { number: 1 })).toEqual({ kind: 'delivered' })
  })

  it('passes the trace on, and tells who watches what came back', async () => {
    const { send, played } = await play(answering(503, {}, 'too\nbusy'))
    const said: string[] = []
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const heard = (one: string) => said.push(one)
    await send({ traceparent, heard })
    expect(said).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+: HTTP 503: too busy$/)])
    expect(played.alerts()[0]!.headers.traceparent).toBe(traceparent)
  })

  it('shows no secret, though the receiver quotes all that it got', async () => {
    const played = closing(
      await startHttpCase(type, (_, response) => {
        const { headers, path, body } = played.receiver.received.at(-1)!
        response.writeHead(400).end(`${headers.authorization} ${path} ${body}`)
      }),
    )
    const said: string[] = []
    const heard = (one: string) => said.push(one)
    const sent = await open(played.config).send(played.alert(), { number: 1, heard })
    expect(sent).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^HTTP 400: ./) })
    for (const text of [JSON.stringify(sent), ...said]) {
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain(ROUTING_KEY)
    }
  })

  it.each([
    ['small', anAlert()],
    ['large', large],
  ])('writes a %s alert as its golden file says', async (size, alert) => {
    const played = closing(await startHttpCase(type))
    const fit = { ...alert, ...httpCases[type]!.change }
    expect(await open(played.config).send(fit, { number: 1 })).toEqual({ kind: 'delivered' })
    const file = new URL(`${type}/${size}.json`, GOLDEN)
    const text = `${JSON.stringify(played.alerts().map(wireForm), null, 2)}\n`
    if (isWriting && !existsSync(new URL('.', file))) mkdirSync(new URL('.', file))
    if (isWriting) writeFileSync(file, text)
    else
      expect(JSON.parse(text), 'run `npm run readme`').toEqual(
        JSON.parse(readFileSync(file, 'utf8')),
      )
  })
})

/** What differs from run to run is named, not shown. */
const VARYING: Readonly<Record<string, string>> = {
  'webhook-timestamp': '(now)',
  'webhook-signature': '(signature)',
  'x-ms-client-request-id': '(guid)',
}
const TRANSPORT = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']

function wireForm({ method, path, headers, body }: Received) {
  const shown = Object.entries(headers)
    .filter(([name]) => !TRANSPORT.includes(name))
    .map(([name, value]) => [name, VARYING[name] ?? value])
  return { request: `${method} ${path}`, headers: Object.fromEntries(shown), body: bodyForm(body) }
}

/** JSON, lines of it, or a signed token of two such parts and a signature. */
function bodyForm(body: string): unknown {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(body)) {
    const parts = body.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString())
    const [header, claims] = parts.map((part) => JSON.parse(part))
    return { header: { ...header, kid: '(thumbprint)' }, claims: { ...claims, iat: '(now)' } }
  }
  const lines = body.trimEnd().split('\n')
  const values = lines.map((line) => JSON.parse(line))
  return values.length === 1 && !body.endsWith('\n') ? values[0] : values
}
