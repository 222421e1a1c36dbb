/**
 * Syslog: sends each alert as one message, in CEF or JSON, over TLS or TCP.
 *
 * Syslog answers nothing. So each alert has a connection of its own, and counts as delivered once the
 * receiver has read it to the end and closed: a connection kept open may have died hours ago without a
 * sign. A message that came twice has the same `externalId` and revision.
 *
 * Source    RFC 5424 (messages), RFC 5425 (TLS), RFC 6587 (framing over TCP).
 * Departs   No byte-order mark before the text: receivers of CEF stumble over it.
 */
import { once } from 'node:events'
import { hostname } from 'node:os'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { createAddressGuard } from './address-guard.ts'
import { openConnection, type Target } from './connection.ts'
import { readFailure } from './http-delivery.ts'
import { reachOptions } from './reach.ts'
import { pemKey, readSecret, secretSchema } from './secret.ts'
import { cefOf } from './shapes/cef.ts'
import { scales } from './shapes/severity.ts'
import { shapeNames, shapes } from './shapes/shape.ts'
import { writtenWithin } from './shapes/shortened.ts'
import { type Delivery, type Sink, type SinkKind, sinkOptions } from './sink.ts'

const FACILITIES = {
  auth: 4,
  authpriv: 10,
  audit: 13,
  alert: 14,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const
const facilityNames = Object.keys(FACILITIES) as (keyof typeof FACILITIES)[]

const schema = z
  .strictObject({
    ...sinkOptions('syslog'),
    host: z
      .string()
      .regex(/^[\w.:-]{1,255}$/, { error: 'expected a host name or an address' })
      .describe('Name or address of the receiver.'),
    port: z.number().int().min(1).max(65_535).default(6_514).describe('Its port.'),
    transport: z
      .enum(['tls', 'tcp'])
      .default('tls')
      .describe('Over `tcp` alerts travel readable, and from nobody in particular.'),
    shape: z
      .enum(['cef', ...shapeNames])
      .default('cef')
      .describe('CEF, or JSON: the alert itself, an OCSF finding, an ECS document.'),
    framing: z
      .enum(['octet-counting', 'newline'])
      .default('octet-counting')
      .describe('How messages are told apart. Over TLS the standard knows the first only.'),
    facility: z.enum(facilityNames).default('local4').describe('Facility of the messages.'),
    hostname: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected printable ASCII without spaces' })
      .optional()
      .describe("What the messages say they come from; this machine's name where nothing is said."),
    messageBytesMax: z
      .number()
      .int()
      .min(2_048)
      .max(1_048_576)
      .default(8_000)
      .describe('A longer alert is shortened: rsyslog cuts at 8096 unless told otherwise.'),
    cert: z.string().optional().describe('PEM of the certificate by which the receiver knows us.'),
    privateKey: secretSchema(pemKey).optional().describe('PEM of its key.'),
    ...reachOptions,
  })
  .refine(({ cert, privateKey }) => (cert === undefined) === (privateKey === undefined), {
    path: ['cert'],
    error: 'expected both cert and privateKey, or neither',
  })

export type SyslogConfig = z.output<typeof schema>

export const syslog: SinkKind<SyslogConfig> = {
  type: 'syslog',
  title: 'Syslog (CEF or JSON, TLS or TCP)',
  schema,
  open: openSyslog,
}

function openSyslog(config: SyslogConfig): Sink {
  const { host, port, timeoutMs, ca, cert, privateKey } = config
  const key = privateKey && readSecret(privateKey, 'privateKey', pemKey)
  const tls = config.transport === 'tls' ? { ca, cert, key } : undefined
  const target: Target = { host, port, tls, guard: createAddressGuard(config.allowPrivate) }
  const closing = new AbortController()
  return {
    name: config.name,
    async send(alert, { signal, heard }): Promise<Delivery> {
      const timeout = AbortSignal.timeout(timeoutMs)
      const all = [timeout, closing.signal, ...(signal === undefined ? [] : [signal])]
      try {
        await write(target, frameOf(alert, config), AbortSignal.any(all))
        heard?.(`${host}:${port}: taken, and the connection closed; syslog answers nothing`)
        return { kind: 'delivered' }
      } catch (error) {
        return readFailure(error, timeout.aborted ? timeoutMs : undefined)
      }
    },
    async check() {
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        const socket = await openConnection(target, timeout)
        socket.destroy()
        return undefined
      } catch (error) {
        return readFailure(error, timeout.aborted ? timeoutMs : undefined).reason
      }
    },
    async close() {
      closing.abort()
    },
  }
}

/** Resolves once the receiver has closed its side after the last byte. */
async function write(target: Target, frame: Buffer, signal: AbortSignal): Promise<void> {
  const socket = await openConnection(target, signal)
  try {
    socket.resume() // what it says is not for us, but its end is
    socket.end(frame)
    await once(socket, 'close') // an error before it is thrown
  } finally {
    socket.destroy()
  }
}

function frameOf(alert: Alert, config: SyslogConfig): Buffer {
  const { shape, facility, framing, messageBytesMax } = config
  const priority = FACILITIES[facility] * 8 + scales[alert.severity].syslog
  const from =
    config.hostname ??
    (hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) ||
      '-')
  const header = `<${priority}>1 ${alert.lastTime} ${from} perimeter - alert - `
  const write = (one: Alert) => header + (shape === 'cef' ? cefOf(one) : shapes[shape].write(one))
  const message = Buffer.from(writtenWithin(alert, messageBytesMax, write))
  return framing === 'newline'
    ? Buffer.concat([message, Buffer.from('\n')])
    : Buffer.concat([Buffer.from(`${message.length} `), message])
}
