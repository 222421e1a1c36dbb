/**
 * Merges what an import brings into the agents a registry has.
 *
 * An import knows some fields of an agent and not others: it changes those it knows, and leaves what
 * was written by hand. Agents that came with an earlier import of the same source and are in this one
 * no more are gone: marked as `deleted`, and so no longer in service, or left out where asked.
 */
import { isDeepStrictEqual } from 'node:util'
import type { WrittenAgent } from './registry.ts'

/** The status of an agent that its source does not have any more. */
const GONE = 'deleted'

export interface ImportedAgents {
  /** What they are known by from then on; each agent once. */
  readonly source: string
  readonly agents: readonly WrittenAgent[]
  /** Agents that were in the import and could not be used: they are not gone. */
  readonly refusedIds: ReadonlySet<string>
  /** Whether it holds all agents of its source; if not, none is gone. */
  readonly isWhole: boolean
}

export interface ChangedAgent {
  readonly id: string
  /** The fields that are otherwise than before, by name. */
  readonly fields: readonly string[]
}

export interface MergedRegistry {
  /** In the order they had, new ones last. */
  readonly agents: readonly WrittenAgent[]
  readonly added: readonly string[]
  readonly changed: readonly ChangedAgent[]
  readonly unchanged: number
  /** Gone since the import before. */
  readonly gone: readonly string[]
}

export function mergeRegistry(
  before: readonly WrittenAgent[],
  { source, agents, refusedIds, isWhole }: ImportedAgents,
  { isPruning = false } = {},
): MergedRegistry {
  const incoming = new Map(agents.map((agent) => [agent.id, agent]))
  const merged: WrittenAgent[] = []
  const changed: ChangedAgent[] = []
  const gone: string[] = []
  let unchanged = 0
  for (const agent of before) {
    const update = incoming.get(agent.id)
    if (update !== undefined) {
      const after = updated(agent, { ...update, source })
      const fields = differing(agent, after)
      if (fields.length > 0) changed.push({ id: agent.id, fields })
      else unchanged++
      merged.push(after)
    } else if (isWhole && agent.source === source && !refusedIds.has(agent.id)) {
      if (isPruning || agent.status !== GONE) gone.push(agent.id)
      if (!isPruning) merged.push({ ...agent, status: GONE })
    } else merged.push(agent)
  }
  const known = new Set(before.map(({ id }) => id))
  const added = agents.filter(({ id }) => !known.has(id))
  merged.push(...added.map((agent) => ({ ...agent, source })))
  return { agents: merged, added: added.map(({ id }) => id), changed, unchanged, gone }
}

/** A source that says nothing of the status of an agent that had gone has it back all the same. */
function updated(before: WrittenAgent, update: WrittenAgent): WrittenAgent {
  const { status, ...rest } = before
  const kept = status === GONE ? rest : before
  const purpose = { ...before.purpose, ...update.purpose }
  return {
    ...kept,
    ...update,
    ...(Object.keys(purpose).length === 0 ? {} : { purpose }),
  }
}

function differing(before: WrittenAgent, after: WrittenAgent): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]))
}
