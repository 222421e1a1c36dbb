import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import type { Sink } from '../../src/sinks/sink.ts'
import { openWebhook, webhook } from '../../src/sinks/webhook.ts'
import { anAlert, type Receiver, startReceiver } from './receiver.ts'

const SECRET = `whsec_${randomBytes(32).toString('base64')}`
const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function open(url: string, change: Record<string, unknown> = {}, lookup?: LookupFunction): Sink {
  const config = webhook.schema.parse({
    type: 'webhook',
    url,
    secrets: [SECRET],
    allowHttp: true,
    allowPrivate: ['127.0.0.1'],
    ...change,
  })
  const sink = openWebhook(config, lookup)
  opened.push(sink)
  return sink
}

async function receive(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host?: string,
): Promise<Receiver> {
  const receiver = await startReceiver(answer, host)
  opened.push(receiver)
  return receiver
}

const accept = (_request: IncomingMessage, response: ServerResponse) =>
  response.writeHead(204).end()
const answer =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  (_request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(status, headers).end(body)

describe('what a receiver gets', () => {
  it('verifies with the standardwebhooks package, under either secret while one is changed', async () => {
    const receiver = await receive(accept)
    const next = `whsec_${randomBytes(24).toString('base64')}`
    const sink = open(receiver.url, { secrets: [next, SECRET] })
    const alert = anAlert()
    expect(await sink.send(alert, { number: 1 })).toEqual({ kind: 'delivered' })
    const { headers, body } = receiver.received[0]!
    for (const secret of [next, SECRET]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        type: 'alert.created',
        timestamp: alert.lastTime,
        data: alert,
      })
    }
    const stranger = new Webhook(`whsec_${randomBytes(32).toString('base64')}`)
    expect(() => stranger.verify(body, headers)).toThrow(/signature/)
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow(/signature/)
  })

  it('has one id at every attempt, another for every revision, and the time of the attempt', async () => {
    const receiver = await receive(accept)
    const sink = open(receiver.url)
    await sink.send(anAlert(), { number: 1 })
    await sink.send(anAlert(), { number: 2 })
    await sink.send(anAlert({ revision: 2 }), { number: 1 })
    const [first, second, third] = receiver.received
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(second!.body).toBe(first!.body)
    expect(third!.headers['webhook-id']).not.toBe(first!.headers['webhook-id'])
    expect(JSON.parse(third!.body).type).toBe('alert.updated')
    const ageS = Date.now() / 1000 - Number(first!.headers['webhook-timestamp'])
    expect(Math.abs(ageS)).toBeLessThan(30)
  })

  it('verifies whatever stands in the alert', async () => {
    const receiver = await receive(accept)
    const sink = open(receiver.url)
    const texts = fc.string({ unit: 'binary', maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(texts, texts, async (id, title) => {
        const alert = anAlert({ id, title })
        expect(await sink.send(alert, { number: 1 })).toEqual({ kind: 'delivered' })
        const { headers, body } = receiver.received.at(-1)!
        expect(headers['webhook-id']).toMatch(/^[\w-]{1,160}$/)
        new Webhook(SECRET).verify(body, headers)
      }),
      { numRuns: 50 },
    )
  })
})

describe('what a receiver answers', () => {
  it.each([200, 201, 202, 204])('%i is delivered', async (status) => {
    const sink = open((await receive(answer(status))).url)
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
  })

  it('429 is tried again after the time it asks for', async () => {
    const sink = open((await receive(answer(429, { 'retry-after': '7' }, 'slow\ndown'))).url)
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({
      kind: 'retry',
      reason: 'HTTP 429: slow down',
      afterMs: 7_000,
    })
  })

  it('a redirect is refused and not followed', async () => {
    const target = await receive(accept)
    const sink = open((await receive(answer(307, { location: target.url }))).url)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'refused' })
    expect(target.connections()).toBe(0)
  })

  it('410 closes the webhook', async () => {
    const receiver = await receive(answer(410))
    const sink = open(receiver.url)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'refused',
      isGone: true,
    })
    expect(await sink.send(anAlert({ id: 'b' }), { number: 1 })).toMatchObject({ isGone: true })
    expect(receiver.received).toHaveLength(1)
    expect(await sink.check()).toMatch(/410/)
  })

  it('400 is refused, with what it said on one line', async () => {
    const sink = open((await receive(answer(400, {}, 'bad\r\n\u001b[31mfield\u0000 x'))).url)
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({
      kind: 'refused',
      isOfContent: true,
      reason: 'HTTP 400: bad [31mfield x',
    })
  })

  it('an endless response is cut off and its status counts', async () => {
    let written = 0
    const receiver = await receive((_request, response) => {
      response.writeHead(500)
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) written += 65_536
      }
      response.on('drain', more)
      more()
    })
    const sink = open(receiver.url, { timeoutMs: 10_000 })
    const sent = await sink.send(anAlert(), { number: 1 })
    expect(sent).toMatchObject({ kind: 'retry' })
    expect((sent as { reason: string }).reason.length).toBeLessThan(300)
    expect(written).toBeLessThan(64 * 1024 * 1024)
  })

  it('silence is a retry when the time is up', async () => {
    const sink = open((await receive(() => {})).url, { timeoutMs: 200 })
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({
      kind: 'retry',
      reason: 'no answer within 200 ms',
    })
  })

  it('a body that drips past the time is a retry', async () => {
    const receiver = await receive((_request, response) => {
      response.writeHead(500)
      const drip = setInterval(() => response.write('x'), 50)
      response.on('close', () => clearInterval(drip))
    })
    const sink = open(receiver.url, { timeoutMs: 300 })
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
  })

  it('a connection reset is a retry', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.resetAndDestroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const sink = open(`http://127.0.0.1:${port}/`)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
    server.close()
  })

  it('nobody listening is a retry', async () => {
    const receiver = await startReceiver(accept)
    await receiver.close()
    const sink = open(receiver.url)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('an attempt that is called off is a retry', async () => {
    const sink = open((await receive(() => {})).url)
    const signal = AbortSignal.timeout(100)
    expect(await sink.send(anAlert(), { number: 1, signal })).toMatchObject({ kind: 'retry' })
  })
})

describe('a check', () => {
  it('connects and sends nothing, and says why it could not', async () => {
    const receiver = await receive(accept)
    const sink = open(receiver.url)
    expect(await sink.check()).toBeUndefined()
    expect(receiver.connections()).toBe(1)
    expect(receiver.received).toEqual([])
    await receiver.close()
    expect(await sink.check()).toMatch(/ECONNREFUSED/)
    const unknown = (_: string, __: unknown, done: (error: Error) => void) =>
      done(new Error('getaddrinfo ENOTFOUND'))
    const lost = open('http://nowhere.example/', {}, unknown as LookupFunction)
    expect(await lost.check()).toMatch(/ENOTFOUND/)
  })
})

describe('what it will not connect to', () => {
  it.each(['http://127.0.0.1', 'http://[::1]', 'http://[::ffff:127.0.0.1]', 'http://2130706433'])(
    '%s, with a server behind it',
    async (base) => {
      const receiver = await receive(accept)
      const sink = open(`${base}:${receiver.port}/`, { allowPrivate: [] })
      expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('not a public address'),
      })
      expect(await sink.check()).toContain('not a public address')
      expect(receiver.connections()).toBe(0)
    },
  )

  it('a name that resolves to this machine', async () => {
    const receiver = await receive(accept)
    const sink = open(`http://localhost:${receiver.port}/`, { allowPrivate: [] })
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'refused' })
    expect(receiver.connections()).toBe(0)
    const named = open(`http://localhost:${receiver.port}/`, { allowPrivate: ['localhost'] })
    expect(await named.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
  })

  it('a name that turns to another address after it was found good', async () => {
    const good = await receive(accept, '127.0.0.2')
    const inner = await startOn('127.0.0.3', good.port)
    let asked = 0
    const lookup: LookupFunction = (_host, _options, done) => {
      done(null, [{ address: asked++ < 2 ? '127.0.0.2' : '127.0.0.3', family: 4 }])
    }
    const url = `http://rebind.example:${good.port}/`
    const sink = open(url, { allowPrivate: ['127.0.0.2'] }, lookup)
    expect(await sink.check()).toBeUndefined()
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(await sink.send(anAlert(), { number: 2 })).toMatchObject({ kind: 'refused' })
    expect(asked).toBe(3) // one look-up for one connection: the address checked is the one used
    expect(inner.connections()).toBe(0)
  })

  it('the inner one of two addresses', async () => {
    const good = await receive(accept, '127.0.0.2')
    const inner = await startOn('127.0.0.3', good.port)
    const lookup: LookupFunction = (_host, _options, done) => {
      done(null, [
        { address: '127.0.0.3', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    }
    const url = `http://both.example:${good.port}/`
    const sink = open(url, { allowPrivate: ['127.0.0.2'] }, lookup)
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(inner.connections()).toBe(0)
  })
})

describe('TLS', () => {
  it('is verified, and an authority of one’s own can be named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perimeter-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${cert}`
    execFileSync('openssl', words.split(' '), { stdio: 'ignore' })
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, accept)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    const allowPrivate = ['localhost']
    const strict = await open(url, { allowPrivate }).send(anAlert(), { number: 1 })
    expect(strict).toMatchObject({ kind: 'retry', reason: expect.stringMatching(/self.signed/i) })
    const ca = readFileSync(cert, 'utf8')
    const known = await open(url, { allowPrivate, ca }).send(anAlert(), { number: 1 })
    expect(known).toEqual({ kind: 'delivered' })
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
})

describe('its configuration', () => {
  const base = { type: 'webhook', url: 'https://h.example/x', secrets: [SECRET] }

  it('needs nothing but a URL and a secret', () => {
    expect(webhook.schema.parse(base)).toMatchObject({ name: 'webhook', timeoutMs: 15_000 })
  })

  it.each([
    ['http', { url: 'http://h.example/' }],
    ['another protocol', { url: 'file:///etc/passwd' }],
    ['a login in the URL', { url: 'https://u:p@h.example/' }],
    ['no secret', { secrets: [] }],
    ['a short secret', { secrets: ['whsec_c2hvcnQ='] }],
    ['a secret without its prefix', { secrets: [randomBytes(32).toString('base64')] }],
    ['an unknown option', { insecure: true }],
    ['a bad block', { allowPrivate: ['10.0.0.0/40'] }],
  ])('refuses %s', (_what, change) => {
    expect(webhook.schema.safeParse({ ...base, ...change }).success).toBe(false)
  })
})

async function startOn(host: string, port: number): Promise<{ connections: () => number }> {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections++
    socket.destroy()
  })
  server.listen(port, host)
  await once(server, 'listening')
  opened.push({
    close: async () => {
      server.close()
    },
  })
  return { connections: () => connections }
}
