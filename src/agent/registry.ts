/** The agent registry: which agents there ought to be, whose they are, and what they are for. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { GRANTED_MAX, ID_LENGTH_MAX, NAME_LENGTH_MAX, timeToMs } from '../event/event.ts'
import { type Refusal, refusalOf, shown } from '../event/refusal.ts'
import { bomBytes } from '../formats/text/sniff.ts'
import { valueSplitter } from '../formats/text/values.ts'
import { PATTERN_LENGTH_MAX } from './glob.ts'

/** Most owners of an agent: more is a mailing list, which should be named instead. */
export const OWNERS_MAX = 100
/** Most patterns of each kind in a purpose; each is tried on every event of the agent. */
export const PATTERNS_MAX = 200
/** Most rejects kept; a file with more is of another kind altogether. */
export const REJECTS_MAX = 1_000

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const patterns = z.array(z.string().min(1).max(PATTERN_LENGTH_MAX)).max(PATTERNS_MAX)

const entrySchema = z.object({
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
  /** `active` unless said otherwise; other words are kept as they are. */
  status: name.default('active'),
})

/** An agent as its registry has it. Fields the registry has beyond these are dropped. */
export type RegisteredAgent = z.output<typeof entrySchema>

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
  const entryOf = new Map<string, number>()
  const rejects: RegistryReject[] = []
  let entry = 0

  const refuse = (refusal: Refusal) => {
    if (rejects.length < REJECTS_MAX) rejects.push({ entry, ...refusal })
  }
  const splitter = valueSplitter({
    value(bytes) {
      entry++
      const parsed = parseEntry(bytes.toString())
      if ('reject' in parsed) {
        refuse(parsed.reject)
        return
      }
      const { id } = parsed.agent
      const earlier = entryOf.get(id)
      if (earlier !== undefined) {
        const reason = `expected each agent once, got ${shown(id)} again, first in entry ${earlier}`
        refuse({ path: '$.id', reason })
        return
      }
      registry.set(id, parsed.agent)
      entryOf.set(id, entry)
    },
    bad(reason) {
      entry++
      refuse({ path: '$', reason })
    },
  })
  const bytes = Buffer.from(text)
  splitter.push(bytes.subarray(bomBytes(bytes)))
  splitter.finish()

  if (registry.size === 0) {
    const first = rejects[0]
    const why = first ? `entry ${first.entry}, ${first.path}: ${first.reason}` : 'it is empty'
    throw new EngineError('REGISTRY_INVALID', `The agent registry names no agent; ${why}.`)
  }
  return { registry, rejects }
}

function parseEntry(json: string): { agent: RegisteredAgent } | { reject: Refusal } {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { reject: { path: '$', reason: `expected JSON, got ${shown(json)}` } }
  }
  const parsed = entrySchema.safeParse(value)
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
