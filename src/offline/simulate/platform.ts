/** Platforms: the systems that write the events, each with its own idea of an identifier and of time. */
import type { Random } from '../../math/random.ts'

export interface Platform {
  readonly name: string
  readonly id: 'uuid' | 'hex' | 'ulid' | 'short'
  readonly time: 'millis' | 'seconds' | 'epoch' | 'offset'
  /** Fields that this platform never writes. */
  readonly omits: ReadonlySet<Field>
  /** Seconds from happening to arrival: the median, its spread, and how often batches are shipped. */
  readonly delayS: number
  readonly delaySigma: number
  readonly batchS: number
}

export type Field =
  | 'name'
  | 'blueprint'
  | 'version'
  | 'model'
  | 'sponsor'
  | 'onBehalfOf'
  | 'bytes'
  | 'records'
  | 'ip'
  | 'asn'
  | 'country'
  | 'userAgent'
  | 'session'
  | 'trigger'
  | 'digest'
  | 'granted'
  | 'scope'
  | 'sensitivity'
  | 'type'

const omits = (...fields: Field[]): ReadonlySet<Field> => new Set(fields)

/** The company's agent runtime: tells nearly all. */
export const runtime: Platform = {
  name: 'runtime',
  id: 'ulid',
  time: 'millis',
  omits: omits('asn', 'sponsor'),
  delayS: 1.5,
  delaySigma: 0.6,
  batchS: 0,
}

/** An office suite's unified audit: seconds only, shipped in batches, now and then very late. */
export const suite: Platform = {
  name: 'suite',
  id: 'uuid',
  time: 'seconds',
  omits: omits('bytes', 'digest', 'granted', 'model', 'version', 'asn'),
  delayS: 90,
  delaySigma: 0.9,
  batchS: 300,
}

/** A cloud provider's trail: no session, no trigger, no person. */
export const trail: Platform = {
  name: 'trail',
  id: 'hex',
  time: 'seconds',
  omits: omits('session', 'trigger', 'digest', 'onBehalfOf', 'model', 'granted', 'sensitivity'),
  delayS: 120,
  delaySigma: 0.7,
  batchS: 300,
}

/** Traces of an agent framework: epoch time, no address. */
export const traces: Platform = {
  name: 'traces',
  id: 'hex',
  time: 'epoch',
  omits: omits('ip', 'asn', 'country', 'userAgent', 'granted', 'sensitivity', 'sponsor'),
  delayS: 5,
  delaySigma: 0.8,
  batchS: 10,
}

/** A gateway in front of tools: sees addresses and sizes, but not blueprints or records. */
export const gateway: Platform = {
  name: 'gateway',
  id: 'short',
  time: 'offset',
  omits: omits('blueprint', 'records', 'name', 'sensitivity', 'type', 'version', 'sponsor'),
  delayS: 0.8,
  delaySigma: 0.5,
  batchS: 0,
}

/** An old script host: little more than who did what. */
export const scripts: Platform = {
  name: 'scripts',
  id: 'uuid',
  time: 'millis',
  omits: omits(
    'name',
    'version',
    'model',
    'sponsor',
    'asn',
    'country',
    'userAgent',
    'session',
    'digest',
    'granted',
    'scope',
    'sensitivity',
  ),
  delayS: 20,
  delaySigma: 1,
  batchS: 60,
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new identifier; nothing in it tells of its making but, in a ULID, the time. */
export function makeId(platform: Platform, atMs: number, rng: Random): string {
  switch (platform.id) {
    case 'hex':
      return rng.hex(16)
    case 'uuid': {
      const digits = rng.hex(32)
      const variant = '89ab'[rng.integer(0, 3)]
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`
    }
    case 'ulid':
      return spell(atMs, 10, CROCKFORD) + letters(rng, 16, CROCKFORD)
    case 'short':
      return `req_${letters(rng, 15, BASE_62)}`
  }
}

/** The time as the platform writes it. Offsets are those of a log shipper in central Europe. */
export function writeTime(platform: Platform, atMs: number): string | number {
  switch (platform.time) {
    case 'epoch':
      return Math.floor(atMs)
    case 'millis':
      return new Date(atMs).toISOString()
    case 'seconds':
      return `${new Date(atMs).toISOString().slice(0, 19)}Z`
    case 'offset':
      return `${new Date(atMs + 3_600_000).toISOString().slice(0, 23)}000+01:00`
  }
}

function spell(value: number, length: number, alphabet: string): string {
  let text = ''
  let left = Math.floor(value)
  for (let i = 0; i < length; i++) {
    text = alphabet[left % alphabet.length]! + text
    left = Math.floor(left / alphabet.length)
  }
  return text
}

/** Up to five letters are taken from each draw. */
function letters(rng: Random, length: number, alphabet: string): string {
  let text = ''
  let left = 0
  for (let i = 0; i < length; i++) {
    if (i % 5 === 0) left = rng.u32()
    text += alphabet[left % alphabet.length]!
    left = Math.floor(left / alphabet.length)
  }
  return text
}
