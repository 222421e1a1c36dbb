/** What a receiver may do to a sink, and what has to follow: tried again, or set aside as a dead letter. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Delivery } from '../../src/sinks/sink.ts'
import { httpCases, LOCAL, startHttpCase } from '../sinks/cases.ts'
import { selfSigned } from '../sinks/certificates.ts'

/** `when asked`: tried again, and not before the time that was named. */
export type Reaction = 'again' | 'when asked' | 'letter' | 'delivered'

/** A receiver, and the configuration of a sink that is to send to it. */
interface Stage {
  readonly config: Record<string, unknown>
  close(): Promise<void>
}

export interface Condition {
  /** What the receiver does, as the page of the sinks says it. */
  readonly what: string
  readonly follows: Reaction
  /** Kinds of sink of which the vendor says otherwise. */
  readonly but?: Readonly<Record<string, Reaction>>
  /** Undefined where such a receiver cannot do that. */
  stage(type: string): Promise<Stage> | undefined
}

const ASKED_S = 7
/** For receivers that let one wait, in ms. */
const PATIENCE_MS = 300

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Over HTTP; a token is given all the same where one is needed. */
const answers =
  (answer: Answer, change: object = {}): Condition['stage'] =>
  (type) =>
    type in httpCases ? answering(type, answer, change) : undefined

async function answering(type: string, answer: Answer, change: object): Promise<Stage> {
  const played = await startHttpCase(type, answer)
  return { config: { ...played.config, ...change }, close: played.close }
}

const status = (code: number, headers: Record<string, string> = {}) =>
  answers((_, response) => response.writeHead(code, headers).end('said'))

interface Wire {
  readonly host?: string
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly change?: object
}

/** Below HTTP: what happens to the connection itself. */
const wire =
  (take: (socket: Socket) => void, { host = '127.0.0.1', tls, change = {} }: Wire = {}) =>
  async (type: string): Promise<Stage> => {
    const sockets = new Set<Socket>()
    const open = (socket: Socket) => {
      socket.on('error', () => {})
      take(socket)
    }
    const options = { allowHalfOpen: true }
    const server =
      tls === undefined
        ? createServer(options, open)
        : createTlsServer({ ...options, ...tls }, open)
    server.on('connection', (socket: Socket) => sockets.add(socket)) // before TLS, where there is any
    server.listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return {
      config: { ...configAt(type, host, port, tls !== undefined), ...change },
      async close() {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      },
    }
  }

function configAt(type: string, host: string, port: number, isTls: boolean) {
  const own = () => {
    if (type === 'syslog') return { host, port, transport: isTls ? 'tls' : 'tcp' }
    if (type === 'kafka') return { brokers: [`${host}:${port}`], topic: 'alerts', tls: isTls }
    const base = `${isTls ? 'https' : 'http'}://${host}:${port}`
    return { ...httpCases[type]!.config(base), allowHttp: true }
  }
  return { type, name: 'mine', ...own(), allowPrivate: [host] }
}

const nobody: Condition['stage'] = async (type) => {
  const { config, close } = await wire(() => {})(type)
  await close()
  return { config, close: async () => {} }
}

const asked = { 'retry-after': String(ASKED_S) }
const askedByDate: Answer = (_, response) => {
  const until = new Date(Date.now() + 1_000 * ASKED_S).toUTCString()
  response.writeHead(429, { 'retry-after': until }).end()
}
const endless =
  (code: number): Answer =>
  (_, response) => {
    response.writeHead(code)
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    }
    response.on('drain', more)
    more()
  }
const cutShort: Answer = (_, response) => {
  response.writeHead(500, { 'content-length': '1000' }).write('{"text"')
  response.socket?.end()
}

/** Reads on and never answers; of syslog, which has no answers, nothing is read. */
const silent = (socket: Socket) => socket.pause()
const untrusted = { tls: selfSigned() }
const misnamed = { tls: selfSigned(), host: '127.0.0.2', change: { ca: selfSigned().cert } }
const notPublic = { change: { allowPrivate: [] } }

export const conditions: readonly Condition[] = [
  { what: 'nobody listens', follows: 'again', stage: nobody },
  {
    what: 'silence until the time is up',
    follows: 'again',
    stage: wire(silent, { change: { timeoutMs: PATIENCE_MS } }),
  },
  {
    what: 'the connection is reset',
    follows: 'again',
    stage: wire((socket) => socket.resetAndDestroy()),
  },
  {
    what: 'its side is closed, and nothing said',
    follows: 'again',
    but: { syslog: 'delivered' }, // what reads syslog never says anything
    stage: wire((socket) => socket.on('data', () => socket.end())),
  },
  { what: 'the answer, a 500, is cut short', follows: 'again', stage: answers(cutShort) },
  {
    what: 'a certificate nobody vouches for',
    follows: 'again',
    stage: wire((socket) => socket.resume(), untrusted),
  },
  {
    what: 'a certificate of another host',
    follows: 'again',
    stage: wire((socket) => socket.resume(), misnamed),
  },
  {
    what: 'an address that is not public',
    follows: 'letter',
    stage: wire((socket) => socket.resume(), notPublic),
  },
  {
    what: 'a redirect',
    follows: 'letter',
    stage: status(307, { location: 'http://127.0.0.1:1/' }),
  },
  { what: '400', follows: 'letter', stage: status(400) },
  { what: '401', follows: 'letter', stage: status(401) },
  // Rights given to an application reach the service within the half hour.
  { what: '403', follows: 'letter', but: { sentinel: 'again' }, stage: status(403) },
  { what: '404', follows: 'letter', stage: status(404) },
  { what: '408', follows: 'again', stage: status(408) },
  { what: '410', follows: 'letter', stage: status(410) },
  { what: '413', follows: 'letter', stage: status(413) },
  { what: '429', follows: 'again', stage: status(429) },
  { what: '429, `Retry-After` in seconds', follows: 'when asked', stage: status(429, asked) },
  { what: '429, `Retry-After` as a date', follows: 'when asked', stage: answers(askedByDate) },
  { what: '500', follows: 'again', stage: status(500) },
  { what: '503', follows: 'again', stage: status(503) },
  { what: '503, `Retry-After` in seconds', follows: 'when asked', stage: status(503, asked) },
  { what: '400, and no end of words', follows: 'letter', stage: answers(endless(400)) },
  { what: '500, and no end of words', follows: 'again', stage: answers(endless(500)) },
]

/** Within the time that was asked for; a date has whole seconds only. */
const isAsked = (afterMs: number): boolean =>
  afterMs > 1_000 * (ASKED_S - 3) && afterMs <= 1_000 * ASKED_S

export function reactionTo(delivery: Delivery): Reaction {
  if (delivery.kind === 'delivered') return 'delivered'
  if (delivery.kind === 'refused') return 'letter'
  return delivery.afterMs !== undefined && isAsked(delivery.afterMs) ? 'when asked' : 'again'
}

/** What only this machine or its network can reach, in all the ways that one can write it. */
export const INNER_HOSTS = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.9.9.9', '0.0.0.0'],
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254', '2852039166'],
  ...['168.63.129.16', '224.0.0.1', '255.255.255.255', 'localhost'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:a9fe:a9fe]', '[::127.0.0.1]'],
  ...['[fe80::1]', '[fd00:ec2::254]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[ff02::1]'],
]

/** What a sink of the kind is told so that it may send to such a host, and is not allowed to. */
export function innerConfig(type: string, host: string, port: number): Record<string, unknown> {
  const { allowHttp } = LOCAL
  const own = httpCases[type]!.config(`http://${host}:${port}`)
  return { type, name: 'mine', ...own, allowHttp, allowPrivate: [], timeoutMs: 2_000 }
}
