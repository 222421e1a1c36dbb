import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { slackMessageOf } from '../../src/sinks/shapes/slack.ts'
import { LOCAL, SECRET } from './cases.ts'
import { anAlert, startReceiver } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

type Posted = Record<string, unknown> & { metadata?: { event_payload: { revision: number } } }

/** Slack: a channel whose messages can be asked for. */
async function startSlack(fails: (method: string) => object | undefined = () => undefined) {
  const messages: Posted[] = []
  const calls: string[] = []
  const receiver = await startReceiver((request, response: ServerResponse) => {
    const { path, body, headers } = receiver.received.at(-1)!
    const method = path.slice('/api/'.length).split('?', 1)[0]!
    calls.push(method)
    const say = (said: object) => response.end(JSON.stringify(said))
    const failed = fails(method)
    if (headers.authorization !== `Bearer ${SECRET}`) say({ ok: false, error: 'invalid_auth' })
    else if (failed !== undefined) say(failed)
    else if (request.method === 'GET') {
      say({ ok: true, messages: messages.filter((one) => one.thread_ts === undefined) })
    } else {
      const posted = JSON.parse(body)
      if (method === 'chat.update')
        Object.assign(messages.find(({ ts }) => ts === posted.ts)!, posted)
      else messages.push({ ts: `17.${messages.length}`, ...posted })
      say({ ok: true, ts: posted.ts ?? messages.at(-1)!.ts })
    }
  })
  const open = (change: object = {}) => {
    const apiUrl = `${receiver.base}/api`
    const config = { type: 'slack', token: SECRET, channel: 'C0123ABCD', apiUrl, ...LOCAL }
    const sink = openSink({ ...config, ...change })
    opened.push(sink)
    return sink
  }
  opened.push(receiver)
  return { messages, calls, open, receiver }
}

describe('a bot', () => {
  it('keeps one message an alert, brings it up to date, and tells so in its thread', async () => {
    const { messages, calls, open } = await startSlack()
    const sink = open()
    await sink.send(anAlert(), { number: 1 })
    await sink.send(anAlert({ revision: 2, severity: 'critical' }), { number: 1 })
    expect(calls).toEqual(['chat.postMessage', 'chat.postMessage', 'chat.update'])
    expect(messages).toHaveLength(2)
    const [message, reply] = messages as [Posted, Posted]
    expect(message.metadata).toEqual({
      event_type: 'perimeter_alert',
      event_payload: { alert_id: 'al_01J9ZC', revision: 2 },
    })
    expect(JSON.stringify(message.blocks)).toContain('CRITICAL 91')
    expect(reply.thread_ts).toBe(message.ts)
    expect(reply.text).toContain('told for the 2nd time')
  })

  it('finds the message again after a restart, and posts none twice', async () => {
    const { messages, open } = await startSlack()
    await open().send(anAlert(), { number: 1 })
    expect(await open().send(anAlert(), { number: 2 })).toEqual({ kind: 'delivered' })
    expect(messages).toHaveLength(1)
    expect(await open().send(anAlert({ revision: 2 }), { number: 1 })).toEqual({
      kind: 'delivered',
    })
    expect(messages.map(({ metadata }) => metadata?.event_payload.revision)).toEqual([2, undefined])
    // An older revision that comes late changes nothing.
    expect(await open().send(anAlert(), { number: 2 })).toEqual({ kind: 'delivered' })
    expect(messages[0]!.metadata?.event_payload.revision).toBe(2)
  })

  it('posts anew where it may not look', async () => {
    const { messages, open } = await startSlack((method) =>
      method === 'conversations.history' ? { ok: false, error: 'missing_scope' } : undefined,
    )
    expect(await open().send(anAlert({ revision: 2 }), { number: 1 })).toEqual({
      kind: 'delivered',
    })
    expect(messages).toHaveLength(1)
  })

  it.each([
    ['invalid_auth', 'refused'],
    ['channel_not_found', 'refused'],
    ['internal_error', 'retry'],
    ['ratelimited', 'retry'],
  ])('takes %s, said with a 200, as %s', async (error, kind) => {
    const { open } = await startSlack(() => ({ ok: false, error }))
    expect(await open().send(anAlert(), { number: 1 })).toMatchObject({
      kind,
      reason: `HTTP 200: {"ok":false,"error":"${error}"}`,
    })
  })
})

it('is either a webhook or a bot in a channel', () => {
  const url = 'https://hooks.slack.com/services/T/B/x'
  for (const change of [{}, { token: SECRET }, { url, token: SECRET, channel: 'C0123ABCD' }]) {
    expect(() => openSink({ type: 'slack', ...change })).toThrow(/either url, or token and channel/)
  }
  expect(() => openSink({ type: 'slack', url: { env: 'PERIMETER_NO_SUCH' } })).toThrow(
    'url: the variable PERIMETER_NO_SUCH is not set.',
  )
})

describe('a message', () => {
  const hostile = '<!channel> <https://e.example|x> *b* `c` & :smile: @here\n> q'

  it('puts what came from outside only where Slack reads no marks', () => {
    const { text, blocks } = slackMessageOf(anAlert({ title: hostile, nextSteps: [hostile] }))
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
    const kinds = JSON.stringify(blocks).match(/"type":"[a-z_]+"/g)!
    expect(new Set(kinds.map((kind) => kind.slice(8, -1)))).toEqual(
      new Set([
        ...['header', 'plain_text', 'rich_text', 'rich_text_section', 'text', 'rich_text_list'],
        'context',
      ]),
    )
    expect(JSON.stringify(blocks)).not.toContain('mrkdwn')
    const named = slackMessageOf(anAlert({ agent: { id: 'a', name: hostile } })).blocks[0]
    expect(JSON.stringify(named)).not.toMatch(/[<>]/)
  })

  it('keeps within what Slack takes', () => {
    const long = 'x'.repeat(5_000)
    const alert = anAlert({ title: long, nextSteps: Array(50).fill(long) })
    const [header, body] = slackMessageOf(alert).blocks as [{ text: { text: string } }, object]
    expect(header.text.text.length).toBeLessThanOrEqual(150)
    expect(JSON.stringify(body).length).toBeLessThan(10_000)
    expect(JSON.stringify(slackMessageOf(alert)).length).toBeLessThan(40_000)
  })
})
