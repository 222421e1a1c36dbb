/** What the page of a format has to say: read off the format, its golden cases, and what changes with what. */
import { readFileSync } from 'node:fs'
import type { RawEvent } from '../src/event/event.ts'
import type { Format } from '../src/formats/format.ts'
import { formats, recordsOf } from '../src/formats/index.ts'
import { deliveredIn } from '../src/formats/text/delivery.ts'
import { isFields } from '../src/formats/text/fields.ts'
import { goldensOf } from './formats/goldens.ts'

/** The golden case that a format's page shows. */
const SHOWN: Readonly<Record<string, string>> = {
  canonical: 'plain',
  cloudtrail: 's3-file',
  m365: 'copilot',
  'entra-signin': 'event-hub',
  'entra-audit': 'event-hub',
  'graph-activity': 'event-hub',
  'azure-activity': 'event-hub',
  'gcp-audit': 'log-lines',
  'k8s-audit': 'log-lines',
  'otel-genai': 'flat-spans',
  'openai-audit': 'lines',
  'anthropic-audit': 'lines',
  bedrock: 'lines',
  ocsf: 'lines',
  'mcp-proxy': 'wrapped',
}
/** Fields of an event, in the order they are told. */
const FIELDS = [
  'id',
  'time',
  'agent.id',
  'agent.name',
  'agent.blueprint',
  'agent.version',
  'agent.model',
  'agent.sponsor',
  'onBehalfOf',
  'action',
  'resource.id',
  'resource.type',
  'resource.sensitivity',
  'outcome',
  'error',
  'volume.bytes',
  'volume.records',
  'source.ip',
  'source.asn',
  'source.country',
  'source.userAgent',
  'session',
  'trigger.kind',
  'trigger.id',
  'trigger.digest',
  'permission.used',
  'permission.granted',
]
/** Most fields of a record that are listed for one of the event. */
const DECIDING_MAX = 6

export const formatPages = (): readonly Format[] => formats

/** The generated part of `docs/formats/NAME.md`. */
export function formatPart(format: Format): string {
  const records = recordsShown(format)
  const { record, event } = example(format, records)
  const skips = skipsOf(format)
  return [
    ...(skips.length === 0
      ? []
      : ['## What is skipped', '', ...skips.map((reason) => `- ${reason}`), '']),
    '## What becomes what',
    '',
    'Found by changing one field after another of the golden records, and looking at what changes in the event.',
    '',
    '| of the event | is decided by |',
    '|---|---|',
    ...decidedBy(format, records),
    '',
    '## An example',
    '',
    ...block(record),
    '',
    'comes to',
    '',
    ...block(event),
  ].join('\n')
}

const block = (value: unknown): string[] => ['```json', JSON.stringify(value, null, 2), '```']

/** Every record of the case that is shown. */
const recordsShown = (format: Format): readonly unknown[] =>
  recordsIn(format, goldensOf(format.name).find(({ name }) => name === SHOWN[format.name])!.input)

/** The objects in a file of JSON, out of their envelopes; none of a table. */
function recordsIn(format: Format, file: string): readonly unknown[] {
  if (file.endsWith('.csv')) return []
  const text = readFileSync(file, 'utf8')
  const values = file.endsWith('.json') ? [text] : text.trimEnd().split('\n')
  return values.flatMap((line) => {
    const value: unknown = JSON.parse(line)
    const inside = deliveredIn(value, { bytesLeft: Infinity }, false)?.flatMap((each) =>
      'value' in each ? [each.value] : [],
    )
    const records = (inside ?? [value]).flatMap((each) => recordsOf(format, each) ?? [each])
    return records.filter(isFields)
  })
}

/** The record that comes to the event with the most fields; of two the shorter one. */
function example(format: Format, records: readonly unknown[]) {
  let best: { record: unknown; event: RawEvent; fields: number; length: number } | undefined
  for (const record of records) {
    const translation = format.translate(record)
    if (translation.kind !== 'events') continue
    const [event] = translation.events
    const fields = leavesOf(event).length
    const length = JSON.stringify(record).length
    const isBetter =
      best === undefined || fields > best.fields || (fields === best.fields && length < best.length)
    if (isBetter) best = { record, event: event!, fields, length }
  }
  return best!
}

/** Reasons for which the golden records, or those that differ from them in one field, are left out. */
function skipsOf(format: Format): string[] {
  const reasons = new Set<string>()
  const note = (record: unknown) => {
    const translation = format.translate(record)
    if (translation.kind === 'skip') reasons.add(translation.reason)
  }
  for (const record of goldensOf(format.name).flatMap(({ input }) => recordsIn(format, input))) {
    note(record)
    for (const path of pathsIn(record)) {
      for (const variant of variantsOf(at(record, path))) note(withPut(record, path, variant))
    }
  }
  return [...reasons]
}

function decidedBy(format: Format, records: readonly unknown[]): string[] {
  const counts = new Map<string, Map<string, number>>()
  for (const record of records) {
    const before = eventOf(format, record)
    if (before === undefined) continue
    for (const path of pathsIn(record)) {
      for (const field of changedBy(format, record, path, before)) {
        const of = counts.get(field) ?? new Map<string, number>()
        const name = nameOf(path)
        counts.set(field, of.set(name, (of.get(name) ?? 0) + 1))
      }
    }
  }
  return FIELDS.flatMap((field) => {
    const deciding = [...(counts.get(field) ?? [])].sort(([, a], [, b]) => b - a)
    if (deciding.length === 0) return []
    const names = deciding.slice(0, DECIDING_MAX).map(([name]) => `\`${name}\``)
    const more = deciding.length > DECIDING_MAX ? ' and others' : ''
    return [`| \`${field}\` | ${names.join(', ')}${more} |`]
  })
}

/** Fields of the event that change when what is at the path does, or is not there. */
function changedBy(
  format: Format,
  record: unknown,
  path: readonly string[],
  before: Map<string, string>,
): Set<string> {
  const changed = new Set<string>()
  for (const variant of variantsOf(at(record, path))) {
    const after = eventOf(format, withPut(record, path, variant))
    if (after === undefined) continue
    for (const field of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(field) !== after.get(field)) changed.add(field)
    }
  }
  return changed
}

function eventOf(format: Format, record: unknown): Map<string, string> | undefined {
  const translation = format.translate(record)
  if (translation.kind !== 'events') return undefined
  return new Map(leavesOf(translation.events[0]))
}

/** Lists count as one leaf. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  if (!isFields(value)) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, path === '' ? key : `${path}.${key}`),
  )
}

function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, child]) => pathsIn(child, [...path, key]))
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], value)

function withPut(record: unknown, path: readonly string[], put: unknown): unknown {
  const copy = structuredClone(record)
  const parent = at(copy, path.slice(0, -1)) as Record<string, unknown>
  const key = path.at(-1)!
  if (put === undefined) delete parent[key]
  else parent[key] = put
  return copy
}

/** Other values of the same kind, and none. */
function variantsOf(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, undefined]
  if (typeof value === 'boolean') return [!value, undefined]
  if (typeof value !== 'string') return [undefined]
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return [`2025${value.slice(4)}`, undefined]
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(value)) return ['198.51.100.77', undefined]
  if (/^\d+$/.test(value)) return [String(BigInt(value) + 1n), undefined]
  return [`${value}x`, undefined]
}

/** `resources[].name`; names with a dot of their own as they are. */
const nameOf = (path: readonly string[]): string =>
  path.reduce((name, key) => {
    if (/^\d+$/.test(key)) return `${name}[]`
    return name === '' ? key : `${name}.${key}`
  }, '')
