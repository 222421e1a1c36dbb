/**
 * Teams: posts each alert as an Adaptive Card to a workflow.
 *
 * Each revision is a card of its own: a workflow can change none. The workflow answers 202 before the
 * card is posted; what goes wrong after that is in its run history only.
 *
 * Source    Microsoft, "Create incoming webhooks with Workflows for Microsoft Teams".
 */
import { z } from 'zod'
import { openHttpClient } from './http-client.ts'
import { checkUrls, httpOptions, readSecretUrl, secretUrlSchema } from './reach.ts'
import { writtenWithin } from './shapes/shortened.ts'
import { teamsMessageOf } from './shapes/teams.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'
import { chatTemplates, openChatTemplates } from './template.ts'

/** 28 KB is the limit; cards fail from about 21 KB on. */
const CARD_BYTES_MAX = 20_000

const schema = z
  .strictObject({
    ...sinkOptions('teams'),
    url: secretUrlSchema.describe('Of the workflow, as Power Automate shows it. It is a secret.'),
    ...chatTemplates,
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type TeamsConfig = z.output<typeof schema>

export const teams: SinkKind<TeamsConfig> = {
  type: 'teams',
  title: 'Microsoft Teams (Workflows)',
  schema,
  open: openTeams,
}

function openTeams(config: TeamsConfig): Sink {
  const client = openHttpClient(config)
  const url = readSecretUrl(config.url, 'url', config.allowHttp)
  const wordsFor = openChatTemplates(config)
  const headers = { 'content-type': 'application/json' }
  return {
    name: config.name,
    send(alert, attempt) {
      const words = wordsFor(alert, attempt)
      const body = writtenWithin(alert, CARD_BYTES_MAX, (one) =>
        JSON.stringify(teamsMessageOf(one, words)),
      )
      return client.deliver({ url, headers, body, secrets: [url.search, url.pathname] }, attempt)
    },
    check: () => client.check(url),
    close: () => client.close(),
  }
}
