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
import { openHttpClient } from './http-client.ts'
import { checkUrls, httpOptions, httpUrl } from './reach.ts'
import { readSecret, type SecretRule, secretSchema } from './secret.ts'
import { type Delivery, deliveryKey, type Sink, type SinkKind, sinkOptions } from './sink.ts'
import { anObject, openTemplate, templateOption } from './template.ts'

/** Standard Webhooks asks for 24 to 64 random bytes. */
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64
/** The old secret, the new one, and one to spare. */
const SECRETS_MAX = 3
/** What a template may make of an alert. */
const BODY_BYTES_MAX = 1_048_576
/** Longest id sent as it is; others are hashed. */
const MESSAGE_ID_LENGTH_MAX = 128

const signingSecret: SecretRule = {
  expected: 'whsec_ and base64 of 24 to 64 bytes',
  isFit: isSecret,
}

const schema = z
  .strictObject({
    ...sinkOptions('webhook'),
    url: httpUrl.describe('Where alerts are posted.'),
    secrets: z
      .array(secretSchema(signingSecret))
      .min(1)
      .max(SECRETS_MAX)
      .describe(
        '`whsec_` and base64. The first is the current one; more than one while it is changed.',
      ),
    body: templateOption('The whole body, in place of ours: a JSON object.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

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
  const signers = config.secrets.map(
    (secret) => new Webhook(readSecret(secret, 'secrets', signingSecret)),
  )
  const client = openHttpClient(config, lookup)
  const worded = openTemplate(config.body, 'body', anObject(BODY_BYTES_MAX))
  let isClosed = false

  return {
    name: config.name,

    async send(alert, attempt): Promise<Delivery> {
      if (isClosed) {
        const reason = 'the receiver answered 410 Gone before; it gets nothing more'
        return { kind: 'refused', reason, isGone: true }
      }
      const body = JSON.stringify(worded(alert, attempt) ?? bodyOf(alert))
      const headers = sign(signers, messageId(alert), new Date(), body)
      const delivery = await client.deliver({ url, headers, body }, attempt)
      if (delivery.kind === 'refused' && delivery.isGone) isClosed = true
      return delivery
    },

    async check() {
      if (isClosed) return 'the receiver answered 410 Gone'
      return client.check(url)
    },

    close: () => client.close(),
  }
}

/** The same at every attempt. */
function bodyOf(alert: Alert): object {
  const type = alert.revision === 1 ? 'alert.created' : 'alert.updated'
  return { type, timestamp: alert.lastTime, data: alert }
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
