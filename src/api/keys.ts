/** API keys: who may call what. Only their SHA-256 is kept; they are compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { EngineError } from '../errors.ts'

/** A shorter key could be guessed; 24 characters of base64 are 144 bits. */
const KEY_LENGTH_MIN = 24
/** Nothing longer is hashed: a key is a key, not a document. */
const KEY_LENGTH_MAX = 512
const HASH = /^sha256:[0-9a-f]{64}$/

/** `ingest` sends events and reads nothing; each of the others may do what the one before may. */
export const roles = ['ingest', 'reader', 'analyst', 'admin'] as const
export type Role = (typeof roles)[number]

const RANK: Readonly<Record<Role, number>> = { ingest: 0, reader: 1, analyst: 2, admin: 3 }

export const keySchema = z
  .strictObject({
    /** Who holds it, for logs and the audit record. */
    name: z.string().min(1).max(64),
    role: z.enum(roles),
    /** `sha256:` and the hex digest of the key: `printf %s "$KEY" | sha256sum`. */
    hash: z.string().regex(HASH, { error: 'expected sha256: and 64 hex digits' }).optional(),
    /** Instead of `hash`: the environment variable that holds the key itself; hashed at start-up. */
    env: z.string().min(1).max(128).optional(),
    /** Events sent with the key belong to this tenant, whatever they say. @default any tenant */
    tenant: z.string().min(1).max(512).optional(),
    /**
     * The format of what is posted to /v1/events with the key, for shippers that cannot name one
     * themselves; a request that names one is read as that. @default found out for each batch
     */
    format: z.string().min(1).max(64).optional(),
    /**
     * Whether it may also stand in the URL, as `?key=`, for senders that can set no header, such as
     * Pub/Sub. Proxies on the way may log it. @default false
     */
    inUrl: z.boolean().optional(),
  })
  .refine(({ hash, env }) => (hash === undefined) !== (env === undefined), {
    error: 'expected either hash or env',
  })

export type KeyConfig = z.output<typeof keySchema>

/** Who presented a key. */
export interface KeyHolder {
  readonly name: string
  readonly role: Role
  readonly tenant?: string | undefined
  readonly format?: string | undefined
  readonly inUrl?: boolean | undefined
}

export interface KeyRing {
  /** The holder of the presented key, or undefined. Takes as long for every key. */
  holderOf(presented: string): KeyHolder | undefined
}

/** Reads the keys a configuration names. Throws CONFIG_INVALID; never shows a key. */
export function createKeyRing(
  configs: readonly KeyConfig[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): KeyRing {
  const entries = configs.map((config) => {
    const hash = config.hash ?? hashKey(keyFrom(config, env))
    const { name, role, tenant, format, inUrl } = config
    return {
      digest: Buffer.from(hash.slice('sha256:'.length), 'hex'),
      holder: { name, role, tenant, format, inUrl },
    }
  })
  return {
    holderOf(presented) {
      if (presented.length > KEY_LENGTH_MAX) return undefined
      const digest = createHash('sha256').update(presented).digest()
      let found: KeyHolder | undefined
      // Every entry is compared, so that the time does not tell which one it was.
      for (const entry of entries) {
        if (timingSafeEqual(entry.digest, digest)) found ??= entry.holder
      }
      return found
    },
  }
}

/** What a configuration stores in place of the key. */
export function hashKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}

/** Whether a role may do what another is needed for. Only `ingest` and `admin` may send events. */
export function isAllowed(role: Role, needed: Role): boolean {
  if (needed === 'ingest') return role === 'ingest' || role === 'admin'
  return RANK[role] >= RANK[needed]
}

/** The key in `Authorization: Bearer …`, in `X-API-Key`, or where Firehose puts it. */
export function presentedKey(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const { authorization, 'x-api-key': apiKey, 'x-amz-firehose-access-key': accessKey } = headers
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization) : null
  if (bearer !== null) return bearer[1]
  const named = apiKey ?? accessKey
  return typeof named === 'string' && named !== '' ? named : undefined
}

function keyFrom(
  { name, env: variable }: KeyConfig,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const key = env[variable!] // the schema asks for env where there is no hash
  if (key === undefined || key === '') {
    const message = `The API key "${name}" is to come from ${variable}, which is not set.`
    throw new EngineError('CONFIG_INVALID', message)
  }
  if (key.length < KEY_LENGTH_MIN || key.length > KEY_LENGTH_MAX || /\s/.test(key)) {
    const expected = `${KEY_LENGTH_MIN} to ${KEY_LENGTH_MAX} characters without spaces`
    const message = `The API key "${name}" in ${variable} is not usable: expected ${expected}.`
    throw new EngineError('CONFIG_INVALID', message)
  }
  return key
}
