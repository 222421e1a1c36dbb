/** Audit: who changed what was learned, or the model in use, when and why. Written with the change itself. */
import type { ChainableCommander, Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** Entries kept, latest first: years of changes made by hand. */
const AUDITS_MAX = 10_000

interface Change {
  /** Of the order that was carried out. */
  readonly id: string
  /** When it took effect, epoch ms by the clock of the worker; of a model, when it was wished for. */
  readonly atMs: number
  readonly by: string
  readonly why: string
  /** Why it was not carried out after all. */
  readonly problem?: string | undefined
}

/** An agent was given other baselines. */
export interface AgentAudit extends Change {
  readonly what: 'revert' | 'import'
  /** The agent's key, see `groupKey`. */
  readonly key: string
  /** Of which moment the baselines are that it has got. */
  readonly ofMs: number
}

/** Another model is to be gone over to. */
export interface ModelAudit extends Change {
  readonly what: 'activate' | 'rollback'
  /** The model's; empty for the configured one. */
  readonly version: string
}

export type Audit = AgentAudit | ModelAudit

/** Adds to a transaction. */
export function keepAudits(multi: ChainableCommander, keys: Keys, audits: readonly Audit[]): void {
  if (audits.length === 0) return
  multi.lpush(keys.audit, ...audits.map((audit) => JSON.stringify(audit)))
  multi.ltrim(keys.audit, 0, AUDITS_MAX - 1)
}

/** Every entry that is kept, latest first. */
export async function readAudits(client: Redis, keys: Keys): Promise<Audit[]> {
  const lines = await client.lrange(keys.audit, 0, -1)
  return lines.map((line) => JSON.parse(line) as Audit)
}
