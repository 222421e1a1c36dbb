/**
 * Slack: posts each alert to a channel, by an incoming webhook or as a bot.
 *
 * A webhook can only post: each revision is a message of its own. A bot keeps one message an alert, which
 * it brings up to date, and tells in its thread that the alert has grown.
 *
 * Source    Slack, "Sending messages using incoming webhooks".
 */
import { z } from 'zod'
import { type HttpClient, openHttpClient } from './http-client.ts'
import { checkUrls, httpOptions, httpUrl, readSecretUrl, secretUrlSchema } from './reach.ts'
import { readSecret, type Secret, secretSchema } from './secret.ts'
import { slackMessageOf } from './shapes/slack.ts'
import { rateSchema, type Sink, type SinkKind, sinkOptions } from './sink.ts'
import { slackChannel } from './slack-channel.ts'
import { chatTemplates, openChatTemplates } from './template.ts'

const schema = z
  .strictObject({
    ...sinkOptions('slack'),
    rate: rateSchema
      .prefault({ alerts: 1, perMs: 1_000 })
      .describe('At most so many alerts in so long, from one worker; Slack takes one a second.'),
    url: secretUrlSchema.optional().describe('Of an incoming webhook. It is a secret.'),
    token: secretSchema()
      .optional()
      .describe(
        'Instead of it: token of a bot in the channel, with `chat:write`, and `channels:history` to find its messages again after a restart.',
      ),
    channel: z
      .string()
      .regex(/^[CGD][A-Z0-9]{5,30}$/, { error: 'expected the id of a channel, such as C0123ABCD' })
      .optional()
      .describe('With `token`: id of the channel.'),
    apiUrl: httpUrl.default('https://slack.com/api').describe("Slack's Web API."),
    ...chatTemplates,
    ...httpOptions,
  })
  .superRefine(checkUrls('url', 'apiUrl'))
  .refine(({ url, token, channel }) => ways({ url, token, channel }), {
    path: ['url'],
    error: 'expected either url, or token and channel',
  })

export type SlackConfig = z.output<typeof schema>

export const slack: SinkKind<SlackConfig> = {
  type: 'slack',
  title: 'Slack (incoming webhook or bot)',
  schema,
  open: openSlack,
}

function openSlack(config: SlackConfig): Sink {
  const client = openHttpClient(config)
  const { name, url, token, channel, allowHttp } = config
  const wordsFor = openChatTemplates(config)
  if (url !== undefined) {
    return byWebhook(name, client, readSecretUrl(url, 'url', allowHttp), wordsFor)
  }
  const channelParts = {
    ...{ client, apiUrl: config.apiUrl, wordsFor, channel: channel! }, // the schema has seen to both
    token: readSecret(token!, 'token'),
  }
  return { name, ...slackChannel(channelParts), close: () => client.close() }
}

function byWebhook(
  name: string,
  client: HttpClient,
  url: URL,
  wordsFor: ReturnType<typeof openChatTemplates>,
): Sink {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return {
    name,
    send(alert, attempt) {
      const body = JSON.stringify(slackMessageOf(alert, wordsFor(alert, attempt)))
      return client.deliver({ url, headers, body, secrets: [url.pathname] }, attempt)
    },
    check: () => client.check(url),
    close: () => client.close(),
  }
}

/** One of the two ways, and the whole of it. */
function ways(config: {
  readonly url: Secret | undefined
  readonly token: Secret | undefined
  readonly channel: string | undefined
}): boolean {
  const isBot = config.token !== undefined && config.channel !== undefined
  const isNoBot = config.token === undefined && config.channel === undefined
  return config.url === undefined ? isBot : isNoBot
}
