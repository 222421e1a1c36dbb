/** Trace export: sends what `tracing.ts` records to a collector, over OTLP/HTTP as JSON. */
import { DiagLogLevel, diag, trace } from '@opentelemetry/api'
import { z } from 'zod'
import type { RuntimeLog } from './connection.ts'

export const tracingSchema = z.strictObject({
  /**
   * The collector that traces are sent to, as OTEL_EXPORTER_OTLP_ENDPOINT would name it; that variable
   * will do too, and with either all others of OpenTelemetry count: OTEL_EXPORTER_OTLP_HEADERS,
   * OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER. @default none: nothing is traced
   */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional(),
})
export type TracingOptions = z.output<typeof tracingSchema>

const VARIABLES = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']
const SERVICE_DEFAULT = 'agent-perimeter'

/** Begins to send, where a collector is named, and answers what ends it and sends the rest. */
export async function exportTraces(
  { endpoint }: TracingOptions,
  log: RuntimeLog,
): Promise<() => Promise<void>> {
  const isNamed = endpoint !== undefined || VARIABLES.some((name) => process.env[name])
  if (!isNamed || process.env.OTEL_SDK_DISABLED === 'true') return async () => {}
  // Loaded only here: few installations trace.
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes, detectResources, envDetector }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const url = endpoint === undefined ? {} : { url: `${endpoint.replace(/\/$/, '')}/v1/traces` }
  const named = { 'service.name': process.env.OTEL_SERVICE_NAME || SERVICE_DEFAULT }
  const provider = new sdk.BasicTracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(resourceFromAttributes(named)),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter(url))],
  })
  const ignore = () => {}
  const failed = (text: string) => log.warn({ reason: reasonIn(text) }, 'traces were not exported')
  diag.setLogger(
    { error: failed, warn: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
  trace.setGlobalTracerProvider(provider)
  log.info('traces are exported')
  return async () => {
    await provider.shutdown().catch((error) => failed(String(error)))
    trace.disable()
    diag.disable()
  }
}

/** The SDK tells of a failure as JSON that may hold what the collector answered. */
function reasonIn(text: string): string {
  try {
    const { message, code } = JSON.parse(text) as { message?: string; code?: string }
    return [message, code].filter((one) => one !== undefined).join(', ')
  } catch {
    return text
  }
}
