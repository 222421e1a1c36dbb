/**
 * A Slack channel in which a bot keeps one message for each alert.
 *
 * Which message that is, and which revision it shows, stands in the metadata of the message itself: so
 * another process, or this one after a restart, finds it again.
 *
 * Source    Slack, methods chat.postMessage, chat.update, conversations.history; "Message metadata".
 */
import { LRUCache } from 'lru-cache'
import type { Alert } from '../alert/alert.ts'
import { type HttpClient, type Posted, readAnswer, readJson } from './http-client.ts'
import { reasonOf, type Undelivered } from './http-delivery.ts'
import { below } from './reach.ts'
import type { ChatWords } from './shapes/brief.ts'
import { slackMessageOf, slackReplyOf } from './shapes/slack.ts'
import type { Attempt, Sink } from './sink.ts'

/** Alerts whose message is remembered. */
const MESSAGES_REMEMBERED_MAX = 10_000
/** Messages looked through for one that is not. */
const MESSAGES_LOOKED_AT = 100
const HISTORY_BYTES_MAX = 4_194_304
/** Before the alert's first event, for clocks that differ. */
const LOOK_BACK_S = 86_400
const EVENT_TYPE = 'perimeter_alert'
/** Slack's own trouble; everything else that it answers is ours. */
const PASSING = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
]

interface Message {
  readonly ts: string
  readonly revision: number
}
type Called = { readonly kind: 'ok'; readonly said: Record<string, unknown> } | Undelivered

export interface ChannelParts {
  readonly client: HttpClient
  readonly apiUrl: string
  readonly token: string
  readonly channel: string
  readonly wordsFor: (alert: Alert, attempt: Attempt) => ChatWords
}

export function slackChannel(parts: ChannelParts): Pick<Sink, 'send' | 'check'> {
  const { client, apiUrl, channel, wordsFor } = parts
  const messages = new LRUCache<string, Message>({ max: MESSAGES_REMEMBERED_MAX })

  const post = (method: string, content: object, attempt: Attempt) => {
    const body = JSON.stringify({ channel, ...content })
    return call(parts, { url: below(apiUrl, method), body }, attempt)
  }

  const find = async (
    alert: Alert,
    attempt: Attempt,
  ): Promise<Message | Undelivered | undefined> => {
    const known = messages.get(alert.id)
    if (known !== undefined) return known
    if (alert.revision === 1 && attempt.number === 1) return undefined
    const query = new URLSearchParams({
      channel,
      include_all_metadata: 'true',
      limit: String(MESSAGES_LOOKED_AT),
      oldest: String(Date.parse(alert.time) / 1_000 - LOOK_BACK_S),
    })
    const url = below(apiUrl, `conversations.history?${query}`)
    const history = { method: 'GET', url, responseBytesMax: HISTORY_BYTES_MAX } as const
    const called = await call(parts, history, attempt)
    // Without the right to look, a second message is better than none.
    if (called.kind === 'refused') return undefined
    return called.kind === 'ok' ? messageIn(called.said.messages, alert.id) : called
  }

  return {
    async send(alert, attempt) {
      const { id, revision } = alert
      const found = await find(alert, attempt)
      if (found !== undefined && 'kind' in found) return found
      if (found !== undefined && found.revision >= revision) return { kind: 'delivered' }
      const metadata = { event_type: EVENT_TYPE, event_payload: { alert_id: id, revision } }
      const words = wordsFor(alert, attempt)
      const message = { ...slackMessageOf(alert, words), metadata }
      if (found === undefined) {
        const posted = await post('chat.postMessage', message, attempt)
        if (posted.kind !== 'ok') return posted
        messages.set(id, { ts: String(posted.said.ts), revision })
        return { kind: 'delivered' }
      }
      const { ts } = found
      // The message tells how far it got, so it changes last.
      const reply = { ...slackReplyOf(alert, words), thread_ts: ts }
      const replied = await post('chat.postMessage', reply, attempt)
      if (replied.kind !== 'ok') return replied
      const updated = await post('chat.update', { ts, ...message }, attempt)
      if (updated.kind !== 'ok') return updated
      messages.set(id, { ts, revision })
      return { kind: 'delivered' }
    },
    check: () => client.check(new URL(apiUrl)),
  }
}

/** Slack answers 200 whatever became of it; `ok` tells. */
async function call(
  { client, token }: ChannelParts,
  posted: Posted,
  attempt: Attempt,
): Promise<Called> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json; charset=utf-8',
  }
  const exchanged = await client.exchange({ ...posted, headers }, attempt)
  if (exchanged.kind !== 'answered') return exchanged
  const { answer } = exchanged
  const delivery = readAnswer(answer)
  if (delivery.kind !== 'delivered') return delivery
  const said = readJson(answer.body) as Record<string, unknown> | undefined
  if (said?.ok === true) return { kind: 'ok', said }
  const reason = reasonOf(answer.status, answer.body)
  const isPassing = said === undefined || PASSING.includes(String(said.error))
  return { kind: isPassing ? 'retry' : 'refused', reason }
}

function messageIn(messages: unknown, alertId: string): Message | undefined {
  for (const message of Array.isArray(messages) ? messages : []) {
    const { ts, metadata } = message as { ts?: unknown; metadata?: Metadata }
    const { alert_id: id, revision } = metadata?.event_payload ?? {}
    const isIt = metadata?.event_type === EVENT_TYPE && id === alertId
    if (isIt && typeof ts === 'string') return { ts, revision: Number(revision) || 0 }
  }
  return undefined
}

interface Metadata {
  readonly event_type?: unknown
  readonly event_payload?: { readonly alert_id?: unknown; readonly revision?: unknown }
}
