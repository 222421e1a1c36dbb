/** Every format the engine reads. To add one: its file, its golden folder, and a line here. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { anthropicAudit } from './anthropic-audit.ts'
import { azureActivity } from './azure-activity.ts'
import { bedrock } from './bedrock.ts'
import { canonical } from './canonical.ts'
import { cloudtrail } from './cloudtrail.ts'
import { entraAudit } from './entra-audit.ts'
import { entraSignin } from './entra-signin.ts'
import type { Format } from './format.ts'
import { gcpAudit } from './gcp-audit.ts'
import { graphActivity } from './graph-activity.ts'
import { k8sAudit } from './k8s-audit.ts'
import { m365 } from './m365.ts'
import { mappedFormat, mappingSchema } from './mapping.ts'
import { mcpProxy } from './mcp-proxy.ts'
import { ocsf } from './ocsf.ts'
import { openaiAudit } from './openai-audit.ts'
import { otelGenai } from './otel-genai.ts'

/** In the order they are asked: of two that recognise as many records, the earlier is taken. */
export const formats: readonly Format[] = [
  canonical,
  cloudtrail,
  m365,
  entraSignin,
  entraAudit,
  graphActivity,
  azureActivity,
  gcpAudit,
  k8sAudit,
  otelGenai,
  openaiAudit,
  anthropicAudit,
  bedrock,
  ocsf,
  mcpProxy,
]

/** Most formats of one configuration. */
const OWN_MAX = 32
/** How many parsed values are looked at to tell which format they are of. */
export const DETECT_VALUES = 32
/** How many records inside one envelope are looked at. */
const DETECT_RECORDS = 8

/** The format that recognises most of the first values of an input, or undefined where none does. */
export function detect(values: readonly unknown[]): Format | undefined {
  let found: Format | undefined
  let foundCount = 0
  for (const format of formats) {
    let count = 0
    for (const value of values.slice(0, DETECT_VALUES)) {
      const records = (recordsOf(format, value) ?? [value]).slice(0, DETECT_RECORDS)
      if (records.some((record) => format.recognises(record))) count++
    }
    if (count > foundCount) {
      found = format
      foundCount = count
    }
  }
  return found
}

/** The format of a single record, or undefined where none recognises it. */
export const formatOf = (record: unknown): Format | undefined =>
  formats.find((format) => format.recognises(record))

/** The records inside a value that is an array or the format's envelope; undefined for a record. */
export function recordsOf(format: Format, value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : format.unwrap(value)
}

/**
 * The format a user named.
 *
 * @param own formats of the configuration
 */
export function formatNamed(name: string, own: readonly Format[] = []): Format {
  const format = [...formats, ...own].find((each) => each.name === name)
  if (format !== undefined) return format
  throw new EngineError(
    'FORMAT_UNKNOWN',
    `No format is called ${JSON.stringify(name)}; ${known(own)}.`,
  )
}

/** The format a user named, or undefined where it is to be found out. */
export const formatChosen = (name: string, own: readonly Format[] = []): Format | undefined =>
  name === 'auto' ? undefined : formatNamed(name, own)

/** Formats of the user's own, as the configuration lists them. */
export const ownFormatsSchema = z.array(mappingSchema).max(OWN_MAX).superRefine(checkNames)

/** Makes the formats that a checked configuration describes. */
export const ownFormats = (mappings: z.output<typeof ownFormatsSchema>): readonly Format[] =>
  mappings.map(mappedFormat)

/** For when no format fits `place`, which names the input: 'events.json' or 'the body'. */
export function formatUnknown(place: string): EngineError {
  const message = `The first records of ${place} fit no known format; ${known()}.`
  return new EngineError('FORMAT_UNKNOWN', message)
}

const known = (own: readonly Format[] = []): string =>
  `known are ${[...formats, ...own].map(({ name, title }) => `${name} (${title})`).join(', ')}`

function checkNames(
  mappings: readonly { readonly name: string }[],
  context: z.core.$RefinementCtx<unknown>,
): void {
  const taken = new Set(['auto', ...formats.map(({ name }) => name)])
  for (const [index, { name }] of mappings.entries()) {
    if (taken.has(name)) {
      const message = `expected a name that no format has yet, got "${name}"`
      context.issues.push({ code: 'custom', path: [index, 'name'], message, input: name })
    }
    taken.add(name)
  }
}
