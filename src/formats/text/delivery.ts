/**
 * The envelopes in which clouds deliver what others wrote: requests of Data Firehose, messages of Pub/Sub,
 * pushed or pulled, events of Event Grid and CloudEvents, and subscriptions of CloudWatch Logs. What is inside
 * may be of any format, or another envelope.
 *
 * Source  "HTTP endpoint delivery request and response specifications", Amazon Data Firehose; "Using
 *         subscription filters", Amazon CloudWatch Logs; "Push subscriptions", Google Cloud Pub/Sub; "Event
 *         Grid event schema", Microsoft Learn; CloudEvents 1.0.2, JSON event format.
 */
import { gunzipSync } from 'node:zlib'
import { type Fields, fieldsOf, isFields, listOf, parsedOf } from './fields.ts'

/** What all that is gathered at a time may unpack to, in bytes: as much as a whole body may. */
export const UNPACKED_BYTES_MAX = 67_108_864
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
/** Types of events that Event Grid sends about a subscription itself. */
const ABOUT_SUBSCRIPTION = /^Microsoft\.EventGrid\.Subscription/

/** One thing out of an envelope: bytes that may hold several records, a value, or why it is neither. */
export type Delivered = { readonly path: string } & (
  | { readonly bytes: Buffer }
  | { readonly value: unknown }
  | { readonly reason: string }
)

/** How much more may be unpacked. */
export interface Room {
  bytesLeft: number
}

/**
 * What a parsed document delivers, or undefined where it is no envelope of a cloud.
 *
 * @param room is taken up by what is unpacked
 * @param keepsEvents leaves CloudEvents and events of Event Grid as they are, for who reads what is around the data
 */
export function deliveredIn(
  document: unknown,
  room: Room,
  keepsEvents: boolean,
): readonly Delivered[] | undefined {
  if (Array.isArray(document)) {
    if (keepsEvents || !isEvent(document[0])) return undefined
    return document.flatMap((each, at) => dataOf(each, room, `$[${at}]`))
  }
  if (!isFields(document)) return undefined
  const { records, message, receivedMessages, logEvents } = document
  if (Array.isArray(records)) return ofFirehose(document, records, room)
  if (isFields(message))
    return isMessage(document, message) ? messages([message], room, pushed) : undefined
  if (Array.isArray(receivedMessages)) {
    return messages(
      receivedMessages.map((each) => fieldsOf(fieldsOf(each).message)),
      room,
      (at) => `$.receivedMessages[${at}].message`,
    )
  }
  if (Array.isArray(logEvents)) return ofCloudWatch(document, logEvents)
  return !keepsEvents && isEvent(document) ? dataOf(document, room, '$') : undefined
}

const pushed = (): string => '$.message'

function isMessage({ subscription }: Fields, message: Fields): boolean {
  if (typeof subscription === 'string') return true
  return typeof message.data === 'string' && (message.messageId ?? message.message_id) !== undefined
}

/** Messages of attributes alone have no data. */
function messages(all: readonly Fields[], room: Room, pathAt: (at: number) => string): Delivered[] {
  return all.flatMap(({ data }, at) =>
    data === undefined || data === '' ? [] : [unpack(data, room, `${pathAt(at)}.data`)],
  )
}

function ofFirehose(
  { requestId }: Fields,
  records: readonly unknown[],
  room: Room,
): readonly Delivered[] | undefined {
  const isOne = typeof requestId === 'string' && records.every((each) => 'data' in fieldsOf(each))
  if (!isOne) return undefined
  return records.map((each, at) => unpack(fieldsOf(each).data, room, `$.records[${at}].data`))
}

/** Each message is text; what CloudWatch says to see whether somebody listens is none of a log. */
function ofCloudWatch(
  { messageType, logGroup }: Fields,
  logEvents: readonly unknown[],
): readonly Delivered[] | undefined {
  if (messageType === 'CONTROL_MESSAGE') return []
  if (messageType === undefined && logGroup === undefined) return undefined
  return logEvents.map((each, at) => ({
    path: `$.logEvents[${at}].message`,
    value: parsedOf(fieldsOf(each).message),
  }))
}

function isEvent(value: unknown): value is Fields {
  if (!isFields(value)) return false
  const { specversion, type, eventType, eventTime, data, data_base64 } = value
  if (data === undefined && data_base64 === undefined) return false
  const isCloudEvent = typeof specversion === 'string' && typeof type === 'string'
  return isCloudEvent || (typeof eventType === 'string' && typeof eventTime === 'string')
}

function dataOf(event: unknown, room: Room, path: string): Delivered[] {
  if (!isEvent(event)) return [{ path, value: event }]
  const { type, eventType, data, data_base64: packed } = event
  if (ABOUT_SUBSCRIPTION.test(String(eventType ?? type))) return []
  if (data === undefined) return [unpack(packed, room, `${path}.data_base64`)]
  // A batch of records may be the data of one event.
  return (Array.isArray(data) ? listOf(data) : [data]).map((each) => ({
    path: `${path}.data`,
    value: parsedOf(each),
  }))
}

/** Undoes base64, and gzip below it. */
function unpack(packed: unknown, room: Room, path: string): Delivered {
  if (typeof packed !== 'string' || !BASE64.test(packed)) {
    return { path, reason: 'expected a record in base64, got something else' }
  }
  const bytes = Buffer.from(packed, 'base64')
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { path, bytes }
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: Math.max(1, room.bytesLeft) })
    room.bytesLeft -= unpacked.length
    return { path, bytes: unpacked }
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const expected = isLarge ? `at most ${UNPACKED_BYTES_MAX} bytes in all` : 'whole gzip'
    return { path, reason: `expected ${expected}, got a record that is not` }
  }
}
