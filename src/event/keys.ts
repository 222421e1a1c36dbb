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
  /** What kind of thing set the agent off, with the action it led to; to name none is a kind too. */
  readonly trigger: number
  readonly user: number
  /** How the action ended. */
  readonly outcome: number
  /** The agent that set it off; 0 where none did. */
  readonly caller: number
  /** Version and model of the agent. */
  readonly release: number
}

const NOWHERE: NonNullable<Event['source']> = {}
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
    caller: 0,
    release: 0,
  }
}

/** The keys of an event, written over `into`; that of its release is 0 where it is not asked for. */
export function keysOf(event: Event, into = blankKeys(), isReleaseAsked = true): EventKeys {
  const { permission, trigger } = event
  const { id, type: kind, sensitivity } = event.resource
  const { ip, asn, country, userAgent } = event.source ?? NOWHERE
  const action = keyOf(event.action)
  const type = optional(kind)

  // The keys of what the resource lies in are those of beginnings of its id: one pass finds all.
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
  into.sensitivity = optional(sensitivity)
  into.ip = 0
  into.network = 0
  if (ip !== undefined) writeAddress(ip, into)
  into.asn = optional(asn)
  into.country = optional(country)
  into.client = userAgent === undefined ? 0 : clientKey(userAgent)
  into.permission = optional(permission?.used)
  into.trigger = pairKey(trigger?.kind === undefined ? 1 : keyOf(trigger.kind), action)
  into.user = optional(event.onBehalfOf)
  into.outcome = OUTCOMES[event.outcome]
  into.caller = trigger?.kind === 'agent' ? optional(trigger.id) : 0
  into.release = isReleaseAsked ? releaseKey(event.agent) : 0
  return into
}

function releaseKey({ version, model }: Event['agent']): number {
  const isNamed = version !== undefined || model !== undefined
  return isNamed ? pairKey(optional(version), optional(model)) : 0
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

/** Writes the keys of an address and of its neighbourhood, which is a beginning of it: one pass. */
function writeAddress(ip: string, into: Mutable<EventKeys>): void {
  let whole = FOLD_START
  let at = 0
  if (unitAt(ip, 0) === COLON && ip.startsWith(MAPPED) && ip.includes('.')) {
    for (; at < MAPPED.length; at++) whole = foldUnit(whole, unitAt(ip, at))
  }
  let fold = FOLD_START
  let toDot = fold
  let toColon = fold
  let dots = 0
  let colons = 0
  for (; at < ip.length; at++) {
    const unit = unitAt(ip, at)
    if (unit === DOT && ++dots === DOTS) toDot = fold
    else if (unit === COLON && ++colons === COLONS) toColon = fold
    whole = foldUnit(whole, unit)
    fold = foldUnit(fold, unit)
  }
  into.ip = keyOfFold(whole)
  if (dots > 0) into.network = keyOfFold(dots < DOTS ? fold : toDot)
  else into.network = keyOfFold(colons < COLONS ? fold : toColon)
}

const DOT = 46
const MAPPED = '::ffff:' // an IPv4 address in IPv6 clothes
/** How many parts a neighbourhood has. */
const DOTS = 2
const COLONS = 3

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
