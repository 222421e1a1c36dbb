/** A local HTTP server that plays a receiver, and the alert it is sent. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Alert } from '../../src/alert/alert.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  /** Unpacked where it came compressed. */
  readonly body: string
}

export interface Receiver {
  readonly url: string
  /** The same without a path. */
  readonly base: string
  readonly port: number
  readonly received: Received[]
  /** Connections taken, whether a request came or not. */
  readonly connections: () => number
  /** Those open still. */
  readonly openConnections: () => Promise<number>
  close(): Promise<void>
}

/** The configuration of a sink that sends to a receiver here. */
export function webhookTo(url: string, name = 'webhook') {
  const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`]
  const allowed = { allowHttp: true, allowPrivate: ['127.0.0.1'] }
  return { type: 'webhook', name, url, secrets, ...allowed }
}

/** Starts a receiver which keeps what it gets and then answers as told. */
export async function startReceiver(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
  tls?: { readonly key: string; readonly cert: string },
): Promise<Receiver> {
  const received: Received[] = []
  let connections = 0
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      const whole = Buffer.concat(chunks)
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole
      const { method = '', url: path = '' } = request
      received.push({ method, path, headers, body: body.toString('utf8') })
      answer(request, response)
    })
  }
  const server = tls === undefined ? createServer(take) : createTlsServer(tls, take)
  server.on('connection', () => {
    connections++
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const base = `${tls === undefined ? 'http' : 'https'}://${host}:${port}`
  return {
    url: `${base}/hook`,
    base,
    port,
    received,
    connections: () => connections,
    openConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, open) => (error ? reject(error) : resolve(open)))
      }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function anAlert(change: Partial<Alert> = {}): Alert {
  return {
    version: 2,
    id: 'al_01J9ZC',
    revision: 1,
    tenant: 'default',
    agent: { id: 'invoice-bot', blueprint: 'accounts-payable' },
    time: '2026-05-03T02:14:00.000Z',
    lastTime: '2026-05-03T02:31:07.250Z',
    score: 91,
    severity: 'high',
    severityWhy: ['graded high by how rare such a day is'],
    confidence: { level: 'medium', why: ['its peers are known'] },
    title: 'invoice-bot read 4,112 mailboxes, usually 3 to 9 an hour',
    reasons: [
      {
        detector: 'volume-spike',
        title: 'moved far more than usual',
        expected: '3 to 9 an hour',
        seen: '4,112',
        p: 1e-9,
        event: 'ev-1',
        counterfactuals: [],
      },
    ],
    evidence: [
      {
        event: 'ev-1',
        time: '2026-05-03T02:14:00.000Z',
        action: 'mail.read',
        resource: 'mail/ann/inbox',
        outcome: 'success',
        p: 1e-9,
        detectors: ['volume-spike'],
      },
    ],
    candidates: [],
    techniques: { attackV18: [], attackV19: [], atlas: [], owasp: [] },
    nextSteps: ['Today: ask ann@corp.example whether this was meant.'],
    links: [{ kind: 'agent', key: '0123456789abcd' }],
    events: ['ev-1', 'ev-2'],
    eventCount: 2,
    sessions: [],
    scoredWith: 'test',
    ...change,
  }
}
