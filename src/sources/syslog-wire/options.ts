/** The options of a syslog source. */
import { isIP } from 'node:net'
import { createSecureContext, type TlsOptions } from 'node:tls'
import { z } from 'zod'
import { EngineError } from '../../errors.ts'
import { pemKey, readSecret, secretSchema } from '../../sinks/secret.ts'
import { sourceOptions } from '../source.ts'
import { isPeerEntry } from './peers.ts'

const PEERS_MAX = 1_000

export const syslogSchema = z
  .strictObject({
    ...sourceOptions('syslog'),
    host: z
      .string()
      .refine((text) => isIP(text) !== 0, { error: 'expected an IP address' })
      .default('127.0.0.1')
      .describe('Address to listen at; `0.0.0.0` or `::` for all of the machine.'),
    port: z.number().int().min(1).max(65_535).default(6_514).describe('Its port.'),
    transport: z
      .enum(['tls', 'tcp', 'udp'])
      .default('tls')
      .describe('Over `tcp` and `udp` events travel readable; over `udp` they may get lost.'),
    cert: z
      .string()
      .optional()
      .describe('PEM of the certificate that senders are shown; for `tls`.'),
    privateKey: secretSchema(pemKey).optional().describe('PEM of its key.'),
    ca: z
      .string()
      .optional()
      .describe('PEM of the authority that has to have signed the certificates of senders.'),
    peers: z
      .array(z.string().refine(isPeerEntry, { error: 'expected an address or a CIDR block' }))
      .max(PEERS_MAX)
      .default([])
      .describe('Addresses and CIDR blocks that may send; without any, all that can reach it.'),
    messageBytesMax: z
      .number()
      .int()
      .min(1_024)
      .max(1_048_576)
      .default(131_072)
      .describe('Longer messages are set aside.'),
    bufferedBytesMax: z
      .number()
      .int()
      .min(1_048_576)
      .max(1_073_741_824)
      .default(16_777_216)
      .describe('What may wait in memory. More gets over longer pauses, and more is lost with it.'),
    connectionsMax: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(256)
      .describe('Connections at once; further ones are refused.'),
    idleMs: z
      .number()
      .int()
      .min(1_000)
      .max(86_400_000)
      .default(3_600_000)
      .describe('After so long without a byte, in ms, a connection is closed.'),
    messageMs: z
      .number()
      .int()
      .min(1_000)
      .max(600_000)
      .default(30_000)
      .describe('In so long, in ms, a message that has begun has to be whole.'),
  })
  .superRefine(({ transport, cert, privateKey, ca }, context) => {
    const isTls = transport === 'tls'
    const report = (path: string, message: string) =>
      context.issues.push({ code: 'custom', path: [path], message, input: transport })
    if (isTls && cert === undefined) report('cert', 'expected a certificate for the transport tls')
    if (isTls && privateKey === undefined) report('privateKey', 'expected the key of cert')
    if (!isTls && (cert ?? privateKey ?? ca) !== undefined) {
      report('transport', `expected tls where there is a certificate, got ${transport}`)
    }
  })

export type SyslogSourceConfig = z.output<typeof syslogSchema>

/** What TLS listens with, undefined without it. Throws CONFIG_INVALID where certificate and key do not go together. */
export function tlsOf({ name, cert, privateKey, ca }: SyslogSourceConfig): TlsOptions | undefined {
  if (cert === undefined || privateKey === undefined) return undefined
  const key = readSecret(privateKey, 'privateKey', pemKey)
  const known = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }
  try {
    createSecureContext({ cert, key, ca })
  } catch (cause) {
    const message = `Source "${name}": cert, privateKey or ca: ${(cause as Error).message}.`
    throw new EngineError('CONFIG_INVALID', message, { cause })
  }
  return { cert, key, ...known }
}
