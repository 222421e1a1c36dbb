/** With the exporters of OpenTelemetry's own SDK, which nobody here wrote. */
import { gzipSync } from 'node:zlib'
import { DiagLogLevel, diag, SpanStatusCode } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter as JsonSpans } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoSpans } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import protobuf from 'protobufjs'
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError } from '../../../src/errors.ts'
import { answerBytes } from '../../../src/formats/text/otlp-protobuf.ts'
import { QuotaExceeded } from '../../../src/runtime/quotas.ts'
import { keys, parseAny, serve } from '../serve.ts'

type Served = Awaited<ReturnType<typeof serve>>
const running: Served[] = []
afterEach(async () => {
  diag.disable()
  for (const { server } of running.splice(0)) await server.close()
})

async function start(
  change: Parameters<typeof serve>[0] = {},
  limits: Record<string, number> = {},
) {
  const served = await serve({ parseBody: parseAny, ...change }, limits)
  running.push(served)
  const send = (path: string, type: string, body: string | Uint8Array, headers = {}) =>
    fetch(`${served.base}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.shipper}`, 'content-type': type, ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    })
  return { ...served, send }
}

const JSON_TYPE = 'application/json'
const PROTOBUF = 'application/x-protobuf'
const resource = resourceFromAttributes({ 'service.name': 'billing', 'service.version': '2.1' })
const exporterOptions = (base: string, path: string) => ({
  url: `${base}/v1/${path}`,
  headers: { authorization: `Bearer ${keys.shipper}` },
  compression: 'gzip' as never, // the enum is another one in each package
})

/** An agent's run: a tool it calls, one that it may not, a model it asks, and what is no call. */
async function trace(Exporter: typeof JsonSpans | typeof ProtoSpans, base: string) {
  const exporter = new Exporter(exporterOptions(base, 'traces'))
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('test')
  const startTime = Date.UTC(2026, 4, 3, 2, 14, 0, 123)
  const one = (name: string, attributes: Record<string, string | number | string[]>) =>
    tracer.startSpan(name, {
      startTime,
      attributes: { 'gen_ai.agent.id': 'payer-1', ...attributes },
    })
  one('execute_tool read_invoice', {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'read_invoice',
  }).end()
  const refused = one('execute_tool pay', {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'pay',
    'error.type': 'permission_denied',
  })
  refused.setStatus({ code: SpanStatusCode.ERROR, message: 'not allowed' }).end()
  one('chat', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.usage.output_tokens': 96,
    'gen_ai.response.finish_reasons': ['stop'],
  }).end()
  tracer.startSpan('GET /invoices').end()
  await provider.shutdown()
}

async function log(Exporter: typeof JsonLogs | typeof ProtoLogs, base: string) {
  const exporter = new Exporter(exporterOptions(base, 'logs'))
  const provider = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter })],
  })
  const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
  const { trace: api, ROOT_CONTEXT } = await import('@opentelemetry/api')
  provider.getLogger('test').emit({
    eventName: 'gen_ai.client.inference.operation.details',
    severityNumber: SeverityNumber.INFO,
    timestamp: Date.UTC(2026, 4, 3, 2, 14),
    context: api.setSpanContext(ROOT_CONTEXT, spanContext),
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.agent.id': 'payer-1',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
    },
    body: { 'gen_ai.input.messages': [{ role: 'user', content: 'pay it' }] },
  })
  await provider.shutdown()
}

describe('takes what the SDK exports', () => {
  it.each([
    ['JSON', JsonSpans],
    ['protobuf', ProtoSpans],
  ])('of spans as %s, with gzip', async (_what, Exporter) => {
    const { base, accepted, logged } = await start()
    await trace(Exporter, base)
    // Each span goes in a request of its own, at the same time as the others.
    accepted.sort((a, b) => (a.action < b.action ? -1 : 1))
    expect(accepted.map(({ agent, action, outcome }) => [agent.id, action, outcome])).toEqual([
      ['payer-1', 'model.chat', 'success'],
      ['payer-1', 'tool.pay', 'denied'],
      ['payer-1', 'tool.read_invoice', 'success'],
    ])
    const tool = accepted[2]
    expect(tool).toMatchObject({
      id: expect.stringMatching(/^[\da-f]{32}:[\da-f]{16}$/),
      atMs: Date.UTC(2026, 4, 3, 2, 14, 0, 123),
      agent: { blueprint: 'billing', version: '2.1' },
    })
    expect(logged.join('')).not.toContain('"status":4')
    const counted = await (await fetch(`${base}/metrics`)).text()
    expect(counted).toContain('perimeter_ingest_events_total{outcome="accepted"} 3')
    expect(counted).toContain('perimeter_ingest_events_total{outcome="skipped"} 1')
  })

  it.each([
    ['JSON', JsonLogs],
    ['protobuf', ProtoLogs],
  ])('of logs as %s, with gzip', async (_what, Exporter) => {
    const { base, accepted } = await start()
    await log(Exporter, base)
    expect(accepted).toMatchObject([
      {
        id: `${'a'.repeat(32)}:${'b'.repeat(16)}`,
        agent: { id: 'payer-1' },
        action: 'model.chat',
        trigger: { kind: 'prompt', digest: expect.any(String) },
      },
    ])
  })

  it('after it was told to come later', async () => {
    let refusals = 0
    const accepted: string[] = []
    const { base } = await start({
      accept: async (events) => {
        if (refusals++ === 0) throw new QuotaExceeded('default', 'eventsPerS', 'Too many.', 200)
        accepted.push(...events.map(({ action }) => action))
        return {}
      },
    })
    await log(ProtoLogs, base)
    expect(accepted).toEqual(['model.chat'])
  })

  it.each([
    ['JSON', JsonSpans],
    ['protobuf', ProtoSpans],
  ])('and tells it of spans that cannot be used, as %s', async (_what, Exporter) => {
    const warnings: string[] = []
    const ignore = () => {}
    const warn = (...words: unknown[]) => warnings.push(words.map((word) => String(word)).join(' '))
    diag.setLogger(
      { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
      { logLevel: DiagLogLevel.WARN },
    )
    const rejects = [{ index: 0, path: '$.traceId', reason: 'expected the id of a trace' }]
    const { base } = await start({ parseBody: () => ({ events: [], skipped: 0, rejects }) })
    await trace(Exporter, base)
    expect(warnings).toHaveLength(4)
    expect(warnings[0]).toMatch(/partial success/i)
    expect(warnings[0]).toContain('expected the id of a trace')
  })
})

describe('answers', () => {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Answer { Partial partial_success = 1; }
    message Partial { int64 rejected = 1; string error_message = 2; }
    message Status { int32 code = 1; string message = 2; }
  `)
  const read = (name: string, bytes: ArrayBuffer) =>
    root.lookupType(name).toObject(root.lookupType(name).decode(new Uint8Array(bytes)), {
      longs: Number,
    })
  const badSpan = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'billing' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
                name: 'chat',
                attributes: [{ key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }],
              },
            ],
          },
        ],
      },
    ],
  }
  const asProtobuf = () => {
    const document = structuredClone(badSpan) as typeof badSpan
    const [span] = document.resourceSpans[0]!.scopeSpans[0]!.spans
    Object.assign(span!, {
      traceId: Buffer.from(span!.traceId, 'hex'),
      spanId: Buffer.from(span!.spanId, 'hex'),
    })
    return answerBytes('TraceRequest', document)
  }

  it('with the place of a span without a time, in the encoding of the request', async () => {
    const { send } = await start()
    const where = '$.resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: expected a time'
    const json = await send('traces', `${JSON_TYPE}; charset=utf-8`, JSON.stringify(badSpan))
    expect(json.status).toBe(200)
    const { partialSuccess } = (await json.json()) as {
      partialSuccess: { rejectedSpans: string; errorMessage: string }
    }
    expect(partialSuccess.rejectedSpans).toBe('1')
    expect(partialSuccess.errorMessage).toContain(where)
    const proto = await send('traces', PROTOBUF, asProtobuf())
    expect(proto.status).toBe(200)
    expect(proto.headers.get('content-type')).toBe(PROTOBUF)
    expect(read('Answer', await proto.arrayBuffer())).toEqual({
      partialSuccess: { rejected: 1, errorMessage: expect.stringContaining(where) },
    })
  })

  it.each(['traces', 'logs'])('an empty request to /v1/%s as a success', async (path) => {
    const { send } = await start()
    const json = await send(path, JSON_TYPE, '{}')
    expect([json.status, await json.text()]).toEqual([200, '{}'])
    const proto = await send(path, PROTOBUF, '')
    expect([proto.status, await proto.text()]).toEqual([200, ''])
  })

  it.each([
    ['what is no JSON', JSON_TYPE, '{"resourceSpans":', 400],
    ['what is no object', JSON_TYPE, '[]', 400],
    ['groups that are none', JSON_TYPE, '{"resourceSpans":7}', 400],
    ['what is no protobuf', PROTOBUF, new Uint8Array([10, 200, 1, 1]), 400],
    ['what is nested too deeply', PROTOBUF, deep(), 400],
    ['another type', 'text/plain', '{}', 415],
    ['more than may be read', JSON_TYPE, gzipSync(`{"a":"${'x'.repeat(17_000_000)}"}`), 413],
    [
      'more records than may be',
      PROTOBUF,
      gzipSync(nested([0x0a, 0x12], Buffer.from('1200'.repeat(70_000), 'hex'))),
      413,
    ],
  ])('%s with what is wrong, for good', async (_what, type, body, status) => {
    const { send, accepted } = await start()
    const isPacked = typeof body !== 'string' && body[0] === 0x1f
    const response = await send(
      'traces',
      type,
      body,
      isPacked ? { 'content-encoding': 'gzip' } : {},
    )
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBeNull()
    expect(response.headers.get('content-type')).toContain(type === PROTOBUF ? PROTOBUF : JSON_TYPE)
    const bytes = await response.arrayBuffer()
    const { message } =
      type === PROTOBUF ? read('Status', bytes) : JSON.parse(Buffer.from(bytes).toString())
    expect(message).toMatch(/\w.*\.$/)
    expect(accepted).toEqual([])
  })

  it('who has no key, and who comes too early, as a status', async () => {
    const { send, base } = await start({
      accept: async () => {
        throw new EngineError('QUEUE_FULL', 'Too much waits.')
      },
    })
    const unknown = await send('logs', PROTOBUF, '', { authorization: 'Bearer nonsense' })
    expect(unknown.status).toBe(401)
    expect(read('Status', await unknown.arrayBuffer())).toEqual({
      message: 'The API key is not known.',
    })
    const document = structuredClone(badSpan) as { resourceSpans: unknown[] }
    const timed = JSON.stringify(document).replace(
      '"name":',
      '"startTimeUnixNano":"1777774440000000000","name":',
    )
    const full = await send('traces', JSON_TYPE, timed)
    expect(full.status).toBe(503)
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await full.json()).toEqual({ message: 'Too much waits.' })
    const counted = await (await fetch(`${base}/metrics`)).text()
    expect(counted).toContain('perimeter_ingest_refused_total{code="QUEUE_FULL"} 1')
  })
})

/** A message within fields, the first outermost. */
function nested(fields: readonly number[], inner: Buffer): Buffer {
  return fields.reduceRight((bytes, field) => {
    const length = Buffer.from(new protobuf.Writer().uint32(bytes.length).finish())
    return Buffer.concat([Buffer.from([field]), length, bytes])
  }, inner)
}

/** An attribute's list within a list, and so on, as nobody writes it. */
function deep(): Buffer {
  const levels = Array.from({ length: 2_000 }, (_, at) => (at % 2 === 0 ? 0x2a : 0x0a))
  return nested([0x0a, 0x12, 0x12, 0x4a, 0x12, ...levels], Buffer.alloc(0))
}
