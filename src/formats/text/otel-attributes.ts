/** The attributes of OpenTelemetry as plain values, in whichever way they were written. */
import { type Fields, isFields } from './fields.ts'

/** Deepest nesting of an attribute that is followed. */
const DEPTH_MAX = 8
/** Most attributes of one span; the SDKs' own limit is 128. */
const ATTRIBUTES_MAX = 1_024

/**
 * A list of `{key, value: {stringValue: …}}`, as OTLP has it, or an object of plain values, as consoles
 * and stores have it. Application Insights keeps the object as text.
 */
export function attributesOf(value: unknown): Fields {
  const attributes: Record<string, unknown> = Object.create(null)
  if (Array.isArray(value)) {
    for (const entry of value.slice(0, ATTRIBUTES_MAX)) {
      if (isFields(entry) && typeof entry.key === 'string') {
        attributes[entry.key] = plainOf(entry.value, 0)
      }
    }
  } else {
    const fields = isFields(value) ? value : parsedOf(value)
    for (const [key, child] of Object.entries(fields).slice(0, ATTRIBUTES_MAX)) {
      attributes[key] = child
    }
  }
  return attributes
}

function parsedOf(value: unknown): Fields {
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return {}
  try {
    return JSON.parse(value) as Fields // the bracket makes it an object
  } catch {
    return {}
  }
}

/** An `AnyValue` as JSON would have it. 64-bit integers are written as text or as numbers. */
export function plainOf(value: unknown, depth = 0): unknown {
  if (!isFields(value) || depth > DEPTH_MAX) return undefined
  if (value.stringValue !== undefined) return value.stringValue
  if (value.boolValue !== undefined) return value.boolValue
  if (value.intValue !== undefined) return Number(value.intValue)
  if (value.doubleValue !== undefined) return value.doubleValue
  const { values } = (value.arrayValue ?? value.kvlistValue ?? {}) as Fields
  if (!Array.isArray(values)) return undefined
  if (value.arrayValue !== undefined) return values.map((each) => plainOf(each, depth + 1))
  const fields: Record<string, unknown> = Object.create(null)
  for (const entry of values) {
    if (!isFields(entry) || typeof entry.key !== 'string') continue
    fields[entry.key] = plainOf(entry.value, depth + 1)
  }
  return fields
}
