import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { beginStep, LINKS_MAX } from '../../src/runtime/tracing.ts'

const traceparent = (nth: number) => `00-${String(nth).padStart(32, '0')}-${'cd'.repeat(8)}-01`

afterEach(() => trace.disable())

function recorded() {
  const exporter = new InMemorySpanExporter()
  const processors = { spanProcessors: [new SimpleSpanProcessor(exporter)] }
  trace.setGlobalTracerProvider(new BasicTracerProvider(processors))
  return exporter
}

describe('where nothing is registered', () => {
  it('a step leaves no trace, whatever it follows from', () => {
    const step = beginStep('ingest', { after: [traceparent(1)] })
    expect(step.traceparent).toBeUndefined()
    step.end({ more: 1 }, new Error('x'))
    expect(beginStep('score', {})).toBe(beginStep('commit', {}))
  })
})

describe('where a tracer is registered', () => {
  it('a step is the child of one, and linked with several', () => {
    const exporter = recorded()
    beginStep('score', { after: [traceparent(1)] }).end()
    beginStep('score', { after: [traceparent(1), traceparent(2)] }).end()
    const [child, linked] = exporter.getFinishedSpans()
    expect(child!.spanContext().traceId).toBe(traceparent(1).split('-')[1])
    expect(child!.parentSpanContext).toMatchObject({ spanId: 'cd'.repeat(8) })
    expect(linked!.parentSpanContext).toBeUndefined()
    expect(linked!.links.map(({ context }) => context.traceId)).toEqual(
      [1, 2].map((nth) => traceparent(nth).split('-')[1]),
    )
  })

  it('what follows can name it, and what nobody can read is not followed', () => {
    const exporter = recorded()
    const first = beginStep('ingest', { after: ['nonsense', '00-0-0-01', '99-'] })
    const then = beginStep('score', { after: [first.traceparent!] })
    then.end()
    first.end({}, new TypeError('with a secret'))
    const [score, ingest] = exporter.getFinishedSpans()
    expect(ingest!.parentSpanContext).toBeUndefined()
    expect(score!.parentSpanContext?.spanId).toBe(ingest!.spanContext().spanId)
    expect(ingest!.status).toEqual({ code: 2, message: 'TypeError' })
  })

  it('links have a bound, and a sender that does not record is heeded', () => {
    const exporter = recorded()
    const many = Array.from({ length: LINKS_MAX + 9 }, (_, nth) => traceparent(nth + 1))
    beginStep('commit', { after: many }).end()
    expect(exporter.getFinishedSpans()[0]!.links).toHaveLength(LINKS_MAX)
    const unsampled = traceparent(1).replace(/01$/, '00')
    const step = beginStep('ingest', { after: [unsampled] })
    expect(step.traceparent).toMatch(/^00-0{31}1-[0-9a-f]{16}-00$/)
    step.end()
    beginStep('score', { after: [step.traceparent!] }).end()
    expect(exporter.getFinishedSpans()).toHaveLength(1)
  })
})
