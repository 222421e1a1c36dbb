/**
 * Splunk: sends each alert to an HTTP Event Collector.
 *
 * Every revision is an event of its own with the same `alert_id` and a `revision`, both indexed fields:
 * `| dedup alert_id sortby -revision` leaves the latest, and no delivery that came twice. With `ack` an
 * alert counts as delivered once an indexer has it.
 *
 * Source    Splunk, "Format events for HTTP Event Collector", "About HTTP Event Collector Indexer
 *           Acknowledgment".
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { batchOption, inBatches } from './batch.ts'
import { type HttpClient, openHttpClient, readAnswer, readJson } from './http-client.ts'
import { below, checkUrls, httpOptions, httpUrl } from './reach.ts'
import { readSecret, secretSchema } from './secret.ts'
import { type Attempt, type Delivery, type Sink, type SinkKind, sinkOptions } from './sink.ts'

/** Between two questions whether an alert is indexed. */
const ACK_PAUSE_MS = 1_000

const schema = z
  .strictObject({
    ...sinkOptions('splunk'),
    url: httpUrl.describe('Of the collector, without its path: `https://splunk.example.com:8088`.'),
    token: secretSchema().describe('The HEC token.'),
    index: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .describe("Index to write to; the token's own where none is named."),
    sourcetype: z.string().min(1).max(256).default('perimeter:alert').describe('Its sourcetype.'),
    source: z.string().min(1).max(256).default('perimeter').describe('Its source.'),
    ...batchOption,
    gzip: z.boolean().default(true).describe('Whether bodies are compressed.'),
    ack: z
      .boolean()
      .default(false)
      .describe('Whether to wait until it is indexed; the token must have it enabled.'),
    ackMs: z
      .number()
      .int()
      .min(1_000)
      .max(600_000)
      .default(60_000)
      .describe('How long to wait for that, in ms, before it is sent again.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type SplunkConfig = z.output<typeof schema>

export const splunk: SinkKind<SplunkConfig> = {
  type: 'splunk',
  title: 'Splunk (HTTP Event Collector)',
  schema,
  open: openSplunk,
}

function openSplunk(config: SplunkConfig): Sink {
  const client = openHttpClient(config)
  const url = below(config.url, 'services/collector/event')
  const channel = randomUUID()
  const headers = {
    authorization: `Splunk ${readSecret(config.token, 'token')}`,
    'content-type': 'application/json',
    ...(config.ack ? { 'x-splunk-request-channel': channel } : {}),
  }
  const ackUrl = below(config.url, `services/collector/ack?channel=${channel}`)
  const acked = { client, url: ackUrl, headers, waitMs: config.ackMs }
  return {
    name: config.name,
    ...inBatches(config.batch, (alerts, attempt) => {
      const events = alerts.map((alert) => JSON.stringify(hecEventOf(alert, config)))
      const body = events.join('\n')
      return client.deliver({ url, headers, body, gzip: config.gzip }, attempt, (answer) => {
        const delivery = readAnswer(answer)
        if (!config.ack || delivery.kind !== 'delivered') return delivery
        const { ackId } = (readJson(answer.body) ?? {}) as { ackId?: unknown }
        if (typeof ackId === 'number') return untilIndexed(acked, ackId, attempt)
        const reason = `HTTP ${answer.status} without an ackId: the token has no acknowledgement`
        return { kind: 'refused', reason }
      })
    }),
    check: () => client.check(url),
    close: () => client.close(),
  }
}

/** Numbers, not texts, where Splunk counts; `fields` are indexed and flat. */
function hecEventOf(alert: Alert, { index, source, sourcetype }: SplunkConfig) {
  return {
    time: Date.parse(alert.lastTime) / 1_000,
    host: 'perimeter',
    source,
    sourcetype,
    ...(index === undefined ? {} : { index }),
    event: alert,
    fields: {
      alert_id: alert.id,
      revision: String(alert.revision),
      severity: alert.severity,
      tenant: alert.tenant,
      agent_id: alert.agent.id,
    },
  }
}

interface Acked {
  readonly client: HttpClient
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly waitMs: number
}

async function untilIndexed(
  { client, url, headers, waitMs }: Acked,
  ackId: number,
  attempt: Attempt,
): Promise<Delivery> {
  const endMs = Date.now() + waitMs
  const body = JSON.stringify({ acks: [ackId] })
  for (;;) {
    const exchanged = await client.exchange({ url, headers, body }, attempt)
    if (exchanged.kind !== 'answered') return exchanged
    const delivery = readAnswer(exchanged.answer)
    if (delivery.kind !== 'delivered') return delivery
    const { acks } = (readJson(exchanged.answer.body) ?? {}) as { acks?: Record<string, boolean> }
    if (acks?.[ackId] === true) return { kind: 'delivered' }
    if (attempt.signal?.aborted || Date.now() + ACK_PAUSE_MS > endMs) {
      return { kind: 'retry', reason: `not indexed within ${waitMs} ms` }
    }
    await sleep(ACK_PAUSE_MS)
  }
}
