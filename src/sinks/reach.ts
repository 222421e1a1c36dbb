/** The options by which sinks are told where others are and how to reach them. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { isAllowEntry } from './address-guard.ts'
import { readSecret, type Secret, type SecretRule, secretSchema } from './secret.ts'

const ALLOW_ENTRIES_MAX = 100
const URL_LENGTH_MAX = 2_048

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

/** A URL below another: nothing of the base's path is lost. */
export function below(base: string, path: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`)
}
