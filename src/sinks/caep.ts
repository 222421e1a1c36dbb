/**
 * CAEP: tells a receiver of Shared Signals that an agent's risk level has changed.
 *
 * Each revision is a Security Event Token of its own, signed with RS256 and pushed; its `jti` is the same
 * at every attempt, and `txn` the same for all revisions of an alert. Receivers verify it with the
 * key set that `perimeter sinks jwks` prints, published under the issuer's name.
 *
 * Source    OpenID Continuous Access Evaluation Profile 1.0 and its interoperability profile; RFC 8417
 *           (SET), RFC 8935 (push), RFC 9493 (subjects).
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { EngineError } from '../errors.ts'
import { openHttpClient } from './http-client.ts'
import { checkUrls, httpOptions, httpUrl } from './reach.ts'
import { headerValue, pemKey, readSecret, type Secret, secretSchema } from './secret.ts'
import { scales } from './shapes/severity.ts'
import { deliveryKey, type Sink, type SinkKind, sinkOptions } from './sink.ts'

const RISK_LEVEL_CHANGE = 'https://schemas.openid.net/secevent/caep/event-type/risk-level-change'
/** The interoperability profile asks for it. */
const KEY_BITS_MIN = 2_048

const schema = z
  .strictObject({
    ...sinkOptions('caep'),
    url: httpUrl.describe("Where tokens are pushed: the stream's `endpoint_url`."),
    issuer: z.url().max(2_048).describe('Who we are to the receiver: `iss`.'),
    audience: z.string().min(1).max(2_048).describe("Who the receiver is: the stream's `aud`."),
    privateKey: secretSchema(pemKey).describe('RSA key of 2048 bits or more (PEM, PKCS #8).'),
    agentIssuer: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .describe(
        'Who issued the ids of the agents: the subject is then `iss_sub`, and `opaque` otherwise.',
      ),
    authorization: secretSchema(headerValue)
      .optional()
      .describe("The whole header `Authorization`: the stream's `authorization_header`."),
    ...httpOptions,
  })
  .superRefine(checkUrls('url'))

export type CaepConfig = z.output<typeof schema>

export const caep: SinkKind<CaepConfig> = {
  type: 'caep',
  title: 'CAEP risk-level-change (Shared Signals)',
  schema,
  open: openCaep,
}

function openCaep(config: CaepConfig): Sink {
  const client = openHttpClient(config)
  const url = new URL(config.url)
  const key = readKey(config.privateKey)
  const published = jwkOf(key)
  const { authorization } = config
  const headers = {
    'content-type': 'application/secevent+jwt',
    accept: 'application/json',
    ...(authorization === undefined
      ? {}
      : { authorization: readSecret(authorization, 'authorization', headerValue) }),
  }
  return {
    name: config.name,
    async send(alert, attempt) {
      const { kid } = await published
      const { SignJWT } = await import('jose')
      const body = await new SignJWT(claimsOf(alert, config))
        .setProtectedHeader({ typ: 'secevent+jwt', alg: 'RS256', ...(kid && { kid }) })
        .setIssuedAt()
        .sign(key)
      return client.deliver({ url, headers, body }, attempt)
    },
    check: () => client.check(url),
    close: () => client.close(),
  }
}

/** The key by which receivers verify what such a sink signs (RFC 7517). Throws CONFIG_INVALID. */
export async function publicKeyOf({ privateKey }: CaepConfig): Promise<JWK> {
  return jwkOf(readKey(privateKey))
}

function claimsOf(alert: Alert, { issuer, audience, agentIssuer }: CaepConfig) {
  const { id: sub } = alert.agent
  return {
    iss: issuer,
    aud: audience,
    jti: deliveryKey(alert),
    txn: alert.id,
    sub_id:
      agentIssuer === undefined
        ? { format: 'opaque', id: sub }
        : { format: 'iss_sub', iss: agentIssuer, sub },
    events: {
      [RISK_LEVEL_CHANGE]: {
        event_timestamp: Math.floor(Date.parse(alert.lastTime) / 1_000),
        initiating_entity: 'policy',
        principal: 'APPLICATION',
        current_level: scales[alert.severity].caep,
        risk_reason: alert.reasons.map(({ detector }) => detector).join(' '),
        reason_admin: { en: alert.title },
      },
    },
  }
}

function readKey(secret: Secret): KeyObject {
  const pem = readSecret(secret, 'privateKey', pemKey)
  try {
    const key = createPrivateKey(pem)
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    if (key.asymmetricKeyType === 'rsa' && bits >= KEY_BITS_MIN) return key
  } catch (cause) {
    throw new EngineError('CONFIG_INVALID', 'privateKey: it cannot be read as a key.', { cause })
  }
  const message = `privateKey: expected an RSA key of ${KEY_BITS_MIN} bits or more.`
  throw new EngineError('CONFIG_INVALID', message)
}

async function jwkOf(key: KeyObject): Promise<JWK> {
  // Loaded where there is such a sink only.
  const { calculateJwkThumbprint, exportJWK } = await import('jose')
  const jwk = await exportJWK(createPublicKey(key))
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'RS256' }
}
