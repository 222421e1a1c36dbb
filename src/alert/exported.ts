/**
 * Exported: agents' baselines as one JSON document, to keep, compare, or bring to another store.
 *
 * The state of an agent is what the store holds, as JSON: numbers as they are, bytes as
 * `{"base64": "…"}`. It reads back to the same bit. Its shape is described in docs/baselines-cli.md.
 */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { groupKey, namesOf } from '../scoring/knowledge.ts'
import { type AgentState, loadState, saveState } from './agent-state.ts'

/** Raised when the document changes shape. */
const VERSION = 1

const documentSchema = z.object({
  format: z.literal('perimeter-baselines'),
  version: z.number(),
  agents: z.array(
    z.object({ tenant: z.string(), agent: z.string(), ofMs: z.number(), state: z.unknown() }),
  ),
})

export interface ExportedAgent {
  readonly key: string
  /** Of which moment the baselines are: its latest event, epoch ms. */
  readonly ofMs: number
  readonly state: AgentState
}

/** The document, as JSON. */
export function exportedJson(agents: readonly Omit<ExportedAgent, 'ofMs'>[]): string {
  const document = {
    format: 'perimeter-baselines',
    version: VERSION,
    agents: agents.map(({ key, state }) => {
      const { tenant, name } = namesOf(key)
      return { tenant, agent: name, ofMs: state.context.lastMs, state: plain(saveState(state)) }
    }),
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

/**
 * Reads what `exportedJson` wrote.
 *
 * @throws EngineError INPUT_UNREADABLE where it is no such document; MEMORY_NEWER, MEMORY_INVALID
 */
export function readExported(text: string): ExportedAgent[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const message = `The baselines are not JSON: ${(cause as Error).message}.`
    throw new EngineError('INPUT_UNREADABLE', message, { cause })
  }
  const read = documentSchema.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    const message = `The baselines are no export of ours: ${issue?.path.join('.')}: ${issue?.message}.`
    throw new EngineError('INPUT_UNREADABLE', message, { cause: read.error })
  }
  const { version, agents } = read.data
  if (version > VERSION) {
    const message = `The baselines are v${version}; this build reads up to v${VERSION}.`
    throw new EngineError('MEMORY_NEWER', message)
  }
  return agents.map(({ tenant, agent, ofMs, state }) => ({
    key: groupKey(tenant, agent),
    ofMs,
    state: loadState(withBytes(state)),
  }))
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}

function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === 'base64' && typeof first[1] === 'string') {
    return new Uint8Array(Buffer.from(first[1], 'base64'))
  }
  return Object.fromEntries(entries.map(([name, part]) => [name, withBytes(part)]))
}
