/**
 * OCSF: posts each alert as a Detection Finding of the Open Cybersecurity Schema Framework.
 *
 * One JSON object a request, to whatever takes OCSF over HTTP: a data lake's collector, Fluent Bit,
 * Vector, Cribl. `finding_info.uid` is the alert's id, `metadata.uid` that of its revision;
 * `activity_id` is 1 (Create) for the first and 2 (Update) for later ones.
 */
import { z } from 'zod'
import { openHttpClient } from './http-client.ts'
import { checkUrls, httpOptions, httpUrl } from './reach.ts'
import { headerValue, readSecret, secretSchema } from './secret.ts'
import { ocsfOf } from './shapes/ocsf.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'

const schema = z
  .strictObject({
    ...sinkOptions('ocsf'),
    url: httpUrl.describe('Where findings are posted.'),
    authorization: secretSchema(headerValue)
      .optional()
      .describe('The whole header `Authorization`: `Bearer …`.'),
    gzip: z.boolean().default(false).describe('Whether bodies are compressed.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type OcsfConfig = z.output<typeof schema>

export const ocsf: SinkKind<OcsfConfig> = {
  type: 'ocsf',
  title: 'OCSF Detection Finding over HTTP',
  schema,
  open: openOcsf,
}

function openOcsf(config: OcsfConfig): Sink {
  const client = openHttpClient(config)
  const url = new URL(config.url)
  const { authorization } = config
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined
      ? {}
      : { authorization: readSecret(authorization, 'authorization', headerValue) }),
  }
  return {
    name: config.name,
    send(alert, attempt) {
      const body = JSON.stringify(ocsfOf(alert))
      return client.deliver({ url, headers, body, gzip: config.gzip }, attempt)
    },
    check: () => client.check(url),
    close: () => client.close(),
  }
}
