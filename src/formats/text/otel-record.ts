/**
 * One span or log record of OpenTelemetry in one shape, whoever wrote it down: OTLP, the consoles of
 * the SDKs, Application Insights, column stores.
 */
import { type Fields, fieldsOf, idOf, isFields, listOf, textOf } from './fields.ts'
import { attributesOf, plainOf } from './otel-attributes.ts'

export interface OtelRecord {
  readonly signal: 'span' | 'log'
  /** Where it lay in its document. */
  readonly path: string
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  readonly parentId: string | undefined
  /** The span's name, or the event's. */
  readonly name: string
  readonly kind: string
  /** As it was written, with the name of the field it was written in. */
  readonly time: unknown
  readonly timeField: string
  /** What else happened in a span, each with `name` and `attributes`. */
  readonly happenings: readonly Fields[]
  readonly body: unknown
  readonly isError: boolean
  readonly message: string | undefined
  readonly attributes: Fields
  readonly resource: Fields
  /** The agent on whose behalf the span's agent ran, where an ancestor tells. */
  readonly caller: string | undefined
}

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']

/** Whether a record carries a trace's id and attributes, under any of the names they go by. */
export function isOtelRecord(record: unknown): boolean {
  if (!isFields(record)) return false
  if (record.signal === 'span' || record.signal === 'log') return isFields(record.attributes)
  const { attributes, timeField } = namesOf(record)
  if (attributes === undefined) return false
  return traceOf(record) !== undefined || LOG_TIMES.has(timeField)
}

/** A record as `recordOf` answers it, or one that still lies as it came. */
export function asOtelRecord(record: Fields): OtelRecord {
  if (record.signal !== 'span' && record.signal !== 'log') return recordOf(record, '$', {})
  const { path, name, kind, timeField } = record
  return {
    ...(record as unknown as OtelRecord),
    path: typeof path === 'string' && path.startsWith('$') ? path : '$',
    name: typeof name === 'string' ? name : '',
    kind: typeof kind === 'string' ? kind : '',
    timeField: typeof timeField === 'string' ? timeField : 'time',
    traceId: idOf(record.traceId),
    spanId: idOf(record.spanId),
    message: textOf(record.message),
    happenings: listOf(record.happenings).filter(isFields),
    attributes: fieldsOf(record.attributes),
    resource: fieldsOf(record.resource),
    caller: textOf(record.caller),
  }
}

/** @param resource of the record, where it does not carry its own */
export function recordOf(record: Fields, path: string, resource: Fields): OtelRecord {
  const { attributes, time, timeField } = namesOf(record)
  const status = fieldsOf(record.status)
  const context = fieldsOf(record.context ?? record.spanContext)
  const code = textOf(status.code ?? status.status_code ?? record.StatusCode) ?? ''
  const isLog = LOG_TIMES.has(timeField) || record.SeverityNumber !== undefined
  const listed = attributesOf(attributes)
  const name = isLog
    ? (record.eventName ?? record.event_name ?? listed['event.name'])
    : (record.name ?? record.Name ?? record.SpanName)
  const spanId = record.spanId ?? record.span_id ?? record.SpanId ?? context.span_id
  return {
    signal: isLog ? 'log' : 'span',
    path,
    traceId: hexOf(traceOf(record)),
    spanId: hexOf(spanId ?? context.spanId ?? record.id ?? record.Id),
    parentId: hexOf(
      record.parentSpanId ?? record.parent_id ?? record.parentId ?? record.ParentSpanId,
    ),
    name: textOf(name) ?? '',
    kind: kindOf(record.kind ?? record.SpanKind),
    time,
    timeField,
    happenings: listOf(record.events ?? record.Events)
      .filter(isFields)
      .map((event) => ({ name: event.name, attributes: attributesOf(event.attributes) })),
    body: isFields(record.body) ? (plainOf(record.body) ?? record.body) : record.body,
    isError: code === '2' || /ERROR$/i.test(code) || record.success === false,
    message: textOf(status.message ?? status.description ?? record.StatusMessage),
    attributes: listed,
    resource: resourceIn(record) ?? resource,
    caller: undefined,
  }
}

/** Attributes and time, by the names they have in OTLP, consoles, Application Insights and stores. */
function namesOf(record: Fields) {
  const timeField = TIME_FIELDS.find((name) => Number(record[name] ?? 0) !== 0) ?? TIME_FIELDS[0]!
  const attributes =
    record.attributes ??
    record.customDimensions ??
    record.SpanAttributes ??
    record.LogAttributes ??
    (record.AppRoleName === undefined ? undefined : record.Properties)
  return { attributes, timeField, time: record[timeField] }
}

const LOG_TIMES = new Set(['timeUnixNano', 'observedTimeUnixNano'])

/** In the order they are asked; a time of zero is none. */
const TIME_FIELDS = [
  'startTimeUnixNano',
  'timeUnixNano',
  'observedTimeUnixNano',
  'start_time',
  'startTime',
  'TimeGenerated',
  'Timestamp',
  'timestamp',
]

/** The program a record came from, where the record says so itself. */
function resourceIn(record: Fields): Fields | undefined {
  const resource = record.resource ?? record.ResourceAttributes
  if (isFields(resource)) return attributesOf(resource.attributes ?? resource)
  const service = record.cloud_RoleName ?? record.AppRoleName ?? record.ServiceName
  return service === undefined ? undefined : { 'service.name': service }
}

function traceOf(record: Fields): unknown {
  const context = fieldsOf(record.context ?? record.spanContext)
  const inContext = context.trace_id ?? context.traceId
  const inRecord = record.traceId ?? record.trace_id ?? record.TraceId
  return inRecord ?? inContext ?? record.operation_Id ?? record.OperationId
}

/** `0xAB…` → `ab…`; the JSON of OTLP leaves the case open. A parent that is none is all zeros. */
function hexOf(value: unknown): string | undefined {
  const text = idOf(value)?.replace(/^0x/i, '').toLowerCase()
  return text === undefined || /^0*$/.test(text) ? undefined : text
}

/** `3`, `SpanKind.CLIENT`, `SPAN_KIND_CLIENT` and `Client` → `CLIENT`. */
function kindOf(value: unknown): string {
  if (typeof value === 'number') return KINDS[value] ?? ''
  const text = textOf(value) ?? ''
  return text.toUpperCase().split(/[._]/).at(-1)!
}
