/** The gate of the engine: whatever arrives becomes an event here, or is refused with a reason. */
import {
  ERROR_LENGTH_MAX,
  type Event,
  eventSchema,
  GRANTED_MAX,
  ID_LENGTH_MAX,
  NAME_LENGTH_MAX,
  RESOURCE_LENGTH_MAX,
} from './event.ts'
import { instantOf } from './instant.ts'
import { EVENT_BYTES_MAX, inspectExtras } from './limits.ts'
import { type Refusal, refusalOf } from './refusal.ts'

export type Parsed = { readonly event: Event } | { readonly reject: Refusal }

type Fields = Record<string, unknown>

/**
 * Turns a parsed JSON value into an event, or says why it is none.
 *
 * The value is consumed: the defaults and `atMs` are set on the very object given, and what it
 * carries beyond the schema stays on it. A hand-written check accepts what is plainly valid in a
 * fraction of the time the schema takes; everything else the schema decides.
 *
 * @param sizeBytes length of the event's JSON text where the caller knows it. Without it the size
 *   is estimated, and only for events that carry more than the schema names.
 */
export function parseEvent(value: unknown, sizeBytes = UNKNOWN): Parsed {
  const reject = makeEvent(value, sizeBytes)
  return reject === undefined ? { event: value as Event } : { reject }
}

/** As `parseEvent`, without a wrapping: where nothing is answered, the value is an `Event` now. */
export function makeEvent(value: unknown, sizeBytes: number): Refusal | undefined {
  let surplus = UNCLEAR
  let atMs: number | undefined
  if (isFields(value)) {
    const time = value.time
    if (typeof time === 'string' || typeof time === 'number') atMs = instantOf(time)
    if (atMs !== undefined) surplus = surplusOf(value)
  }
  if (surplus === UNCLEAR || atMs === undefined) {
    const parsed = eventSchema.safeParse(value)
    // A readable time is part of being valid, so the second condition only satisfies the compiler.
    if (!parsed.success || atMs === undefined) return refusalOf(parsed.error?.issues ?? [], value)
  }
  const event = value as Fields
  if (surplus !== 0 || sizeBytes > EVENT_BYTES_MAX) {
    const reject = inspectExtras(event, sizeBytes)
    if (reject !== undefined) return reject
  }
  if (event.tenant === undefined) event.tenant = 'default'
  if (event.outcome === undefined) event.outcome = 'success'
  event.atMs = atMs
  return undefined
}

/** The caller does not know how long the event's text was. */
const UNKNOWN = -1
/** Not plainly valid: the schema decides, and may still accept it. */
const UNCLEAR = -1
/** Most scopes of a list that cannot make an event too large, whatever they are. */
const GRANTED_SHORT = 32

/**
 * How many keys an event has beyond those the schema names, or `UNCLEAR`. Its time is not looked at.
 *
 * Keys are gone through as they come rather than asked for by name: events have dozens of shapes,
 * and V8 walks the key list that all objects of one shape share without looking anything up.
 */
function surplusOf(event: Fields): number {
  let required = 0
  let surplus = 0
  for (const key in event) {
    const child = event[key]
    if (child === undefined) continue
    switch (key) {
      case 'id':
      case 'action':
        if (!isText(child, ID_LENGTH_MAX)) return UNCLEAR
        required++
        break
      case 'time':
        break
      case 'agent': {
        const extras = isFields(child) ? agentSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        required++
        break
      }
      case 'resource': {
        const extras = isFields(child) ? resourceSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        required++
        break
      }
      case 'volume': {
        const extras = isFields(child) ? volumeSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        break
      }
      case 'source': {
        const extras = isFields(child) ? sourceSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        break
      }
      case 'trigger': {
        const extras = isFields(child) ? triggerSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        break
      }
      case 'permission': {
        const extras = isFields(child) ? permissionSurplus(child) : UNCLEAR
        if (extras < 0) return UNCLEAR
        surplus += extras
        break
      }
      case 'session':
      case 'onBehalfOf':
      case 'tenant':
        if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
        break
      case 'outcome':
        if (child !== 'success' && child !== 'failure' && child !== 'denied') return UNCLEAR
        break
      case 'error':
        if (typeof child !== 'string' || child.length > ERROR_LENGTH_MAX) return UNCLEAR
        break
      default:
        surplus++
    }
  }
  return required === 4 ? surplus : UNCLEAR
}

// Each of these answers how many keys a group has beyond its own, or `UNCLEAR`.

function agentSurplus(agent: Fields): number {
  let required = 0
  let surplus = 0
  for (const key in agent) {
    const child = agent[key]
    if (child === undefined) continue
    switch (key) {
      case 'id':
        required++
        if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
        break
      case 'name':
      case 'blueprint':
      case 'version':
      case 'model':
      case 'sponsor':
        if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
        break
      default:
        surplus++
    }
  }
  return required === 1 ? surplus : UNCLEAR
}

function resourceSurplus(resource: Fields): number {
  let required = 0
  let surplus = 0
  for (const key in resource) {
    const child = resource[key]
    if (child === undefined) continue
    switch (key) {
      case 'id':
        required++
        if (!isText(child, RESOURCE_LENGTH_MAX)) return UNCLEAR
        break
      case 'type':
      case 'sensitivity':
        if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
        break
      default:
        surplus++
    }
  }
  return required === 1 ? surplus : UNCLEAR
}

function volumeSurplus(volume: Fields): number {
  let surplus = 0
  for (const key in volume) {
    const child = volume[key]
    if (child === undefined) continue
    if (key !== 'bytes' && key !== 'records') surplus++
    else if (!(typeof child === 'number' && child >= 0 && child < Infinity)) return UNCLEAR
  }
  return surplus
}

function sourceSurplus(source: Fields): number {
  let surplus = 0
  for (const key in source) {
    const child = source[key]
    if (child === undefined) continue
    switch (key) {
      case 'ip':
      case 'asn':
      case 'country':
        if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
        break
      case 'userAgent':
        if (!isText(child, RESOURCE_LENGTH_MAX)) return UNCLEAR
        break
      default:
        surplus++
    }
  }
  return surplus
}

function triggerSurplus(trigger: Fields): number {
  let surplus = 0
  for (const key in trigger) {
    const child = trigger[key]
    if (child === undefined) continue
    if (key !== 'kind' && key !== 'id' && key !== 'digest') surplus++
    else if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
  }
  return surplus
}

/** A long list of scopes counts as an extra, so that its size is looked at. */
function permissionSurplus(permission: Fields): number {
  let surplus = 0
  for (const key in permission) {
    const child = permission[key]
    if (child === undefined) continue
    if (key === 'used') {
      if (!isText(child, NAME_LENGTH_MAX)) return UNCLEAR
    } else if (key === 'granted') {
      if (!Array.isArray(child) || child.length > GRANTED_MAX) return UNCLEAR
      for (const scope of child) if (!isText(scope, NAME_LENGTH_MAX)) return UNCLEAR
      if (child.length > GRANTED_SHORT) surplus++
    } else surplus++
  }
  return surplus
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, lengthMax: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= lengthMax
}
