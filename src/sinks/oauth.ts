/**
 * OAuth 2.0 client credentials at the Microsoft identity platform: a token for an application, kept
 * until shortly before it ends, asked for once however many wait for it.
 *
 * Source    RFC 6749, section 4.4; Microsoft, "OAuth 2.0 client credentials flow".
 */
import { z } from 'zod'
import { type HttpClient, type Posted, readAnswer, readJson } from './http-client.ts'
import type { HttpAnswer, Undelivered } from './http-delivery.ts'
import { below, httpUrl } from './reach.ts'
import { readSecret, secretSchema } from './secret.ts'
import type { Attempt, Delivery } from './sink.ts'

/** A token is not used in its last minutes: clocks differ, and a request takes its time. */
const SPARE_MS = 300_000

export const oauthOptions = {
  tenantId: z
    .string()
    .regex(/^[\w.-]{1,255}$/, { error: 'expected a tenant id or domain' })
    .describe('Of the directory the application is in: its id or a domain.'),
  clientId: z.guid().describe('Application (client) id.'),
  clientSecret: secretSchema().describe('Its secret.'),
  loginUrl: httpUrl
    .default('https://login.microsoftonline.com')
    .describe('Where tokens come from; other clouds have their own.'),
}
export type OauthConfig = z.output<z.ZodObject<typeof oauthOptions>>

export interface Authorised {
  /** Sends with a token; where that is no longer good, once more with a new one. */
  deliver(
    posted: Posted,
    attempt: Attempt,
    read?: (answer: HttpAnswer) => Delivery,
  ): Promise<Delivery>
  /** Fetches a token. Answers what stands in the way. */
  check(): Promise<string | undefined>
}

type Token = { readonly kind: 'token'; readonly text: string; readonly endMs: number }

export function authorised(client: HttpClient, config: OauthConfig, scope: string): Authorised {
  const url = below(config.loginUrl, `${config.tenantId}/oauth2/v2.0/token`)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: config.clientId,
    client_secret: readSecret(config.clientSecret, 'clientSecret'),
    scope,
  }).toString()
  let asked: Promise<Token | Undelivered> | undefined

  const fetchToken = async (attempt: Attempt): Promise<Token | Undelivered> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const exchanged = await client.exchange({ url, headers, body }, attempt)
    if (exchanged.kind !== 'answered') return exchanged
    const { status, body: said } = exchanged.answer
    const delivery = readAnswer(exchanged.answer)
    if (delivery.kind !== 'delivered') {
      return { ...delivery, reason: `HTTP ${status} for a token: ${oauthError(said)}` }
    }
    const { access_token: text, expires_in: seconds } = (readJson(said) ?? {}) as {
      access_token?: unknown
      expires_in?: unknown
    }
    if (typeof text !== 'string' || typeof seconds !== 'number') {
      return { kind: 'retry', reason: `HTTP ${status} for a token, without one` }
    }
    return { kind: 'token', text, endMs: Date.now() + seconds * 1_000 - SPARE_MS }
  }

  const tokenFor = async (attempt: Attempt): Promise<Token | Undelivered> => {
    const before = asked
    const token = await before
    if (token?.kind === 'token' && Date.now() < token.endMs) return token
    // Whoever comes first asks for all: his attempt may be called off, and what he hears is no secret.
    if (asked === before) asked = fetchToken({ number: attempt.number })
    return asked! // asked just now, by one of them
  }

  return {
    async deliver(posted, attempt, read = readAnswer) {
      for (let isLast = false; ; isLast = true) {
        const token = await tokenFor(attempt)
        if (token.kind !== 'token') return token
        const headers = { ...posted.headers, authorization: `Bearer ${token.text}` }
        const exchanged = await client.exchange({ ...posted, headers }, attempt)
        if (exchanged.kind !== 'answered') return exchanged
        if (exchanged.answer.status !== 401 || isLast) return read(exchanged.answer)
        asked = undefined
      }
    },
    async check() {
      const token = await tokenFor({ number: 1 })
      return token.kind === 'token' ? undefined : token.reason
    },
  }
}

/** The error's code and the first line of its description: the rest is ids and times. */
function oauthError(body: string): string {
  const { error, error_description: about } = (readJson(body) ?? {}) as Record<string, unknown>
  if (typeof error !== 'string') return 'no reason was given'
  const [line = ''] = typeof about === 'string' ? about.split(/[\r\n]| Trace ID/, 1) : []
  return `${error.slice(0, 60)} ${line.slice(0, 140)}`.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
}
