/**
 * PagerDuty: triggers an incident for each alert, by the Events API v2.
 *
 * The alert's id is the `dedup_key`: later revisions and second deliveries join the open incident and
 * page nobody again. Who acknowledges or resolves it does so in PagerDuty; a revision that comes after
 * it was resolved opens it anew.
 *
 * Source    PagerDuty, "Send an alert event", Events API v2.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { printable } from '../event/text.ts'
import { openHttpClient } from './http-client.ts'
import { below, checkUrls, httpOptions, httpUrl } from './reach.ts'
import { readSecret, type SecretRule, secretSchema } from './secret.ts'
import { scales } from './shapes/severity.ts'
import { writtenWithin } from './shapes/shortened.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'
import { anObject, aText, openTemplate, templateOption } from './template.ts'

const DEDUP_KEY_LENGTH_MAX = 255
const SUMMARY_LENGTH_MAX = 1_024
/** 512 KB is the limit of the whole request. */
const EVENT_BYTES_MAX = 500_000
/** Leaves room for what stands around them. */
const DETAILS_BYTES_MAX = 490_000

const routingKey: SecretRule = {
  expected: 'the 32 characters of an integration key',
  isFit: (text) => /^[0-9A-Za-z]{32}$/.test(text),
}

const schema = z
  .strictObject({
    ...sinkOptions('pagerduty'),
    routingKey: secretSchema(routingKey).describe('Integration key of a service or event rule.'),
    url: httpUrl
      .default('https://events.pagerduty.com')
      .describe('`https://events.eu.pagerduty.com` for accounts in Europe.'),
    title: templateOption('The summary, in place of the title of the alert: a text.'),
    details: templateOption('The custom details, in place of the whole alert: a JSON object.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type PagerdutyConfig = z.output<typeof schema>

export const pagerduty: SinkKind<PagerdutyConfig> = {
  type: 'pagerduty',
  title: 'PagerDuty (Events API v2)',
  schema,
  open: openPagerduty,
}

function openPagerduty(config: PagerdutyConfig): Sink {
  const client = openHttpClient(config)
  const url = below(config.url, 'v2/enqueue')
  const key = readSecret(config.routingKey, 'routingKey', routingKey)
  const headers = { 'content-type': 'application/json' }
  const titled = openTemplate(config.title, 'title', aText)
  const detailed = openTemplate(config.details, 'details', anObject(DETAILS_BYTES_MAX))
  return {
    name: config.name,
    send(alert, attempt) {
      const words = { title: titled(alert, attempt), details: detailed(alert, attempt) }
      const body = writtenWithin(alert, EVENT_BYTES_MAX, (one) =>
        JSON.stringify(triggerOf(one, key, words)),
      )
      return client.deliver({ url, headers, body, secrets: [key] }, attempt)
    },
    check: () => client.check(url),
    close: () => client.close(),
  }
}

function triggerOf(
  alert: Alert,
  key: string,
  {
    title = alert.title,
    details = alert,
  }: { title: string | undefined; details: object | undefined },
) {
  const { agent } = alert
  return {
    routing_key: key,
    event_action: 'trigger',
    dedup_key: dedupKey(alert.id),
    client: 'Perimeter',
    payload: {
      summary: printable(title, SUMMARY_LENGTH_MAX),
      timestamp: alert.lastTime,
      severity: scales[alert.severity].pagerduty,
      source: alert.tenant,
      component: agent.id,
      ...(agent.blueprint === undefined ? {} : { group: agent.blueprint }),
      class: alert.reasons[0]?.detector ?? 'none',
      custom_details: details,
    },
  }
}

function dedupKey(id: string): string {
  return id.length <= DEDUP_KEY_LENGTH_MAX ? id : createHash('sha256').update(id).digest('hex')
}
