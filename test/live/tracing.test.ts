import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashKey } from '../../src/api/keys.ts'
import { type Receiver, startReceiver, webhookTo } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import { API_KEY, noContent, PARTITIONS, streamOf, THRESHOLD } from './stream.ts'
import { urlOf } from './url-of.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const redis = useRedis()
const events = streamOf(240)
const REQUESTS = 8
const SECRET = 'token-of-the-collector'
let cwd: string
let collector: Receiver
let hook: Receiver
const children: ChildProcess[] = []

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-tracing-'))
  collector = await startReceiver((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  )
  hook = await startReceiver(noContent)
  const config = {
    redis: { url: urlOf(redis.address), prefix: redis.prefix },
    http: { port: 0, keys: [{ name: 'test', role: 'ingest', hash: hashKey(API_KEY) }] },
    stream: { partitions: PARTITIONS },
    threshold: THRESHOLD,
    sinks: [webhookTo(hook.url, 'hook')],
  }
  await writeFile(join(cwd, 'perimeter.json'), JSON.stringify(config))
})
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await collector.close()
  await hook.close()
  await rm(cwd, { recursive: true, force: true })
})

/** A process of its own, for a trace that stays within one proves little. Answers what it said. */
async function start(word: string): Promise<{ said: string; stop(): Promise<void> }> {
  const { REDIS_URL: _, ...own } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, word], {
    cwd,
    env: {
      ...own,
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.url).origin,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
      OTEL_SERVICE_NAME: `perimeter-${word}`,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk
    })
  }
  while (!said.includes('Perimeter is up')) {
    if (child.exitCode !== null) throw new Error(said)
    await sleep(50)
  }
  return {
    get said() {
      return said
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** What a collector gets (OTLP 1.0 as JSON), as far as it is looked at. */
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: SentSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

const spansSent = () =>
  collector.received.flatMap(({ body }) =>
    (JSON.parse(body) as Sent).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const name = resource.attributes.find(({ key }) => key === 'service.name')
      const service = name?.value.stringValue
      return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })))
    }),
  )

it('leads from each request to the webhook that got its alert, over two processes', async () => {
  const serve = await start('serve')
  const url = /HTTP: (http:\S+)/.exec(serve.said)![1]!
  const senderOf = (nth: number) => ({ traceId: `${nth + 1}`.repeat(32), spanId: 'ab'.repeat(8) })
  const size = events.length / REQUESTS
  const send = async (nth: number) => {
    const { traceId, spanId } = senderOf(nth)
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        traceparent: `00-${traceId}-${spanId}-01`,
      },
      body: events
        .slice(nth * size, (nth + 1) * size)
        .map((event) => JSON.stringify(event))
        .join('\n'),
    })
    expect(response.status).toBe(200)
  }
  await send(0)
  // The others at once, so that some share a transaction and their events a job.
  await Promise.all(Array.from({ length: REQUESTS - 1 }, (_, nth) => send(nth + 1)))
  const worker = await start('worker')
  for (const endMs = Date.now() + 15_000; Date.now() < endMs; await sleep(300)) {
    const before = hook.received.length
    await sleep(700)
    if (before > 0 && hook.received.length === before) break
  }
  await Promise.all([serve.stop(), worker.stop()])

  const spans = spansSent()
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const named = (name: string) => spans.filter((span) => span.name === name)
  expect(named('ingest')).toHaveLength(REQUESTS)
  for (const [nth, { traceId, spanId }] of [...Array(REQUESTS).keys()].map(senderOf).entries()) {
    const own = named('ingest').filter((span) => span.traceId === traceId)
    expect(own, `request ${nth}`).toHaveLength(1)
    expect(own[0]).toMatchObject({ parentSpanId: spanId, service: 'perimeter-serve', kind: 2 })
  }
  expect(hook.received.length).toBeGreaterThan(0)
  for (const { headers } of hook.received) {
    const deliver = byId.get(headers.traceparent!.split('-')[2]!)!
    expect(deliver).toMatchObject({ name: 'deliver', service: 'perimeter-worker' })
    const alert = byId.get(deliver.parentSpanId!)!
    expect(alert.name).toBe('alert')
    const score = byId.get(alert.parentSpanId!)!
    expect(score.name).toBe('score')
    const causes = score.parentSpanId
      ? [{ spanId: score.parentSpanId, traceId: score.traceId }]
      : score.links!
    for (const cause of causes) {
      expect(byId.get(cause.spanId)).toMatchObject({ name: 'ingest', traceId: cause.traceId })
    }
    expect(causes.length).toBeGreaterThan(0)
    expect(new Set([deliver, alert, score].map(({ traceId }) => traceId)).size).toBe(1)
  }
  // Both kinds of job came to pass: of one request, and of several.
  expect(named('score').some(({ parentSpanId }) => parentSpanId)).toBe(true)
  expect(named('score').some(({ links }) => (links?.length ?? 0) > 1)).toBe(true)
  expect(named('commit').length).toBeGreaterThan(0)

  // What is secret, and what events hold, is in no span and in no log.
  expect(
    collector.received.every(({ headers }) => headers.authorization === `Bearer ${SECRET}`),
  ).toBe(true)
  const told = serve.said + worker.said + collector.received.map(({ body }) => body).join()
  expect(told).not.toContain(SECRET)
  expect(told).not.toContain(API_KEY)
  for (const { agent } of events) expect(told).not.toContain(agent.id)
})
