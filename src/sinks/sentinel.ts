/**
 * Sentinel: adds each alert as a row of a Log Analytics table.
 *
 * By the Logs Ingestion API, through a data collection rule. Every revision is a row of its own with the
 * same `AlertId`: `summarize arg_max(Revision, *) by AlertId` leaves the latest, and no row that came
 * twice.
 *
 * Source    Microsoft, "Logs Ingestion API in Azure Monitor", "Azure Monitor service limits".
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { batchOption, inBatches } from './batch.ts'
import { openHttpClient, readAnswer } from './http-client.ts'
import type { HttpAnswer } from './http-delivery.ts'
import { authorised, oauthOptions } from './oauth.ts'
import { below, checkUrls, httpOptions, httpUrl } from './reach.ts'
import { rowOf } from './shapes/sentinel.ts'
import { type Delivery, type Sink, type SinkKind, sinkOptions } from './sink.ts'

const API_VERSION = '2023-01-01'
/** A role that was just assigned takes up to half an hour to be known. */
const ROLE_WAIT_MS = 1_800_000

const schema = z
  .strictObject({
    ...sinkOptions('sentinel'),
    endpoint: httpUrl.describe(
      'Logs ingestion endpoint of the rule, or of a data collection endpoint: `https://….ingest.monitor.azure.com`.',
    ),
    ruleId: z
      .string()
      .regex(/^dcr-[0-9a-f]{32}$/, { error: 'expected dcr- and 32 hex digits' })
      .describe('Immutable id of the data collection rule.'),
    stream: z
      .string()
      .regex(/^(?:Custom|Microsoft)-\w{1,100}$/, { error: 'expected Custom- and a table name' })
      .default('Custom-PerimeterAlerts_CL')
      .describe('Stream of the rule.'),
    ...oauthOptions,
    scope: z
      .url()
      .default('https://monitor.azure.com/.default')
      .describe('`https://monitor.azure.us/.default` in the government cloud.'),
    ...batchOption,
    gzip: z.boolean().default(true).describe('Whether bodies are compressed.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('endpoint', 'loginUrl'))

export type SentinelConfig = z.output<typeof schema>

export const sentinel: SinkKind<SentinelConfig> = {
  type: 'sentinel',
  title: 'Microsoft Sentinel (Logs Ingestion API)',
  schema,
  open: openSentinel,
}

function openSentinel(config: SentinelConfig): Sink {
  const client = openHttpClient(config)
  const { ruleId, stream } = config
  const url = below(
    config.endpoint,
    `dataCollectionRules/${ruleId}/streams/${stream}?api-version=${API_VERSION}`,
  )
  const application = authorised(client, config, config.scope)
  return {
    name: config.name,
    ...inBatches(config.batch, (alerts, attempt) => {
      const headers = { 'content-type': 'application/json', 'x-ms-client-request-id': randomUUID() }
      const body = JSON.stringify(alerts.map(rowOf))
      return application.deliver({ url, headers, body, gzip: config.gzip }, attempt, read)
    }),
    async check() {
      return (await client.check(url)) ?? application.check()
    },
    close: () => client.close(),
  }
}

function read(answer: HttpAnswer): Delivery {
  const delivery = readAnswer(answer)
  if (answer.status !== 403 || delivery.kind !== 'refused') return delivery
  const hint = 'the application needs the role Monitoring Metrics Publisher on the rule'
  return { kind: 'retry', reason: `${delivery.reason}; ${hint}`, afterMs: ROLE_WAIT_MS }
}
