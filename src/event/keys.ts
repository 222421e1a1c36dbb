/** The keys of an event: everything of it that can be familiar or new, hashed once. */
import { FOLD_START, foldUnit, keyOf, keyOfFold, pairKey, unitAt } from '../math/hash.ts'
import type { Event } from './event.ts'

/** 0 where the event does not say. */
export interface EventKeys {
  readonly action: number
  /** The resource itself. */
  readonly resource: number
  /** What the resource lies in: its id up to the last `/`, or its type where it has no hierarchy. */
  readonly container: number
  /** The first part of the resource's id: bucket, site, application. */
  readonly area: number
  /** This action in this area. */
  readonly use: number
  readonly sensitivity: number
  readonly ip: number
  /** The address's neighbourhood: /16 of IPv4, the first three groups of IPv6. */
  readonly network: number
  readonly asn: number
  readonly country: number
  /** The client without its version numbers. */
  readonly client: number
  readonly permission: number
  /** What kind of thing set the agent off, with the action it led to. */
  readonly trigger: number
  readonly user: number
  /** How the action ended. */
  readonly outcome: number
}

const OUTCOMES = { success: 2, failure: 3, denied: 4 } as const

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

export function blankKeys(): Mutable<EventKeys> {
  return {
    action: 0,
    resource: 0,
    container: 0,
    area: 0,
    use: 0,
    sensitivity: 0,
    ip: 0,
    network: 0,
    asn: 0,
    country: 0,
    client: 0,
    permission: 0,
    trigger: 0,
    user: 0,
    outcome: 0,
  }
}

/** The keys of an event, written over `into`. */
export function keysOf(event: Event, into = blankKeys()): EventKeys {
  const { resource, source, trigger } = event
  const action = keyOf(event.action)
  const type = optional(resource.type)

  // The keys of what the resource lies in are those of beginnings of its id: one pass finds all.
  const { id } = resource
  let fold = FOLD_START
  let area = type
  let container = type
  let isNested = false
  let hasScheme = false
  let countsFrom = 1 // slashes before are part of the first name
  for (let at = 0; at < id.length; at++) {
    const unit = unitAt(id, at)
    if (unit === SLASH && at >= countsFrom) {
      if (!hasScheme && isSchemeEnd(id, at)) {
        hasScheme = true
        countsFrom = at + 2
        isNested = false
      } else {
        container = fold
        if (!isNested) area = fold
        isNested = true
      }
    }
    fold = foldUnit(fold, unit)
  }
  area = isNested ? keyOfFold(area) : type
  container = isNested ? keyOfFold(container) : type

  into.action = action
  into.resource = keyOfFold(fold)
  into.container = container
  into.area = area
  into.use = pairKey(action, area)
  into.sensitivity = optional(resource.sensitivity)
  into.ip = optional(source?.ip)
  into.network = source?.ip === undefined ? 0 : networkKey(source.ip)
  into.asn = optional(source?.asn)
  into.country = optional(source?.country)
  into.client = source?.userAgent === undefined ? 0 : clientKey(source.userAgent)
  into.permission = optional(event.permission?.used)
  into.trigger = trigger?.kind === undefined ? 0 : pairKey(keyOf(trigger.kind), action)
  into.user = optional(event.onBehalfOf)
  into.outcome = OUTCOMES[event.outcome]
  return into
}

const SLASH = 47
const COLON = 58

/** Whether the slash at `at` is the first of a `://`. */
function isSchemeEnd(id: string, at: number): boolean {
  return unitAt(id, at - 1) === COLON && at + 1 < id.length && unitAt(id, at + 1) === SLASH
}

/** The names behind a resource's keys, as a reader would write them. */
export function containerName(event: Event): string {
  const last = lastSlash(event.resource.id)
  return last > 0 ? event.resource.id.slice(0, last) : (event.resource.type ?? '')
}

export function areaName(event: Event): string {
  const first = firstSlash(event.resource.id)
  return first > 0 ? event.resource.id.slice(0, first) : (event.resource.type ?? '')
}

/** Where the first part of an id ends: `s3://bucket/key` and `https://host/x` keep their host. */
function firstSlash(id: string): number {
  const scheme = id.indexOf('://')
  return id.indexOf('/', scheme < 0 ? 1 : scheme + 3)
}

/** Where what a resource lies in ends; −1 for a bare host, whose slashes are its scheme's. */
function lastSlash(id: string): number {
  const scheme = id.indexOf('://')
  const last = id.lastIndexOf('/')
  return scheme >= 0 && last < scheme + 3 ? -1 : last
}

function optional(text: string | undefined): number {
  return text === undefined ? 0 : keyOf(text)
}

function networkKey(ip: string): number {
  const bare = ip.startsWith(MAPPED) && ip.includes('.') ? ip.slice(MAPPED.length) : ip
  return keyOf(bare, networkEnd(bare))
}

const MAPPED = '::ffff:' // an IPv4 address in IPv6 clothes

function networkEnd(ip: string): number {
  const separator = ip.includes('.') ? '.' : ':'
  let end = -1
  for (let part = separator === ':' ? 3 : 2; part > 0; part--) {
    const next = ip.indexOf(separator, end + 1)
    if (next < 0) return ip.length
    end = next
  }
  return end
}

const DIGIT_0 = 48
const DIGIT_9 = 57

/** A user agent's key without its digits, so that a new version is not a new client. */
function clientKey(userAgent: string): number {
  let fold = FOLD_START
  for (let at = 0; at < userAgent.length; at++) {
    const unit = unitAt(userAgent, at)
    if (unit < DIGIT_0 || unit > DIGIT_9) fold = foldUnit(fold, unit)
  }
  return pairKey(fold, 1)
}
