/**
 * Elastic: writes each alert as an ECS document, by `_bulk`.
 *
 * In an index of one's own a later revision takes the place of the earlier one: the id is the alert's and
 * the version its revision, so nothing older can overwrite it and nothing counts twice. In a data
 * stream, which only grows, every revision is a document of its own, whose id no second delivery gets.
 *
 * Source    Elastic, "Bulk index or delete documents", "Optimistic concurrency control".
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { batchOption, inBatches } from './batch.ts'
import { openHttpClient, readAnswer, readJson } from './http-client.ts'
import { type HttpAnswer, reasonOf } from './http-delivery.ts'
import { below, checkUrls, httpOptions, httpUrl } from './reach.ts'
import { readSecret, secretSchema } from './secret.ts'
import { ecsOf } from './shapes/ecs.ts'
import { type Delivery, deliveryKey, type Sink, type SinkKind, sinkOptions } from './sink.ts'

/** Longest `_id` there may be, in bytes. */
const ID_BYTES_MAX = 512
const ANSWER_BYTES_MAX = 65_536
/** Of what it says of each document, with the reason of a refusal. */
const ITEM_BYTES_MAX = 8_192
const DATA_STREAM = /^logs-[a-z0-9._]{1,100}-[a-z0-9._]{1,100}$/
const INDEX = /^[a-z0-9][a-z0-9._-]{0,254}$/

const schema = z
  .strictObject({
    ...sinkOptions('elastic'),
    url: httpUrl.describe('Of the cluster: `https://es.example.com:9200`.'),
    apiKey: secretSchema().describe(
      'API key, encoded as Elastic shows it; `create_doc` on a data stream, `index` on an index.',
    ),
    dataStream: z
      .string()
      .regex(DATA_STREAM, { error: 'expected logs-, a data set, - and a namespace' })
      .default('logs-perimeter.alert-default')
      .describe('Data stream to append to.'),
    index: z
      .string()
      .regex(INDEX, { error: 'expected a name of an index in lower case' })
      .optional()
      .describe(
        'Instead of it: index or write alias, in which later revisions replace earlier ones.',
      ),
    ...batchOption,
    gzip: z.boolean().default(true).describe('Whether bodies are compressed.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type ElasticConfig = z.output<typeof schema>

export const elastic: SinkKind<ElasticConfig> = {
  type: 'elastic',
  title: 'Elasticsearch (ECS, `_bulk`)',
  schema,
  open: openElastic,
}

function openElastic(config: ElasticConfig): Sink {
  const client = openHttpClient(config)
  const url = below(config.url, '_bulk')
  const headers = {
    authorization: `ApiKey ${readSecret(config.apiKey, 'apiKey')}`,
    'content-type': 'application/x-ndjson',
  }
  return {
    name: config.name,
    ...inBatches(config.batch, async (alerts, attempt) => {
      const body = alerts.map((alert) => bulkOf(alert, config)).join('')
      const responseBytesMax = ANSWER_BYTES_MAX + alerts.length * ITEM_BYTES_MAX
      const posted = { url, headers, body, gzip: config.gzip, responseBytesMax }
      const exchanged = await client.exchange(posted, attempt)
      return exchanged.kind === 'answered' ? readItems(exchanged.answer, alerts.length) : exchanged
    }),
    check: () => client.check(url),
    close: () => client.close(),
  }
}

function bulkOf(alert: Alert, { index, dataStream }: ElasticConfig): string {
  const document = ecsOf(alert)
  if (index !== undefined) {
    const version = { version: alert.revision, version_type: 'external' }
    const action = { index: { _index: index, _id: idWithin(alert.id), ...version } }
    return `${JSON.stringify(action)}\n${JSON.stringify(document)}\n`
  }
  const [type, dataset, namespace] = dataStream.split('-')
  const action = { create: { _index: dataStream, _id: idWithin(deliveryKey(alert)) } }
  const own = { ...document, data_stream: { type, dataset, namespace } }
  return `${JSON.stringify(action)}\n${JSON.stringify(own)}\n`
}

function idWithin(id: string): string {
  if (Buffer.byteLength(id) <= ID_BYTES_MAX) return id
  return createHash('sha256').update(id).digest('hex')
}

/** The answer is 200 though documents were refused: what became of each stands in it. */
function readItems(answer: HttpAnswer, count: number): Delivery | readonly Delivery[] {
  const delivery = readAnswer(answer)
  if (delivery.kind !== 'delivered') return delivery
  const { items } = (readJson(answer.body) ?? {}) as { items?: unknown }
  const all: readonly unknown[] = Array.isArray(items) ? items : []
  return Array.from({ length: count }, (_, at) => readItem(answer, all[at]))
}

function readItem(answer: HttpAnswer, item: unknown): Delivery {
  const { status, error } = (Object.values((item as object | null) ?? {})[0] ?? {}) as {
    status?: unknown
    error?: { type?: unknown; reason?: unknown }
  }
  if (typeof status !== 'number') {
    return {
      kind: 'retry',
      reason: `${reasonOf(answer.status, answer.body)}: expected an item for each`,
    }
  }
  // It is there already, in this revision or a later one.
  if (status === 409) return { kind: 'delivered' }
  return readAnswer({ ...answer, status, body: `${error?.type ?? ''}: ${error?.reason ?? ''}` })
}
