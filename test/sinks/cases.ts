/** For every kind of sink: a receiver that plays the other side, and how it knows an alert again. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions as TlsServerOptions } from 'node:tls'
import type { Alert } from '../../src/alert/alert.ts'
import { startKafka } from './kafka-broker.ts'
import { anAlert, type Received, type Receiver, startReceiver } from './receiver.ts'

export const SECRET = 'a-secret-of-the-tests'
export const ROUTING_KEY = 'R0123456789abcdefghijklmnopqrst1'
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const APPLICATION = {
  tenantId: 'contoso.example',
  clientId: '11111111-2222-4333-8444-555555555555',
  clientSecret: SECRET,
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A sink that speaks HTTP. */
export interface HttpCase {
  config(base: string): Record<string, unknown>
  /** What the receiver answers to an alert it takes. @default 200 without a body */
  readonly accepted?: { readonly status: number; readonly body?: string }
  /** Which requests carry an alert. @default all */
  isAlert?(path: string): boolean
  /** By what the receiver knows the alert, and its revision where it keeps that apart. */
  key(received: Received): Key
  /** What its alerts have to be like. */
  readonly change?: Partial<Alert>
}

export interface Key {
  readonly id: string
  /** Undefined where nothing of it is sent. */
  readonly revision: number | string | undefined
}

export const RSA_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey

const json = ({ body }: Received) => JSON.parse(body)

export const httpCases: Readonly<Record<string, HttpCase>> = {
  webhook: {
    config: (base) => ({ url: `${base}/hook`, secrets: [SIGNING] }),
    key: (received) => {
      const { id, revision } = json(received).data
      return { id: id + received.headers['webhook-id']?.split('_r', 1)[0], revision }
    },
  },
  splunk: {
    config: (base) => ({ url: base, token: SECRET }),
    accepted: { status: 200, body: '{"text":"Success","code":0}' },
    key: (received) => {
      const { alert_id: id, revision } = json(received).fields
      return { id, revision }
    },
  },
  sentinel: {
    config: (base) => ({
      endpoint: base,
      loginUrl: base,
      ruleId: `dcr-${'0a'.repeat(16)}`,
      ...APPLICATION,
    }),
    accepted: { status: 204 },
    isAlert: (path) => path.startsWith('/dataCollectionRules/'),
    key: (received) => {
      const [{ AlertId: id, Revision: revision }] = json(received)
      return { id, revision }
    },
  },
  elastic: {
    config: (base) => ({ url: base, apiKey: SECRET, index: 'perimeter-alerts' }),
    accepted: {
      status: 200,
      body: '{"took":1,"errors":false,"items":[{"index":{"status":201}}]}',
    },
    key: ({ body }) => {
      const { _id: id, version: revision } = JSON.parse(body.split('\n')[0]!).index
      return { id, revision }
    },
  },
  ocsf: {
    config: (base) => ({ url: `${base}/findings`, authorization: `Bearer ${SECRET}` }),
    accepted: { status: 202 },
    key: (received) => {
      const { finding_info, metadata } = json(received)
      return { id: finding_info.uid, revision: metadata.uid }
    },
  },
  pagerduty: {
    config: (base) => ({ url: base, routingKey: ROUTING_KEY }),
    accepted: { status: 202, body: '{"status":"success","dedup_key":"x"}' },
    key: (received) => {
      const { dedup_key: id, payload } = json(received)
      return { id, revision: payload.custom_details.revision }
    },
  },
  slack: {
    config: (base) => ({ url: `${base}/services/T0/B0/${SECRET}` }),
    accepted: { status: 200, body: 'ok' },
    key: (received) => foot(json(received).blocks.at(-1).elements[0].text),
  },
  teams: {
    config: (base) => ({ url: `${base}/workflows/1/triggers/manual/paths/invoke?sig=${SECRET}` }),
    accepted: { status: 202 },
    key: (received) => foot(json(received).attachments[0].content.body.at(-1).inlines[0].text),
  },
  caep: {
    config: (base) => ({
      url: `${base}/events`,
      issuer: 'https://perimeter.example',
      audience: 'https://idp.example/caep',
      agentIssuer: 'https://login.example/v2.0',
      privateKey: RSA_KEY,
      authorization: `Bearer ${SECRET}`,
    }),
    accepted: { status: 202 },
    key: ({ body }) => {
      const { txn: id, jti: revision } = JSON.parse(
        Buffer.from(body.split('.')[1]!, 'base64url').toString(),
      )
      return { id, revision }
    },
  },
  entra: {
    config: (base) => ({ graphUrl: base, loginUrl: base, ...APPLICATION }),
    accepted: { status: 204 },
    isAlert: (path) => path.startsWith('/beta/'),
    key: (received) => ({ id: json(received).agentIds[0], revision: undefined }),
    change: {
      agent: { id: '27a3cf14-1111-4222-8333-0123456789ab', blueprint: 'accounts-payable' },
    },
  },
}

/** What a person sees of it in a chat. */
function foot(text: string): Key {
  const [, id = '', revision = '1'] = /alert (\S+) of \w+(?:, told for the (\d+))?/.exec(text) ?? []
  return { id, revision }
}

/** What a sink is given so that it may talk to a receiver of these tests. */
export const LOCAL = { allowHttp: true, allowPrivate: ['127.0.0.1'] }

export interface Played {
  readonly config: Record<string, unknown>
  /** The alerts that arrived, as the receiver knows them. */
  arrived(): Key[]
  /** An alert such as it takes. */
  alert(change?: Partial<Alert>): Alert
  openConnections(): Promise<number>
  close(): Promise<void>
}

/** A receiver that takes every alert, or does what it is told with them. Tokens it always gives. */
export async function startHttpCase(
  type: string,
  answer?: Answer,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Played & { readonly receiver: Receiver; alerts(): Received[] }> {
  const one = httpCases[type]!
  const isAlert = (path = '') => one.isAlert?.(path) ?? true
  const receiver = await startReceiver(
    (request, response) => {
      if (!isAlert(request.url)) {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"token_type":"Bearer","expires_in":3599,"access_token":"a-token"}')
      } else if (answer !== undefined) answer(request, response)
      else {
        const { status, body } = one.accepted ?? { status: 200 }
        response.writeHead(status).end(body)
      }
    },
    '127.0.0.1',
    tls,
  )
  const alerts = () => receiver.received.filter(({ path }) => isAlert(path))
  return {
    receiver,
    config: { type, name: 'mine', ...one.config(receiver.base), ...LOCAL },
    alerts,
    arrived: () => alerts().map((received) => one.key(received)),
    alert: (change) => anAlert({ ...one.change, ...change }),
    openConnections: receiver.openConnections,
    close: () => receiver.close(),
  }
}

async function startFile(): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'perimeter-sinks-'))
  const path = join(folder, 'alerts.ndjson')
  return {
    config: { type: 'file', name: 'mine', path },
    arrived: () =>
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    alert: anAlert,
    openConnections: async () => 0,
    close: async () => rmSync(folder, { recursive: true }),
  }
}

/** Takes messages with octet counting, and what was done to them to be read. */
export async function startSyslog(
  take: (socket: Socket) => void = () => {},
  tls?: TlsServerOptions,
): Promise<Played & { readonly messages: string[]; readonly port: number }> {
  const messages: string[] = []
  const sockets = new Set<Socket>()
  const onConnection = (socket: Socket) => {
    sockets.add(socket)
    const chunks: Buffer[] = []
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => messages.push(...framesOf(Buffer.concat(chunks))))
    socket.on('close', () => sockets.delete(socket))
    take(socket)
  }
  const server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { allowPrivate } = LOCAL
  const transport = tls === undefined ? 'tcp' : 'tls'
  return {
    messages,
    port,
    config: { type: 'syslog', name: 'mine', host: '127.0.0.1', port, transport, allowPrivate },
    arrived: () =>
      messages.map((message) => {
        const [, id = '', revision = ''] = / externalId=(\S+) .* cn2=(\S+) /.exec(message) ?? []
        return { id, revision }
      }),
    alert: anAlert,
    openConnections: async () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** RFC 6587, section 3.4.1; throws where the count is wrong. */
function framesOf(bytes: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('ascii', at, space))
    const end = space + 1 + length
    if (!Number.isInteger(length) || end > bytes.length) throw new Error('a frame is cut')
    frames.push(bytes.toString('utf8', space + 1, end))
    at = end
  }
  return frames
}

async function playKafka(): Promise<Played> {
  const broker = await startKafka()
  const { allowPrivate } = LOCAL
  const brokers = [`127.0.0.1:${broker.port}`]
  return {
    config: { type: 'kafka', name: 'mine', brokers, topic: 'alerts', tls: false, allowPrivate },
    arrived: () =>
      broker.records.map(({ key: id, headers }) => ({ id, revision: headers.revision })),
    alert: anAlert,
    openConnections: async () => broker.openConnections(),
    close: broker.close,
  }
}

/** A receiver for a sink of any kind. */
export function startCase(type: string): Promise<Played> {
  if (type === 'file') return startFile()
  if (type === 'kafka') return playKafka()
  return type === 'syslog' ? startSyslog() : startHttpCase(type)
}
