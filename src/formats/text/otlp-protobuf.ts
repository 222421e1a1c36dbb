/**
 * OTLP in protobuf: requests are read as the documents that the same requests would be in JSON, answers
 * are written. Of a request only what the format `otel-genai` reads is declared; the rest is passed over.
 *
 * Source    opentelemetry-proto 1.x, `collector/{trace,logs}/v1`; google.rpc.Status.
 */
import protobuf from 'protobufjs'
import { type Fields, fieldsOf, listOf } from './fields.ts'
import { DOCUMENT_BYTES_MAX, DOCUMENT_PARTS_MAX } from './values.ts'

const { root } = protobuf.parse(`
  syntax = "proto3";

  message TraceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    repeated KeyValue attributes = 9;
    repeated Event events = 11;
    SpanStatus status = 15;
  }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message SpanStatus { string message = 2; int32 code = 3; }

  message LogsRequest { repeated ResourceLogs resource_logs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
  message ScopeLogs { repeated LogRecord log_records = 2; }
  message LogRecord {
    fixed64 time_unix_nano = 1;
    AnyValue body = 5;
    repeated KeyValue attributes = 6;
    bytes trace_id = 9;
    bytes span_id = 10;
    fixed64 observed_time_unix_nano = 11;
    string event_name = 12;
  }

  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
      KeyValueList kvlist_value = 6;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }

  message TraceAnswer { PartialTraces partial_success = 1; }
  message PartialTraces { int64 rejected_spans = 1; string error_message = 2; }
  message LogsAnswer { PartialLogs partial_success = 1; }
  message PartialLogs { int64 rejected_log_records = 1; string error_message = 2; }
  message Status { string message = 2; }
`)
root.resolveAll()

type Message = 'TraceRequest' | 'LogsRequest' | 'TraceAnswer' | 'LogsAnswer' | 'Status'

/** The request would take more memory than a request may. */
export class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLarge'
}

/**
 * A request as JSON would have it: 64-bit numbers are texts, ids hexadecimal. Throws where it is none, and
 * RequestTooLarge where it is longer or has more messages than a document may.
 */
export function requestOf(message: Message, bytes: Uint8Array): Fields {
  const type = root.lookupType(message)
  checkSize(type, bytes)
  const document = type.toObject(type.decode(bytes), { longs: String })
  for (const record of recordsIn(document)) {
    for (const name of ['traceId', 'spanId', 'parentSpanId']) {
      const id = record[name]
      if (Buffer.isBuffer(id)) record[name] = id.toString('hex')
    }
  }
  return document
}

/** Counts the messages before anything is made of them: two bytes are enough for one, which then takes 200. */
function checkSize(outermost: protobuf.Type, bytes: Uint8Array): void {
  if (bytes.length > DOCUMENT_BYTES_MAX) {
    throw new RequestTooLarge(`expected at most ${DOCUMENT_BYTES_MAX} bytes, got more`)
  }
  const reader = protobuf.Reader.create(bytes)
  const open = [{ type: outermost, end: bytes.length }]
  for (let parts = 0; open.length > 0; ) {
    const { type, end } = open.at(-1)! // the loop's condition
    if (reader.pos >= end) {
      open.pop()
      continue
    }
    const tag = reader.uint32()
    const inner = type.fieldsById[tag >>> 3]?.resolvedType
    if (!(inner instanceof protobuf.Type) || (tag & 7) !== LENGTH_DELIMITED) {
      reader.skipType(tag & 7)
      continue
    }
    if (++parts > DOCUMENT_PARTS_MAX) {
      throw new RequestTooLarge(`expected at most ${DOCUMENT_PARTS_MAX} messages, got more`)
    }
    const length = reader.uint32()
    open.push({ type: inner, end: reader.pos + length })
  }
}
/** The wire type of a message within another. */
const LENGTH_DELIMITED = 2

/** What is answered, from what it would be in JSON. */
export function answerBytes(message: Message, answer: Fields): Buffer {
  const type = root.lookupType(message)
  return Buffer.from(type.encode(type.fromObject(answer)).finish())
}

/** The spans or the log records of a document. */
export function* recordsIn(document: Fields): Generator<Record<string, unknown>> {
  for (const ofResource of listOf(document.resourceSpans ?? document.resourceLogs)) {
    const { scopeSpans, scopeLogs } = fieldsOf(ofResource)
    for (const ofScope of listOf(scopeSpans ?? scopeLogs)) {
      const { spans, logRecords } = fieldsOf(ofScope)
      for (const record of listOf(spans ?? logRecords)) yield fieldsOf(record)
    }
  }
}
