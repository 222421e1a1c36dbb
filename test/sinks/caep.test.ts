import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { caep, publicKeyOf } from '../../src/sinks/caep.ts'
import { openSink } from '../../src/sinks/index.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(change: object = {}, answer?: Parameters<typeof startHttpCase>[1]) {
  const played = await startHttpCase('caep', answer)
  const config = { ...played.config, ...change }
  const sink = openSink(config)
  opened.push(played, sink)
  return { played, sink, config: caep.schema.parse(config) }
}
const RISK_LEVEL_CHANGE = 'https://schemas.openid.net/secevent/caep/event-type/risk-level-change'

describe('a security event token', () => {
  it('verifies with the published key set, for its audience and no other', async () => {
    const { sink, played, config } = await open()
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    const { body, headers } = played.alerts()[0]!
    expect(headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
    })
    const jwks = { keys: [await publicKeyOf(config)] }
    expect(Object.keys(jwks.keys[0]!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    const keys = createLocalJWKSet(jwks)
    const issuer = 'https://perimeter.example'
    const verified = await jwtVerify(body, keys, { issuer, audience: 'https://idp.example/caep' })
    expect(decodeProtectedHeader(body)).toEqual({
      typ: 'secevent+jwt',
      alg: 'RS256',
      kid: jwks.keys[0]!.kid,
    })
    // RFC 8417: neither says anything about an event.
    expect(verified.payload).not.toHaveProperty('sub')
    expect(verified.payload).not.toHaveProperty('exp')
    expect(verified.payload.iat).toBeGreaterThan(1_700_000_000)
    await expect(jwtVerify(body, keys, { audience: 'another' })).rejects.toThrow(/aud/)
    const other = openOther()
    const others = createLocalJWKSet({ keys: [await publicKeyOf(other)] })
    await expect(jwtVerify(body, others)).rejects.toThrow()
  })

  it('names the agent as its issuer does, or opaquely', async () => {
    const claims = async (change: object) => {
      const { sink, played } = await open(change)
      await sink.send(anAlert({ severity: 'medium' }), { number: 1 })
      return JSON.parse(
        Buffer.from(played.alerts()[0]!.body.split('.')[1]!, 'base64url').toString(),
      )
    }
    const named = await claims({})
    expect(named.sub_id).toEqual({
      format: 'iss_sub',
      iss: 'https://login.example/v2.0',
      sub: 'invoice-bot',
    })
    expect(named.events).toEqual({
      [RISK_LEVEL_CHANGE]: {
        event_timestamp: 1777775467,
        initiating_entity: 'policy',
        principal: 'APPLICATION',
        current_level: 'MEDIUM',
        risk_reason: 'volume-spike',
        reason_admin: { en: 'invoice-bot read 4,112 mailboxes, usually 3 to 9 an hour' },
      },
    })
    const opaque = await claims({ agentIssuer: undefined })
    expect(opaque.sub_id).toEqual({ format: 'opaque', id: 'invoice-bot' })
  })
})

it('says what the receiver did not like', async () => {
  const said = '{"err":"invalid_audience","description":"not ours"}'
  const { sink } = await open({}, (_, response) => response.writeHead(400).end(said))
  expect(await sink.send(anAlert(), { number: 1 })).toEqual({
    kind: 'refused',
    reason: `HTTP 400: ${said}`,
    isOfContent: true,
  })
})

it('takes no key that the profile does not', async () => {
  const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' } } as const
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const
  const small = generateKeyPairSync('rsa', { modulusLength: 1_024, ...pem, privateKeyEncoding })
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem, privateKeyEncoding })
  const broken = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'
  const problem = (privateKey: string) => () => openSink({ ...openOther(), privateKey })
  expect(problem(small.privateKey)).toThrow(/RSA key of 2048 bits or more/)
  expect(problem(curve.privateKey)).toThrow(/RSA key of 2048 bits or more/)
  expect(problem(broken)).toThrow(/cannot be read as a key/)
  expect(problem('secret')).toThrow(/expected a private key \(PEM\)/)
})

function openOther() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const who = { url: 'https://idp.example/e', issuer: 'https://p.example', audience: 'a' }
  return caep.schema.parse({ type: 'caep', ...who, privateKey })
}
