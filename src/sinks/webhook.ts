/**
 * Webhook: posts each alert, signed, to a URL.
 *
 * How it works · Standard Webhooks: the id is the same at every attempt, the time is the attempt's,
 * and the signature covers id, time and body, once for every secret, so that a secret can be
 * changed without losing an alert. Receivers verify with any Standard Webhooks library.
 *
 * - open:   each alert is posted.
 * - closed: the receiver has answered 410 Gone; nothing is posted until the process starts again.
 */
import { createHash } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import {
  createAddressGuard,
  createGuardedAgent,
  isAllowEntry,
  tryConnection,
} from './address-guard.ts'
import { deliverOverHttp } from './http-delivery.ts'
import { type Delivery, deliveryKey, type Sink, type SinkKind } from './sink.ts'

/** Standard Webhooks asks for 24 to 64 random bytes. */
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64
/** The old secret, the new one, and one to spare. */
const SECRETS_MAX = 3
const ALLOW_ENTRIES_MAX = 100
/** Longest id sent as it is; others are hashed. */
const MESSAGE_ID_LENGTH_MAX = 128

const schema = z
  .strictObject({
    type: z.literal('webhook'),
    /** What the operator calls it. @default 'webhook' */
    name: z.string().min(1).max(64).default('webhook'),
    /** Where alerts are posted. https, without user name and password. */
    url: z.url({ protocol: /^https?$/ }).max(2048),
    /** `whsec_` and base64. The first is the current one; more than one while it is changed. */
    secrets: z
      .array(z.string().refine(isSecret, { error: 'expected whsec_ and base64 of 24 to 64 bytes' }))
      .min(1)
      .max(SECRETS_MAX),
    /** For one whole attempt, in ms. Longer spares a slow receiver, and holds a worker longer. */
    timeoutMs: z.number().int().min(100).max(120_000).default(15_000),
    /**
     * Hosts, addresses and CIDR blocks that may be posted to though they are not public. A host
     * listed by its name may point anywhere.
     * @default none
     */
    allowPrivate: z
      .array(
        z.string().refine(isAllowEntry, { error: 'expected a host, an address or a CIDR block' }),
      )
      .max(ALLOW_ENTRIES_MAX)
      .default([]),
    /** Whether http without TLS will do. Alerts then travel readable. @default false */
    allowHttp: z.boolean().default(false),
    /** PEM of the authority that signed the receiver's certificate, where the public ones did not. */
    ca: z.string().optional(),
  })
  .superRefine(({ url, allowHttp }, context) => {
    const { protocol, username, password } = new URL(url)
    const issue = (message: string) => context.addIssue({ code: 'custom', path: ['url'], message })
    if (protocol === 'http:' && !allowHttp) issue('expected https; allowHttp permits http')
    if (username !== '' || password !== '') issue('expected no user name or password in the URL')
  })

export type WebhookConfig = z.output<typeof schema>

export const webhook: SinkKind<WebhookConfig> = {
  type: 'webhook',
  title: 'Webhook (Standard Webhooks)',
  schema,
  open: (config) => openWebhook(config),
}

/** Opens a webhook; `lookup` replaces the system's resolver, for tests of names that change. */
export function openWebhook(config: WebhookConfig, lookup?: LookupFunction): Sink {
  const url = new URL(config.url)
  const signers = config.secrets.map((secret) => new Webhook(secret))
  const guard = createAddressGuard(config.allowPrivate)
  const options = {
    connectMs: config.timeoutMs,
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(lookup === undefined ? {} : { lookup }),
  }
  const dispatcher = createGuardedAgent(guard, options)
  let isClosed = false

  return {
    name: config.name,

    async send(alert, { signal, traceparent }): Promise<Delivery> {
      if (isClosed) {
        const reason = 'the receiver answered 410 Gone before; it gets nothing more'
        return { kind: 'refused', reason, isGone: true }
      }
      const body = bodyOf(alert)
      const delivery = await deliverOverHttp({
        url,
        headers: {
          ...sign(signers, messageId(alert), new Date(), body),
          ...(traceparent === undefined ? {} : { traceparent }),
        },
        body,
        dispatcher,
        timeoutMs: config.timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
      if (delivery.kind === 'refused' && delivery.isGone) isClosed = true
      return delivery
    },

    async check() {
      if (isClosed) return 'the receiver answered 410 Gone'
      return tryConnection(url, guard, options)
    },

    close: () => dispatcher.destroy(),
  }
}

/** The same bytes at every attempt. */
function bodyOf(alert: Alert): string {
  const type = alert.revision === 1 ? 'alert.created' : 'alert.updated'
  return JSON.stringify({ type, timestamp: alert.lastTime, data: alert })
}

/** Stable for an alert and its revision; without the full stop that parts what is signed. */
function messageId(alert: Alert): string {
  const readable = `${alert.id}_r${alert.revision}`
  if (readable.length <= MESSAGE_ID_LENGTH_MAX && /^[\w-]+$/.test(readable)) return readable
  return `msg_${createHash('sha256').update(deliveryKey(alert)).digest('hex')}`
}

function sign(signers: readonly Webhook[], id: string, now: Date, body: string) {
  return {
    'content-type': 'application/json',
    'user-agent': 'agent-perimeter',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, now, body)).join(' '),
  }
}

function isSecret(text: string): boolean {
  const base64 = text.startsWith('whsec_') ? text.slice('whsec_'.length) : ''
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return false
  const { length } = Buffer.from(base64, 'base64')
  return length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX
}
