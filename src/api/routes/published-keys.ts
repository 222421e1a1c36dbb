/**
 * GET /.well-known/jwks.json: the keys by which receivers of signed security events verify them, and
 * GET /.well-known/ssf-configuration: who signs them. They need no key.
 *
 * Source    RFC 7517 (key sets); OpenID Shared Signals Framework 1.0, "Transmitter Configuration Discovery".
 */
import type { FastifyInstance } from 'fastify'
import { HttpProblem } from '../problem.ts'

/** Receivers ask again after so long, in s, or where they meet a key they do not know. */
const KEPT_S = 3_600
const PUSH = 'urn:ietf:rfc:8935'

/** What is published of the sinks that sign. */
export interface PublishedKeys {
  /** Public keys alone (JWK), each once. */
  readonly keys: readonly object[]
  /** In whose names they sign. */
  readonly issuers: readonly string[]
}

const JWKS_PATH = '/.well-known/jwks.json'
const KEY_SET_TYPE = 'application/jwk-set+json'

export function publishedKeysRoutes(app: FastifyInstance, published: PublishedKeys): void {
  const kept = `public, max-age=${KEPT_S}`
  const jwks = {
    id: 'readKeys',
    summary: 'The public keys by which what the caep sinks sign is verified.',
    answers: { 200: { about: 'A JWK set.', content: { [KEY_SET_TYPE]: { type: 'object' } } } },
  }
  app.get(JWKS_PATH, { config: { operation: jwks } }, async (_request, reply) =>
    reply
      .header('cache-control', kept)
      .type(KEY_SET_TYPE)
      .send(JSON.stringify({ keys: published.keys })),
  )

  const configuration = {
    id: 'readTransmitter',
    summary: 'Who transmits Shared Signals, where all caep sinks sign in one name.',
    answers: {
      200: { about: 'Its metadata.', content: { 'application/json': { type: 'object' } } },
    },
    problems: [404],
  }
  app.get(
    '/.well-known/ssf-configuration',
    { config: { operation: configuration } },
    async (_request, reply) => {
      const [issuer, other] = published.issuers
      if (issuer === undefined || other !== undefined) {
        throw new HttpProblem('NOT_FOUND', 'The caep sinks sign in no name, or in several.')
      }
      return reply.header('cache-control', kept).send({
        spec_version: '1_0',
        issuer,
        jwks_uri: new URL(JWKS_PATH, issuer).href,
        delivery_methods_supported: [PUSH],
      })
    },
  )
}
