/** The agent registry: which agents there ought to be, whose they are, and what they are for. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { GRANTED_MAX, ID_LENGTH_MAX, NAME_LENGTH_MAX, timeToMs } from '../event/event.ts'
import { type Refusal, refusalOf, shown } from '../event/refusal.ts'
import { bomBytes } from '../formats/text/sniff.ts'
import { type ValueListener, valueSplitter } from '../formats/text/values.ts'
import { PATTERN_LENGTH_MAX } from './glob.ts'

/** Most owners of an agent: more is a mailing list, which should be named instead. */
export const OWNERS_MAX = 100
/** Most patterns of each kind in a purpose; each is tried on every event of the agent. */
export const PATTERNS_MAX = 200
/** Most rejects kept; a file with more is of another kind altogether. */
export const REJECTS_MAX = 1_000

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const patterns = z.array(z.string().min(1).max(PATTERN_LENGTH_MAX)).max(PATTERNS_MAX)

const fields = {
  id: name,
  name: name.optional(),
  /** The kind of agent it is an instance of; its peers share it. */
  blueprint: name.optional(),
  /** Who answers for it. */
  sponsor: name.optional(),
  owners: z.array(name).max(OWNERS_MAX).optional(),
  /** What it is for. Patterns, see `glob.ts`; an absent list says nothing, an empty one forbids. */
  purpose: z.object({ actions: patterns.optional(), resources: patterns.optional() }).optional(),
  /** Scopes it holds. */
  granted: z.array(name).max(GRANTED_MAX).optional(),
  /** IANA name of the zone it works in: `Europe/Berlin`. */
  timezone: z
    .string()
    .max(ID_LENGTH_MAX)
    .refine(isTimezone, { error: 'expected the name of a time zone, such as Europe/Berlin' })
    .optional(),
  /** How much harm it could do. */
  criticality: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  registeredAt: z
    .union([z.string(), z.number()], { error: 'expected a time' })
    .refine((time) => timeToMs(time) !== undefined, {
      error: 'expected an RFC 3339 time with a zone, or epoch milliseconds',
    })
    .optional(),
  /** Which import the entry came with, and goes with; none where it was written by hand. */
  source: name.optional(),
}

/** `active` unless said otherwise; other words are kept as they are. */
const entrySchema = z.object({ ...fields, status: name.default('active') })

/** An agent as its registry has it. Fields the registry has beyond these are dropped. */
export type RegisteredAgent = z.output<typeof entrySchema>

/** An entry as somebody wrote it: nothing is filled in, and fields beyond ours are kept. */
const writtenSchema = z.looseObject({ ...fields, status: name.optional() })
export type WrittenAgent = z.output<typeof writtenSchema>

export type Registry = ReadonlyMap<string, RegisteredAgent>

export interface RegistryReject extends Refusal {
  /** Which entry, from 1. */
  readonly entry: number
}

/**
 * Reads a registry from a JSON array or from one object per line. Entries that are no agents, and
 * second entries for an agent, are rejected; the first entry stands.
 *
 * @throws EngineError REGISTRY_INVALID where no entry is usable
 */
export function parseRegistry(text: string): {
  registry: Registry
  rejects: readonly RegistryReject[]
} {
  const registry = new Map<string, RegisteredAgent>()
  const rejects: RegistryReject[] = []
  const listener = entryListener(entrySchema, (agent) => registry.set(agent.id, agent), rejects)
  splitEntries(text, listener)
  if (registry.size === 0) {
    const [first] = rejects
    const why = first ? `entry ${first.entry}, ${first.path}: ${first.reason}` : 'it is empty'
    throw new EngineError('REGISTRY_INVALID', `The agent registry names no agent; ${why}.`)
  }
  return { registry, rejects }
}

/**
 * Reads the entries of a registry as they were written, to be written again. An empty text has none.
 *
 * @throws EngineError REGISTRY_INVALID where one is not usable: writing it again would lose it
 */
export function writtenAgents(text: string): readonly WrittenAgent[] {
  const agents: WrittenAgent[] = []
  const rejects: RegistryReject[] = []
  splitEntries(
    text,
    entryListener(writtenSchema, (agent) => agents.push(agent), rejects),
  )
  const [first] = rejects
  if (first === undefined) return agents
  const message = `Entry ${first.entry} of the agent registry, ${first.path}: ${first.reason}.`
  throw new EngineError('REGISTRY_INVALID', message)
}

/** Checks what is to become an entry. */
export const readWritten = (value: unknown): Checked<WrittenAgent> => checked(value, writtenSchema)

/** Tells of each agent once; what is none goes to the rejects. */
function entryListener<Entry extends { readonly id: string }>(
  schema: z.ZodType<Entry>,
  take: (entry: Entry) => void,
  rejects: RegistryReject[],
): ValueListener {
  const entryOf = new Map<string, number>()
  let entry = 0
  const refuse = (refusal: Refusal) => {
    if (rejects.length < REJECTS_MAX) rejects.push({ entry, ...refusal })
  }
  return {
    value(bytes) {
      entry++
      const parsed = parseEntry(bytes.toString(), schema)
      if ('reject' in parsed) return refuse(parsed.reject)
      const { id } = parsed.agent
      const earlier = entryOf.get(id)
      if (earlier !== undefined) {
        const reason = `expected each agent once, got ${shown(id)} again, first in entry ${earlier}`
        return refuse({ path: '$.id', reason })
      }
      entryOf.set(id, entry)
      take(parsed.agent)
    },
    bad(reason) {
      entry++
      refuse({ path: '$', reason })
    },
  }
}

function splitEntries(text: string, listener: ValueListener): void {
  const splitter = valueSplitter(listener)
  const bytes = Buffer.from(text)
  splitter.push(bytes.subarray(bomBytes(bytes)))
  splitter.finish()
}

type Checked<Entry> = { readonly agent: Entry } | { readonly reject: Refusal }

function parseEntry<Entry>(json: string, schema: z.ZodType<Entry>): Checked<Entry> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { reject: { path: '$', reason: `expected JSON, got ${shown(json)}` } }
  }
  return checked(value, schema)
}

function checked<Entry>(value: unknown, schema: z.ZodType<Entry>): Checked<Entry> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { reject: refusalOf(parsed.error.issues, value) }
  return { agent: parsed.data }
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
