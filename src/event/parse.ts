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
    if (!parsed.success || atMs === undefined) {
      return { reject: refusalOf(parsed.error?.issues ?? [], value) }
    }
  }
  const event = value as Fields
  if (surplus !== 0 || sizeBytes > EVENT_BYTES_MAX) {
    const reject = inspectExtras(event, sizeBytes)
    if (reject !== undefined) return { reject }
  }
  if (event.tenant === undefined) event.tenant = 'default'
  if (event.outcome === undefined) event.outcome = 'success'
  event.atMs = atMs
  return { event: value as Event }
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
 * Each group answers how many keys it knows; what is there beyond them are the extras.
 */
function surplusOf(value: Fields): number {
  const { id, tenant, agent, action, resource, outcome, error } = value
  const { onBehalfOf, session, volume, source, trigger, permission } = value
  if (
    !isText(id, ID_LENGTH_MAX) ||
    !isText(action, ID_LENGTH_MAX) ||
    !isNameOrAbsent(tenant) ||
    !isNameOrAbsent(onBehalfOf) ||
    !isNameOrAbsent(session) ||
    !isOutcomeOrAbsent(outcome) ||
    !(error === undefined || (typeof error === 'string' && error.length <= ERROR_LENGTH_MAX))
  ) {
    return UNCLEAR
  }
  const ofAgent = isFields(agent) ? countKeys(agent) - agentKeys(agent) : UNCLEAR
  const ofResource = isFields(resource) ? countKeys(resource) - resourceKeys(resource) : UNCLEAR
  const ofVolume = surplusWithin(volume, volumeKeys)
  const ofSource = surplusWithin(source, sourceKeys)
  const ofTrigger = surplusWithin(trigger, triggerKeys)
  const ofPermission = surplusWithin(permission, permissionKeys)
  if ((ofAgent | ofResource | ofVolume | ofSource | ofTrigger | ofPermission) < 0) return UNCLEAR
  const known =
    5 + // id, time, agent, action, resource
    present(tenant) +
    present(outcome) +
    present(error) +
    present(onBehalfOf) +
    present(session) +
    present(volume) +
    present(source) +
    present(trigger) +
    present(permission)
  const own = countKeys(value) - known
  return own + ofAgent + ofResource + ofVolume + ofSource + ofTrigger + ofPermission
}

/** The surplus of a group that may be absent. */
function surplusWithin(group: unknown, keysKnown: (group: Fields) => number): number {
  if (group === undefined) return 0
  return isFields(group) ? countKeys(group) - keysKnown(group) : UNCLEAR
}

/** What a group answers that is not valid: more keys than any object has. */
const BROKEN = 0x3fff_ffff

function agentKeys(agent: Fields): number {
  const { id, name, blueprint, version, model, sponsor } = agent
  const isValid =
    isText(id, NAME_LENGTH_MAX) &&
    isNameOrAbsent(name) &&
    isNameOrAbsent(blueprint) &&
    isNameOrAbsent(version) &&
    isNameOrAbsent(model) &&
    isNameOrAbsent(sponsor)
  if (!isValid) return BROKEN
  return (
    1 + present(name) + present(blueprint) + present(version) + present(model) + present(sponsor)
  )
}

function resourceKeys({ id, type, sensitivity }: Fields): number {
  const isValid =
    isText(id, RESOURCE_LENGTH_MAX) && isNameOrAbsent(type) && isNameOrAbsent(sensitivity)
  return isValid ? 1 + present(type) + present(sensitivity) : BROKEN
}

function volumeKeys({ bytes, records }: Fields): number {
  const isValid = isAmountOrAbsent(bytes) && isAmountOrAbsent(records)
  return isValid ? present(bytes) + present(records) : BROKEN
}

function sourceKeys({ ip, asn, country, userAgent }: Fields): number {
  const isValid =
    isNameOrAbsent(ip) &&
    isNameOrAbsent(asn) &&
    isNameOrAbsent(country) &&
    (userAgent === undefined || isText(userAgent, RESOURCE_LENGTH_MAX))
  return isValid ? present(ip) + present(asn) + present(country) + present(userAgent) : BROKEN
}

function triggerKeys({ kind, id, digest }: Fields): number {
  const isValid = isNameOrAbsent(kind) && isNameOrAbsent(id) && isNameOrAbsent(digest)
  return isValid ? present(kind) + present(id) + present(digest) : BROKEN
}

/** A long list of scopes counts as an extra, so that its size is looked at. */
function permissionKeys({ used, granted }: Fields): number {
  if (!isNameOrAbsent(used)) return BROKEN
  if (granted === undefined) return present(used)
  if (!Array.isArray(granted) || granted.length > GRANTED_MAX) return BROKEN
  for (const scope of granted) if (!isText(scope, NAME_LENGTH_MAX)) return BROKEN
  return present(used) + (granted.length <= GRANTED_SHORT ? 1 : 0)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, lengthMax: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= lengthMax
}

function isNameOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value, NAME_LENGTH_MAX)
}

function isAmountOrAbsent(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value >= 0 && value < Infinity)
}

function isOutcomeOrAbsent(value: unknown): boolean {
  return value === undefined || value === 'success' || value === 'failure' || value === 'denied'
}

const present = (value: unknown): number => (value === undefined ? 0 : 1)

/** Nothing is allocated: V8 walks the key list that all objects of one shape share. */
function countKeys(fields: Fields): number {
  let count = 0
  for (const _ in fields) count++
  return count
}
