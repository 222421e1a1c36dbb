import { generateKeyPairSync } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, expect, it } from 'vitest'
import { publishedKeysOf } from '../../../src/cli/published-keys.ts'
import { parseConfig } from '../../../src/config.ts'
import { openSink } from '../../../src/sinks/index.ts'
import { startHttpCase } from '../../sinks/cases.ts'
import { anAlert } from '../../sinks/receiver.ts'
import { serve } from '../serve.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const newKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey

async function publish(sinks: readonly object[]) {
  const warned: string[] = []
  const log = { warn: (_facts: object, said: string) => warned.push(said) }
  const keys = await publishedKeysOf(parseConfig({ sinks }), log as never)
  const served = await serve({ publishedKeys: keys })
  closers.push(() => served.server.close())
  return { base: served.base, warned }
}

it('a receiver verifies what a sink has sent by the keys published here', async () => {
  const played = await startHttpCase('caep')
  const sink = openSink(played.config)
  closers.push(
    () => played.close(),
    () => sink.close(),
  )
  const other = { ...played.config, name: 'other', privateKey: newKey() }
  const again = { ...played.config, name: 'again' }
  const { base } = await publish([other, played.config, again, { type: 'file', path: 'a' }])
  await sink.send(anAlert(), { number: 1 })
  const [sent] = played.alerts()
  const url = new URL('/.well-known/jwks.json', base)
  const { payload } = await jwtVerify(sent!.body, createRemoteJWKSet(url), {
    ...{ issuer: 'https://perimeter.example', audience: 'https://idp.example/caep' },
    typ: 'secevent+jwt',
  })
  expect(payload.txn).toBe(anAlert().id)

  const response = await fetch(url)
  expect(response.headers.get('cache-control')).toBe('public, max-age=3600')
  expect(response.headers.get('content-type')).toContain('application/jwk-set+json')
  const { keys } = (await response.json()) as { keys: object[] }
  expect(keys.map((key) => Object.keys(key).sort())).toEqual(
    Array(2).fill(['alg', 'e', 'kid', 'kty', 'n', 'use']),
  )
  const about = await fetch(new URL('/.well-known/ssf-configuration', base))
  expect(await about.json()).toEqual({
    spec_version: '1_0',
    issuer: 'https://perimeter.example',
    jwks_uri: 'https://perimeter.example/.well-known/jwks.json',
    delivery_methods_supported: ['urn:ietf:rfc:8935'],
  })
})

it('without a key to be had none is published, and with two names there is no one transmitter', async () => {
  const caep = { ...(await startCaep()), privateKey: { env: 'NOT_SET_HERE' } }
  const { base, warned } = await publish([caep])
  expect(warned).toEqual(['its public key is not published here'])
  expect(await (await fetch(`${base}/.well-known/jwks.json`)).json()).toEqual({ keys: [] })
  expect((await fetch(`${base}/.well-known/ssf-configuration`)).status).toBe(404)
  const [one, two] = [
    { privateKey: newKey() },
    { privateKey: newKey(), name: 'b', issuer: 'https://b.example' },
  ]
  const several = await publish([
    { ...caep, ...one },
    { ...caep, ...two },
  ])
  expect((await fetch(`${several.base}/.well-known/ssf-configuration`)).status).toBe(404)
})

async function startCaep() {
  const played = await startHttpCase('caep')
  closers.push(() => played.close())
  return played.config
}
