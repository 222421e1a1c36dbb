/** Spans of OpenTelemetry's own SDK, all the way from its exporter to an alert. */
import type { OTLPTraceExporter as JsonSpans } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { useRedis } from './redis.ts'
import { API_KEY, pipeline } from './stream.ts'

const redis = useRedis()
const HOUR_MS = 3_600_000
const DAYS = 20
const START_MS = Date.UTC(2026, 2, 2)
let opened: Pipeline | undefined
afterAll(() => opened?.stop())

/** Weeks of the same three calls an hour by day, and one night of others. */
async function work(provider: BasicTracerProvider): Promise<number> {
  const tracer = provider.getTracer('billing')
  let count = 0
  const call = (atMs: number, tool: string) => {
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.agent.id': 'payer-1',
    }
    tracer.startSpan(`execute_tool ${tool}`, { startTime: atMs, attributes }).end(atMs + 40)
    count++
  }
  for (let day = 0; day < DAYS; day++) {
    for (let hour = 8; hour < 17; hour++) {
      const atMs = START_MS + (24 * day + hour) * HOUR_MS
      for (const [at, tool] of ['list_invoices', 'read_invoice', 'pay'].entries()) {
        call(atMs + at * 1_000, tool)
      }
    }
    await provider.forceFlush() // which sends all at once what it holds, in no order
  }
  const nightMs = START_MS + (24 * DAYS + 2) * HOUR_MS
  for (let at = 0; at < 60; at++) call(nightMs + at * 1_000, `export_table_${at}`)
  return count
}

it('leads from the SDK to an alert, and counts every span once though it is sent twice', async () => {
  const alerts: Alert[] = []
  let scored = 0
  let duplicates = 0
  opened = await pipeline(
    { address: redis.address, prefix: redis.prefix },
    {
      committed(what) {
        alerts.push(...what.alerts)
        scored += what.scored
        duplicates += what.duplicates
      },
    },
  )
  const exporter = new OTLPTraceExporter({
    url: `${opened.url}/v1/traces`,
    headers: { authorization: `Bearer ${API_KEY}` },
    compression: 'gzip' as never, // the enum is not exported
  })
  const sent: Parameters<JsonSpans['export']>[0][] = []
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'billing' }),
    spanProcessors: [
      new BatchSpanProcessor(
        {
          export(spans, done) {
            sent.push(spans)
            exporter.export(spans, done)
          },
          shutdown: () => exporter.shutdown(),
        },
        { maxQueueSize: 4_096 },
      ),
    ],
  })
  const spans = await work(provider)
  await provider.forceFlush()
  const again = await new Promise<{ code: number }>((resolve) => exporter.export(sent[0]!, resolve))
  expect(again.code).toBe(0)
  await opened.drained()
  expect(sent.flat()).toHaveLength(spans)
  expect({ scored, duplicates }).toEqual({ scored: spans, duplicates: sent[0]!.length })
  const [gravest] = alerts.sort((one, other) => other.score - one.score)
  const night = sent.flat().filter(({ name }) => name.includes('export_table'))
  const ids = night.map((span) => `${span.spanContext().traceId}:${span.spanContext().spanId}`)
  expect(gravest?.agent.id).toBe('payer-1')
  expect(ids.filter((id) => alerts.some(({ events }) => events.includes(id)))).not.toEqual([])
  await provider.shutdown()
})
