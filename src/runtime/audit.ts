/**
 * Audit: who changed what was learned, the model in use, or what had been set aside, when and why.
 * Written with the change itself.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** Entries kept of each list, latest first: years of changes made by hand. */
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

/** What had been set aside was put in again, or forgotten. */
export interface LetterAudit extends Change {
  readonly what: 'replay' | 'drop'
  /** The id of the letter. */
  readonly letter: string
  readonly kind: string
  readonly code: string
  /** What it was about. */
  readonly of: string
}

export type Audit = AgentAudit | ModelAudit | LetterAudit

/** Adds to a transaction. Letters have a list of their own: thousands may go at once. */
export function keepAudits(multi: ChainableCommander, keys: Keys, audits: readonly Audit[]): void {
  for (const audit of audits) {
    const list = 'letter' in audit ? keys.letterAudit : keys.audit
    multi.lpush(list, JSON.stringify(audit)).ltrim(list, 0, AUDITS_MAX - 1)
  }
}

/** Every entry that is kept of agents and models, latest first. */
export async function readAudits(client: Redis, keys: Keys): Promise<(AgentAudit | ModelAudit)[]> {
  const lines = await client.lrange(keys.audit, 0, -1)
  return lines.map((line) => JSON.parse(line) as AgentAudit | ModelAudit)
}

/** Every entry that is kept of letters, latest first. */
export async function readLetterAudits(client: Redis, keys: Keys): Promise<LetterAudit[]> {
  const lines = await client.lrange(keys.letterAudit, 0, -1)
  return lines.map((line) => JSON.parse(line) as LetterAudit)
}
