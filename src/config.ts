/**
 * The configuration: every option there is.
 *
 * It is read from `perimeter.json`, or the file of `--config`, and from the environment, which wins:
 * `http.port` is `PERIMETER_HTTP_PORT`, `stream.queueJobsMax` is `PERIMETER_STREAM_QUEUE_JOBS_MAX`;
 * lists and objects are written as JSON. `REDIS_URL` stands for `redis.url`.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { keySchema } from './api/keys.ts'
import { limitsSchema } from './api/limits.ts'
import { EngineError } from './errors.ts'
import { pathOf, refusalOf, shown } from './event/refusal.ts'
import { formatChosen, ownFormats, ownFormatsSchema } from './formats/index.ts'
import { graphSchema } from './offline/graph-pages.ts'
import {
  deliverySchema,
  quotaSchema,
  REPLICAS_MAX,
  redisTlsSchema,
  sentinelSchema,
  streamSchema,
  trainingSchema,
  workerSchema,
} from './runtime/options.ts'
import { DATA_DIR_DEFAULT } from './runtime/redis.ts'
import { maskedRedisUrl, parseRedisUrl } from './runtime/redis-url.ts'
import { tracingSchema } from './runtime/trace-export.ts'
import { thresholdSchema } from './scoring/threshold.ts'
import { sinkSchema } from './sinks/index.ts'
import { secretVariables } from './sinks/secret.ts'
import { sourceSchema } from './sources/index.ts'

/** Read where no file is named; it need not be there. */
export const CONFIG_FILE_DEFAULT = 'perimeter.json'

/** Holds the API key of commands that send; it is no option. */
export const KEY_VARIABLE = 'PERIMETER_API_KEY'

const KEYS_MAX = 1_000
const SINKS_MAX = 32
const SOURCES_MAX = 32
const path = z.string().min(1).max(4_096)

const optionsSchema = z.strictObject({
  /** Folder for the private Redis and the local API key. @default '.perimeter' */
  dataDir: path.default(DATA_DIR_DEFAULT),

  redis: z
    .strictObject({
      /**
       * `redis://`, `rediss://` for TLS, `unix:///path`, `redis+cluster://host,host` or
       * `redis+sentinel://host,host/service`; REDIS_URL will do too. Empty starts a private server in
       * `dataDir`, shared by all processes with that folder. @default ''
       */
      url: z.string().max(2_048).default('').superRefine(checkRedisUrl),
      /** All keys begin with it; it tells installations in one Redis apart. @default 'perimeter' */
      prefix: z
        .string()
        .regex(/^[\w.-]{1,64}$/, { error: 'expected letters, digits, dots and dashes' })
        .default('perimeter'),
      /** Whether a missing server may be installed with the package manager. @default false */
      install: z.boolean().default(false),
      /**
       * Replicas that must have a batch before its sender is told it was taken; without one, a fail-over
       * can lose what was taken in the moment before. 0 to 5. @default 0
       */
      replicas: z.number().int().min(0).max(REPLICAS_MAX).default(0),
      tls: redisTlsSchema.prefault({}),
      sentinel: sentinelSchema.prefault({}),
    })
    .prefault({}),

  stream: streamSchema.prefault({}),

  /** What one tenant may take, so that a noisy one leaves room for the others. */
  quotas: quotaSchema.prefault({}),

  http: z
    .strictObject({
      /** Address to listen on. 0.0.0.0 lets other machines in: put TLS in front. @default 127.0.0.1 */
      host: z.string().min(1).max(255).default('127.0.0.1'),
      /** 0 takes a free one. @default 8787 */
      port: z.number().int().min(0).max(65_535).default(8_787),
      /** Who may send and read. @default one local key, made and shown at the first start */
      keys: z.array(keySchema).max(KEYS_MAX).default([]),
      limits: limitsSchema.prefault({}),
    })
    .prefault({}),

  worker: workerSchema.prefault({}),
  delivery: deliverySchema.prefault({}),
  training: trainingSchema.prefault({}),

  /**
   * Formats of your own: a name, and a JSONata expression for each field of the event. Used where they are
   * named, as `--format NAME` and `?format=NAME`. @default none
   */
  formats: ownFormatsSchema.default([]),

  /** What events are read from where nobody posts them, by every process that takes events in. @default none */
  sources: z.array(sourceSchema).max(SOURCES_MAX).default([]).superRefine(checkNames),

  /** Where alerts go; each gets every alert. @default none: alerts are kept in Redis only */
  sinks: z.array(sinkSchema).max(SINKS_MAX).default([]).superRefine(checkNames),

  /**
   * File with the agents there ought to be: a JSON array or one object a line. Given one, an agent
   * that is not in it is a shadow agent. Read when a worker starts and when it has changed: the stream goes
   * over to it at its next epoch. Give all workers the same. @default none
   */
  registry: path.optional(),

  /** How `perimeter agents import` reads addresses of Microsoft Graph: docs/registry.md. @default none */
  graph: graphSchema.optional(),

  /**
   * Folder of the model that tells which findings go together, as `perimeter train` writes it; `none`
   * goes without, and finds a little less. Read when a worker starts; in use until another is activated,
   * by hand or because one trained on the stream is better. With `none` nothing is trained by itself.
   * @default the one that is shipped
   */
  model: path.optional(),

  threshold: thresholdSchema.prefault({}),

  tracing: tracingSchema.prefault({}),

  log: z
    .strictObject({
      /** @default 'info' */
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    })
    .prefault({}),
})
export const configSchema = optionsSchema.superRefine(checkFormats)
export type Config = z.output<typeof configSchema>

type Environment = Readonly<Record<string, string | undefined>>

export interface ReadConfig {
  readonly config: Config
  /** Variables that look like options and are none. */
  readonly strays: readonly string[]
}

/**
 * Reads file and environment.
 *
 * @param file named by the user, so that it has to be there
 * @throws EngineError CONFIG_INVALID with one line for each problem
 */
export async function readConfig(
  file: string | undefined,
  env: Environment = process.env,
): Promise<ReadConfig> {
  const written = await readJson(file ?? CONFIG_FILE_DEFAULT, file !== undefined)
  const options = optionsIn(optionsSchema, [])
  const value = structuredClone(written)
  for (const { keys, type } of options) {
    const text =
      env[variableOf(keys)] ?? (variableOf(keys) === URL_VARIABLE ? env.REDIS_URL : undefined)
    if (text !== undefined) set(value, keys, read(text, type))
  }
  const config = parseConfig(value)
  const known = new Set([
    KEY_VARIABLE,
    ...options.map(({ keys }) => variableOf(keys)),
    ...config.http.keys.map((key) => key.env),
    ...[...config.sinks, ...config.sources, config.graph ?? {}].flatMap(secretVariables),
  ])
  const strays = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known.has(name))
  return { config, strays }
}

/** Checks a configuration and fills in its defaults. Throws CONFIG_INVALID. */
export function parseConfig(value: unknown): Config {
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.flatMap((issue) => problemsOf(issue, value))
  throw new EngineError('CONFIG_INVALID', lines.join('\n'), { cause: parsed.error })
}

/** The configuration as it may be shown: what is secret in it is not. */
export function masked(config: Config): unknown {
  return JSON.parse(
    JSON.stringify(config, (key, value) => {
      if (SECRET_KEY.test(key) && value !== undefined) {
        return Array.isArray(value) ? value.map(hidden) : hidden(value)
      }
      if ((key === 'url' || key === 'endpoint') && typeof value === 'string')
        return maskedUrl(value)
      return value
    }),
  )
}

/** Where a secret lies is none. */
function hidden(value: unknown): unknown {
  return typeof value === 'object' ? value : HIDDEN
}

const PREFIX = 'PERIMETER_'
const URL_VARIABLE = 'PERIMETER_REDIS_URL'
const HIDDEN = '(hidden)'
/** Names of options whose value nobody should see. */
const SECRET_KEY = /secret|password|token|authorization|^(?:apiKey|routingKey|privateKey|hash)$/i

interface Option {
  readonly keys: readonly string[]
  /** What zod calls the type. */
  readonly type: string
}

/** Every option below a schema that is not an object of further options. */
function optionsIn(schema: z.core.$ZodType, keys: readonly string[]): Option[] {
  const inner = unwrapped(schema)
  const { def } = inner._zod
  if (def.type !== 'object') return [{ keys, type: def.type }]
  const { shape } = def as z.core.$ZodObjectDef
  return Object.entries(shape).flatMap(([key, child]) => optionsIn(child, [...keys, key]))
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType }
  return innerType === undefined ? schema : unwrapped(innerType)
}

/** `stream.queueJobsMax` → `PERIMETER_STREAM_QUEUE_JOBS_MAX` */
export function variableOf(keys: readonly string[]): string {
  const words = keys.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return PREFIX + words.join('_')
}

/** A text as the type of its option; where it is none, the schema says so. */
function read(text: string, type: string): unknown {
  if (type === 'string' || type === 'enum') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function set(value: Record<string, unknown>, keys: readonly string[], option: unknown): void {
  let at = value
  for (const key of keys.slice(0, -1)) {
    at[key] ??= {}
    const child = at[key]
    if (typeof child !== 'object' || child === null) return // the schema refuses it
    at = child as Record<string, unknown>
  }
  at[keys.at(-1)!] = option // an option has a name
}

async function readJson(file: string, isNeeded: boolean): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' && !isNeeded) return {}
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
    throw new EngineError('CONFIG_INVALID', `${file} ${why}.`, { cause })
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch (cause) {
    const message = `${file} is not JSON: ${(cause as Error).message}.`
    throw new EngineError('CONFIG_INVALID', message, { cause })
  }
  throw new EngineError('CONFIG_INVALID', `${file}: expected a JSON object.`)
}

/** One line for each thing that is wrong: where, what was expected, and what is there. */
function problemsOf(issue: z.core.$ZodIssue, value: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${placeOf([...issue.path, key])}: there is no such option.`)
  }
  if (issue.code === 'invalid_union' && issue.message.startsWith('expected')) {
    return [`${placeOf(issue.path)}: ${issue.message}.`] // one that says for itself what it takes
  }
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.find((branch) => !branch.some(({ path }) => path[0] === 'type'))
    if (fitting === undefined) {
      const types = issue.errors.flatMap((branch) =>
        branch.flatMap((each) => (each.code === 'invalid_value' ? each.values.map(String) : [])),
      )
      const at = [...issue.path, 'type']
      return [
        `${placeOf(at)}: expected one of ${types.join(', ')}, got ${shown(valueAt(value, at))}.`,
      ]
    }
    return fitting.flatMap((each) =>
      problemsOf({ ...each, path: [...issue.path, ...each.path] } as z.core.$ZodIssue, value),
    )
  }
  const place = placeOf(issue.path)
  const isSecret = issue.path.some((key) => SECRET_KEY.test(String(key)) || key === 'url')
  if (issue.code === 'custom' || isSecret) return [`${place}: ${issue.message}.`]
  return [`${place}: ${refusalOf([issue], value).reason}.`]
}

function placeOf(keys: readonly PropertyKey[]): string {
  return keys.length === 0 ? 'The configuration' : pathOf(keys).replace(/^\$\.?/, '')
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of keys) at = (at as Record<PropertyKey, unknown> | undefined)?.[key]
  return at
}

function checkRedisUrl(url: string, context: z.core.$RefinementCtx<string>): void {
  if (url === '') return
  try {
    parseRedisUrl(url)
  } catch (error) {
    const message = (error as Error).message.replace(/\.$/, '')
    context.issues.push({ code: 'custom', message, input: '' })
  }
}

function checkNames(
  all: readonly { name: string }[],
  context: z.core.$RefinementCtx<unknown>,
): void {
  for (const [index, { name }] of all.entries()) {
    if (all.findIndex((other) => other.name === name) === index) continue
    const message = `expected a name of its own, got "${name}" again`
    context.issues.push({ code: 'custom', path: [index, 'name'], message, input: name })
  }
}

/** A key or a source may name a format of its own only where there is one. */
function checkFormats(
  { http, sources, formats }: z.output<typeof optionsSchema>,
  context: z.core.$RefinementCtx<unknown>,
): void {
  const own = ownFormats(formats)
  const named = [
    ...http.keys.map(({ format }, index) => ({ format, path: ['http', 'keys', index, 'format'] })),
    ...sources.map(({ format }, index) => ({ format, path: ['sources', index, 'format'] })),
  ]
  for (const { format = 'auto', path } of named) {
    try {
      formatChosen(format, own)
    } catch (error) {
      const message = (error as Error).message.replace(/\.$/, '')
      context.issues.push({ code: 'custom', path, message, input: format })
    }
  }
}

function maskedUrl(text: string): string {
  try {
    const url = new URL(text)
    if (url.password !== '') url.password = HIDDEN
    if (url.search !== '') url.search = HIDDEN
    // Many a receiver's address is a secret: who knows it may post there.
    if (url.protocol.startsWith('http') && url.pathname !== '/') url.pathname = HIDDEN
    return decodeURI(url.href)
  } catch {
    return text === '' ? text : maskedRedisUrl(text)
  }
}
