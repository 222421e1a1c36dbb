/**
 * How the sinks that speak HTTP do so: one client that keeps to the address guard, verifies TLS, follows
 * no redirect, takes no longer than it may, and shows no secret.
 */
import type { LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createAddressGuard, createGuardedAgent, tryConnection } from './address-guard.ts'
import {
  type Exchange,
  exchangeOverHttp,
  type HttpAnswer,
  readDelivery,
  reasonOf,
} from './http-delivery.ts'
import type { HttpConfig } from './reach.ts'
import type { Attempt, Delivery } from './sink.ts'

/** Shorter ones, such as the path of a bare URL, would hide half the answer. */
const SECRET_LENGTH_MIN = 8

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
