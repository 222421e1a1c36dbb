/**
 * How the sinks that speak HTTP do so: the options they share, and one client that keeps to the
 * address guard, verifies TLS, follows no redirect and takes no longer than it may.
 */
import type { LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import {
  createAddressGuard,
  createGuardedAgent,
  isAllowEntry,
  tryConnection,
} from './address-guard.ts'
import {
  type Exchange,
  exchangeOverHttp,
  type HttpAnswer,
  readDelivery,
  reasonOf,
} from './http-delivery.ts'
import { readSecret, type Secret, type SecretRule, secretSchema } from './secret.ts'
import type { Attempt, Delivery } from './sink.ts'

const ALLOW_ENTRIES_MAX = 100
const URL_LENGTH_MAX = 2_048
/** Shorter ones, such as the path of a bare URL, would hide half the answer. */
const SECRET_LENGTH_MIN = 8

/** Beside a URL, what a sink needs to be told to reach it. */
export const reachOptions = {
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(120_000)
    .default(15_000)
    .describe(
      'For one whole attempt, in ms. Longer spares a slow receiver, and holds a worker longer.',
    ),
  allowPrivate: z
    .array(
      z.string().refine(isAllowEntry, { error: 'expected a host, an address or a CIDR block' }),
    )
    .max(ALLOW_ENTRIES_MAX)
    .default([])
    .describe(
      'Hosts, addresses and CIDR blocks that may be connected to though they are not public. A host listed by its name may point anywhere.',
    ),
  ca: z
    .string()
    .optional()
    .describe(
      "PEM of the authority that signed the receiver's certificate, where the public ones did not.",
    ),
}

export const httpOptions = {
  ...reachOptions,
  allowHttp: z
    .boolean()
    .default(false)
    .describe('Whether http without TLS will do. Alerts and secrets then travel readable.'),
}

/** https, or http where the sink allows it. */
export const httpUrl = z.url({ protocol: /^https?$/ }).max(URL_LENGTH_MAX)

/** Refines a sink's schema: the URLs under these names are https, and carry no login. */
export function checkUrls<Name extends string>(...names: readonly Name[]) {
  return (
    config: { readonly [Key in Name]?: unknown } & { readonly allowHttp: boolean },
    context: z.core.$RefinementCtx<unknown>,
  ): void => {
    for (const name of names) {
      const url = config[name]
      if (typeof url !== 'string') continue // a secret that lies elsewhere
      const message = urlProblem(url, config.allowHttp)
      if (message !== undefined) {
        context.issues.push({ code: 'custom', path: [name], message, input: '' })
      }
    }
  }
}

/** What is wrong with a URL alerts are to be posted to; never the URL itself. */
export function urlProblem(text: string, allowHttp: boolean): string | undefined {
  if (!URL.canParse(text)) return 'expected a URL'
  const { protocol, username, password } = new URL(text)
  if (protocol === 'http:' && !allowHttp) return 'expected https; allowHttp permits http'
  if (!/^https?:$/.test(protocol)) return 'expected https'
  if (username !== '' || password !== '') return 'expected no user name or password in the URL'
  return undefined
}

/** A URL that is a secret: who knows it may post there. */
const secretUrl: SecretRule = {
  expected: 'an https URL',
  isFit: (text) => text.length <= URL_LENGTH_MAX && urlProblem(text, true) === undefined,
}
export const secretUrlSchema = secretSchema(secretUrl)

/** Throws CONFIG_INVALID where it is not there, or is not what it should be. */
export function readSecretUrl(secret: Secret, option: string, allowHttp: boolean): URL {
  const text = readSecret(secret, option, secretUrl)
  const problem = urlProblem(text, allowHttp)
  if (problem !== undefined) throw new EngineError('CONFIG_INVALID', `${option}: ${problem}.`)
  return new URL(text)
}

export type HttpConfig = z.output<z.ZodObject<typeof httpOptions>>

export interface Posted {
  readonly method?: 'GET' | 'POST'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly gzip?: boolean
  /** What of it an answer may quote, but nobody is to see; `authorization` is always among it. */
  readonly secrets?: readonly string[]
  readonly responseBytesMax?: number
}

export interface HttpClient {
  exchange(posted: Posted, attempt: Attempt): Promise<Exchange>
  /** Exchanges, and reads what was answered; `read` where a status does not say it all. */
  deliver(
    posted: Posted,
    attempt: Attempt,
    read?: (answer: HttpAnswer) => Delivery | Promise<Delivery>,
  ): Promise<Delivery>
  /** Connects, TLS and all, and sends nothing. Answers what stands in the way. */
  check(url: URL): Promise<string | undefined>
  close(): Promise<void>
}

/** `lookup` replaces the system's resolver, for tests of names that change. */
export function openHttpClient(config: HttpConfig, lookup?: LookupFunction): HttpClient {
  const { timeoutMs, ca } = config
  const guard = createAddressGuard(config.allowPrivate)
  const options = {
    connectMs: timeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(lookup === undefined ? {} : { lookup }),
  }
  const dispatcher = createGuardedAgent(guard, options)

  const exchange: HttpClient['exchange'] = async (posted, attempt) => {
    const { body, gzip = false, headers = {}, secrets = [], ...rest } = posted
    const exchanged = await exchangeOverHttp({
      ...rest,
      headers: {
        'user-agent': 'agent-perimeter',
        ...headers,
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        ...(attempt.traceparent === undefined ? {} : { traceparent: attempt.traceparent }),
      },
      ...(body === undefined ? {} : { body: gzip ? gzipSync(body) : body }),
      dispatcher,
      timeoutMs,
      signal: attempt.signal,
    })
    if (exchanged.kind !== 'answered') return exchanged
    const answer = withoutSecrets(exchanged.answer, [...secrets, credentialOf(headers)])
    attempt.heard?.(`${posted.url.host}: ${reasonOf(answer.status, answer.body)}`)
    return { kind: 'answered', answer }
  }

  return {
    exchange,
    async deliver(posted, attempt, read = readAnswer) {
      const exchanged = await exchange(posted, attempt)
      return exchanged.kind === 'answered' ? read(exchanged.answer) : exchanged
    },
    check: (url) => tryConnection(url, guard, options),
    close: () => dispatcher.destroy(),
  }
}

/** Of a refusal some receivers, and most proxies that help with looking for faults, say what they got. */
function withoutSecrets(answer: HttpAnswer, secrets: readonly string[]): HttpAnswer {
  if (answer.status < 400) return answer
  const body = secrets.reduce(
    (text, secret) =>
      secret.length < SECRET_LENGTH_MIN ? text : text.replaceAll(secret, '(hidden)'),
    answer.body,
  )
  return { ...answer, body }
}

function credentialOf({ authorization = '' }: Readonly<Record<string, string>>): string {
  return authorization.slice(authorization.indexOf(' ') + 1)
}

/** By its status alone. */
export function readAnswer(answer: HttpAnswer): Delivery {
  return readDelivery(answer, Date.now())
}

/** A JSON answer, or undefined where it is none. */
export function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A URL below another: nothing of the base's path is lost. */
export function below(base: string, path: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`)
}
