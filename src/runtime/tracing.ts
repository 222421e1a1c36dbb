/**
 * Tracing: the way of an event from the request that brought it to the sink that got its alert, in the
 * terms of OpenTelemetry. Nothing is recorded, and next to nothing done, unless `trace-export.ts` or the
 * program around the library has registered a tracer.
 *
 * | span | kind | parent | links |
 * |---|---|---|---|
 * | `ingest` | server | the sender's, by the header `traceparent` | |
 * | `score` | consumer | `ingest`, where the job is of one request | all of them, where it is of several |
 * | `commit` | internal | `score`, where it holds one job | all of them, where it holds several |
 * | `alert` | producer | `score` | |
 * | `deliver` | consumer | `alert`; the receiver is sent `traceparent` | |
 *
 * BullMQ's own spans (`bullmq-otel`) are of jobs that are added and worked on one by one. Ours are added
 * within transactions and committed together, and a poll that found nothing is nobody's span. What
 * follows an alert is written where BullMQ would write it, so that its readers find it.
 */
import {
  type Attributes,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/** A step of the way that is under way. */
export interface Step {
  /** By which what follows refers to it (W3C Trace Context); undefined where nothing is traced. */
  readonly traceparent: string | undefined
  /** Ends it; with the error that kept it from its end, if one did. */
  end(attributes?: Attributes, error?: unknown): void
}

export interface StepOptions {
  /** What it follows from: of one its child is, of several it is linked with each. */
  readonly after?: readonly string[] | undefined
  readonly attributes?: Attributes
}

const KINDS = {
  ingest: SpanKind.SERVER,
  score: SpanKind.CONSUMER,
  commit: SpanKind.INTERNAL,
  alert: SpanKind.PRODUCER,
  deliver: SpanKind.CONSUMER,
}
/** A step is linked with no more than this; a collector would drop what is beyond 128. */
export const LINKS_MAX = 64
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const UNTRACED: Step = { traceparent: undefined, end() {} }

const TRACER = 'agent-perimeter'

export function beginStep(name: keyof typeof KINDS, { after = [], attributes }: StepOptions): Step {
  const causes = after.slice(0, LINKS_MAX).flatMap((text) => contextOf(text) ?? [])
  const [parent] = causes
  const isOne = causes.length === 1 && parent !== undefined
  const links: Link[] = isOne ? [] : causes.map((context) => ({ context }))
  const span = trace
    .getTracer(TRACER)
    .startSpan(
      name,
      { kind: KINDS[name], links, ...(attributes === undefined ? {} : { attributes }) },
      isOne ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
    )
  const context = span.spanContext()
  // Who does not record hands on what it was given; what is not sampled has a name of its own, so that
  // those who follow do not begin a trace anew.
  const isNew = isSpanContextValid(context) && context.spanId !== parent?.spanId
  return isNew ? stepOf(span, context) : UNTRACED
}

function stepOf(span: Span, { traceId, spanId, traceFlags }: SpanContext): Step {
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end(attributes = {}, error) {
      span.setAttributes(attributes)
      if (error !== undefined) {
        // The kind alone: a message may quote what was sent.
        const message = error instanceof Error ? error.name : 'failed'
        span.setStatus({ code: SpanStatusCode.ERROR, message })
      }
      span.end()
    },
  }
}

function contextOf(traceparent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? []
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}
