/** Reading the fields of a foreign record: nothing here throws, and nothing exceeds an event's limits. */
import {
  ERROR_LENGTH_MAX,
  ID_LENGTH_MAX,
  NAME_LENGTH_MAX,
  RESOURCE_LENGTH_MAX,
  timeToMs,
} from '../../event/event.ts'
import { shown } from '../../event/refusal.ts'
import type { Translation } from '../format.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A JSON object, as opposed to an array, a scalar or nothing. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object itself, or an empty one, so that a missing branch reads as missing leaves. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : NO_FIELDS)
const NO_FIELDS: Fields = Object.freeze({})

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A field by its published name, or by that name in lower case, as some log stores rewrite it. */
export function field(record: Fields, name: string): unknown {
  const value = record[name]
  return value === undefined || value === null ? record[name.toLowerCase()] : value
}

/** A text that says something, cut to `lengthMax`; numbers become text; undefined else. */
export function textOf(value: unknown, lengthMax = NAME_LENGTH_MAX): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return undefined
  const text = value.length > lengthMax ? value.slice(0, lengthMax) : value
  return text.trim() === '' ? undefined : text
}

export const nameIn = (record: Fields, name: string): string | undefined =>
  textOf(field(record, name))

export const errorOf = (value: unknown): string | undefined => textOf(value, ERROR_LENGTH_MAX)

export const resourceIdOf = (value: unknown): string | undefined =>
  textOf(value, RESOURCE_LENGTH_MAX)

export const userAgentOf = resourceIdOf

/** An identifier, which is never cut: two that were cut alike would count as one. */
export function idOf(value: unknown, lengthMax = ID_LENGTH_MAX): string | undefined {
  const text = textOf(value, lengthMax + 1)
  return text !== undefined && text.length <= lengthMax ? text : undefined
}

/** A number that is not negative; texts of digits count, as some log stores quote every number. */
export function amountOf(value: unknown): number | undefined {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof amount === 'number' && amount >= 0 && amount < Infinity ? amount : undefined
}

/** A time that a log gives without a zone and means in UTC, as the canonical event wants it. */
export function utcTimeOf(value: unknown): string | undefined {
  const text = textOf(value, 40)
  if (text === undefined) return undefined
  const dateAndClock = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)$/.exec(text)
  return dateAndClock === null ? text : `${dateAndClock[1]}T${dateAndClock[2]}Z`
}

/**
 * A moment in whichever way a log writes it: a date, in UTC where it has no zone; seconds, milliseconds,
 * microseconds or nanoseconds since the epoch, told apart by their size; or a pair of seconds and
 * nanoseconds of a second. Undefined where it is none, or none of our days.
 */
export function momentOf(value: unknown): string | number | undefined {
  if (Array.isArray(value)) {
    const [seconds, nanos] = value as readonly unknown[]
    if (typeof seconds !== 'number' || typeof nanos !== 'number') return undefined
    return validMoment(seconds * 1_000 + nanos / 1_000_000)
  }
  const isNumber = typeof value === 'number' || /^\d+(?:\.\d+)?$/.test(textOf(value, 40) ?? '')
  if (!isNumber) {
    const text = utcTimeOf(value)
    return text === undefined ? undefined : validMoment(text)
  }
  for (const perMs of [1_000_000, 1_000, 1, 0.001]) {
    // To the microsecond, which is as exact as a number can hold nanoseconds of our days.
    const moment = validMoment(Math.round((Number(value) / perMs) * 1_000) / 1_000)
    if (moment !== undefined) return moment
  }
  return undefined
}

const validMoment = (moment: number | string): number | string | undefined => {
  if (timeToMs(moment) === undefined) return undefined
  return typeof moment === 'number' ? Math.floor(moment) : moment
}

/**
 * The address in a log's client field: without port, brackets, zone or the IPv4-in-IPv6 prefix.
 * Undefined where there is none, such as the name of a service.
 */
export function ipOf(value: unknown): string | undefined {
  let text = textOf(value, 80)?.trim()
  if (text === undefined) return undefined
  if (text.startsWith('[')) text = text.slice(1, text.indexOf(']', 1) >>> 0)
  const mapped = /^(?:::)?ffff:(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/i.exec(text)
  if (mapped !== null) return mapped[1]
  const v4 = /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/.exec(text)
  if (v4 !== null) return v4[1]
  const zone = text.indexOf('%')
  const v6 = (zone === -1 ? text : text.slice(0, zone)).toLowerCase()
  return v6.length <= 45 && v6.includes(':') && /^[0-9a-f:]+(?:\d{1,3}(?:\.\d{1,3}){3})?$/.test(v6)
    ? v6
    : undefined
}

/** `Update user.` → `UpdateUser`: one word, so that dots keep their meaning in an action. */
export function oneWord(text: string | undefined): string {
  return (text ?? '')
    .split(/[^\p{L}\p{N}_-]+/u)
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
}

/** An object that may have come as JSON text, as columns of Log Analytics and claims do. */
export function parsedOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > JSON_TEXT_LENGTH_MAX) return value
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
/** Longest JSON text inside a field that is parsed, in characters: what one line may hold. */
const JSON_TEXT_LENGTH_MAX = 1_048_576

/** An object without the keys that have no value; undefined where none has one. */
export function withoutBlanks<T extends object>(
  fields: T,
): { [K in keyof T]: NonNullable<T[K]> } | undefined {
  let isEmpty = true
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    kept[key] = value
    isEmpty = false
  }
  return isEmpty ? undefined : (kept as { [K in keyof T]: NonNullable<T[K]> })
}

export const skip = (reason: string): Translation => ({ kind: 'skip', reason })

/** A record that should have been ours and lacks something, or has something else in its place. */
export const reject = (path: string, expected: string, came: unknown): Translation => ({
  kind: 'reject',
  path,
  reason: `expected ${expected}, got ${shown(came)}`,
})
