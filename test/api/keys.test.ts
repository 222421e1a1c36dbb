import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createKeyRing,
  hashKey,
  isAllowed,
  keySchema,
  presentedKey,
  roles,
} from '../../src/api/keys.ts'

const key = randomBytes(24).toString('base64url')

describe('a key ring', () => {
  it('knows a key by its hash, or by the variable that holds it', () => {
    const ring = createKeyRing(
      [
        { name: 'a', role: 'ingest', hash: hashKey('one') },
        { name: 'b', role: 'admin', env: 'KEY', tenant: 't', format: 'ocsf' },
      ],
      { KEY: key },
    )
    expect(ring.holderOf('one')).toEqual({ name: 'a', role: 'ingest' })
    expect(ring.holderOf(key)).toEqual({ name: 'b', role: 'admin', tenant: 't', format: 'ocsf' })
    for (const wrong of ['', 'One', `${key} `, key.slice(1), hashKey('one'), 'x'.repeat(10_000)]) {
      expect(ring.holderOf(wrong)).toBeUndefined()
    }
  })

  it('hashes as sha256sum does', () => {
    const digest = '2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683'
    expect(hashKey('key')).toBe(`sha256:${digest}`)
  })

  it.each([undefined, '', 'short', `${key} with spaces`])('refuses the key %s, unseen', (held) => {
    const build = () => createKeyRing([{ name: 'a', role: 'ingest', env: 'KEY' }], { KEY: held })
    expect(build).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    if (held) expect(build).not.toThrow(held)
  })

  it('is configured by a hash or by a variable, never by a key', () => {
    const base = { name: 'a', role: 'ingest' }
    expect(keySchema.safeParse({ ...base, env: 'KEY' }).success).toBe(true)
    expect(keySchema.safeParse({ ...base, hash: hashKey(key) }).success).toBe(true)
    for (const change of [{}, { hash: key }, { key }, { env: 'K', hash: hashKey(key) }]) {
      expect(keySchema.safeParse({ ...base, ...change }).success).toBe(false)
    }
  })
})

it('roles: each may do what the one before may, and only ingest and admin send', () => {
  const table = roles.map((role) => roles.filter((needed) => isAllowed(role, needed)))
  expect(table).toEqual([
    ['ingest'],
    ['reader'],
    ['reader', 'analyst'],
    ['ingest', 'reader', 'analyst', 'admin'],
  ])
})

it('a key is presented as a bearer, in X-API-Key, or as Firehose does', () => {
  expect(presentedKey({ 'x-amz-firehose-access-key': 'abc' })).toBe('abc')
  expect(presentedKey({ authorization: 'Bearer abc' })).toBe('abc')
  expect(presentedKey({ authorization: 'bearer  abc ' })).toBe('abc')
  expect(presentedKey({ 'x-api-key': 'abc' })).toBe('abc')
  expect(presentedKey({ authorization: 'Basic abc', 'x-api-key': 'k' })).toBe('k')
  for (const headers of [{}, { authorization: 'Bearer' }, { 'x-api-key': '' }]) {
    expect(presentedKey(headers)).toBeUndefined()
  }
})
