/** The agents that are known: those of the live store, or of a file that a scan has written. */
import { pack, unpack } from 'msgpackr'
import { type AgentState, loadState, saveState } from '../alert/agent-state.ts'
import type { Config } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import type { Knowledge } from '../scoring/knowledge.ts'
import { namesOf } from '../scoring/knowledge.ts'
import { openStore } from './open-store.ts'
import { openLog } from './run.ts'

export interface KnownAgent {
  readonly key: string
  readonly state: AgentState
  /** As it is stored. */
  readonly sizeBytes: number
}

export interface KnownAgents {
  /** Undefined where they come from a file. */
  readonly store: LiveStore | undefined
  all(): AsyncIterable<KnownAgent>
  knowledge(): Promise<Knowledge>
  close(): Promise<void>
}

/** Throws INPUT_UNREADABLE, REDIS_UNAVAILABLE, STORE_UNREACHABLE. */
export async function openKnownAgents(
  config: Config,
  file: string | undefined,
): Promise<KnownAgents> {
  return file === undefined ? live(config) : fromFile(config, file)
}

/** The agent of that id; its tenant is needed only where several have one. */
export async function findAgent(
  known: KnownAgents,
  id: string,
  tenant: string | undefined,
): Promise<KnownAgent> {
  const found: KnownAgent[] = []
  for await (const agent of known.all()) {
    const names = namesOf(agent.key)
    if (names.name === id && (tenant === undefined || names.tenant === tenant)) found.push(agent)
  }
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  const message =
    first === undefined
      ? `There is no agent "${id}": agents list shows those there are.`
      : `Agents of ${found.length} tenants are called "${id}": expected --tenant as well.`
  throw new EngineError('CONFIG_INVALID', message)
}

async function live(config: Config): Promise<KnownAgents> {
  const { store, close } = await openStore(config, openLog({ ...config, log: { level: 'warn' } }))
  return {
    store,
    async *all() {
      for await (const { key, state } of store.agents()) {
        yield { key, state: loadState(unpack(state)), sizeBytes: state.length }
      }
    },
    knowledge: () => store.knowledge(),
    close,
  }
}

async function fromFile({ threshold }: Config, file: string): Promise<KnownAgents> {
  const { loadScan } = await import('../offline/baselines-file.ts')
  const { replay } = await loadScan(file, { threshold })
  return {
    store: undefined,
    async *all() {
      for (const { agents } of replay.engines) {
        for (const [key, state] of agents) {
          yield { key, state, sizeBytes: pack(saveState(state)).length }
        }
      }
    },
    knowledge: async () => replay.knowledge,
    async close() {},
  }
}
