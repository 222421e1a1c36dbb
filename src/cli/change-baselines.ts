/** Changes baselines by hand: orders that take effect at a point of the stream, and are audited. */
import { readFile } from 'node:fs/promises'
import { pack, unpack } from 'msgpackr'
import { loadState, saveState } from '../alert/agent-state.ts'
import { readExported } from '../alert/exported.ts'
import { EngineError } from '../errors.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import { namesOf } from '../scoring/knowledge.ts'
import { findAgent, type KnownAgents } from './known-agents.ts'
import { oneLine } from './show-alerts.ts'

/** How long an order is waited for; without a worker it takes effect when one runs. */
const ORDER_WAIT_MS = 15_000

export interface ChangeOptions {
  readonly tenant?: string
  /** Who wants it, and why; for the audit. */
  readonly by: string
  readonly why: string
}

/** Gives agents the baselines of an export. */
export async function importBaselines(
  known: KnownAgents,
  file: string,
  { by, why, tenant }: ChangeOptions,
): Promise<void> {
  const store = liveOf(known)
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new EngineError('INPUT_UNREADABLE', `${file} cannot be read: ${cause.message}.`, {
      cause,
    })
  })
  let waitMs = ORDER_WAIT_MS
  for (const { key, ofMs, state } of readExported(text)) {
    const { tenant: its, name } = namesOf(key)
    if (tenant !== undefined && its !== tenant) continue
    const order = { what: 'import', by, why, ofMs } as const
    const outcome = await store.replace(key, pack(saveState(state)), order, waitMs)
    if (outcome === undefined) waitMs = 0 // no worker runs: the others are not waited for
    tellOutcome(name, outcome)
  }
}

/** Goes back to an agent's baselines as they were at the end of a day. */
export async function revertBaselines(
  known: KnownAgents,
  id: string,
  { tenant, to, by, why }: ChangeOptions & { to: string },
): Promise<void> {
  const store = liveOf(known)
  const { dateOf } = await import('../runtime/snapshots.ts')
  const { key } = await findAgent(known, id, tenant)
  const snapshots = await store.snapshots(key)
  const wanted = snapshots.find((snapshot) => dateOf(snapshot) === to)
  if (wanted === undefined) {
    const there = snapshots.map(dateOf).join(', ') || 'none yet'
    throw new EngineError('CONFIG_INVALID', `${id} cannot go back to ${to}: there is ${there}.`)
  }
  const ofMs = loadState(unpack(wanted.state)).context.lastMs
  const order = { what: 'revert', by, why, ofMs } as const
  tellOutcome(id, await store.replace(key, wanted.state, order, ORDER_WAIT_MS))
}

function liveOf({ store }: KnownAgents): LiveStore {
  if (store !== undefined) return store
  throw new EngineError('CONFIG_INVALID', 'Baselines of a file cannot be changed.')
}

function tellOutcome(id: string, outcome: { readonly ofMs: number } | undefined): void {
  const name = oneLine(id)
  if (outcome === undefined)
    process.stdout.write(`${name}: ordered; it takes effect as soon as a worker runs\n`)
  else
    process.stdout.write(
      `${name}: has the baselines of ${new Date(outcome.ofMs).toISOString().slice(0, 16)} UTC\n`,
    )
}
