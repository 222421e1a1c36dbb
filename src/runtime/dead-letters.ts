/** Dead letters: what could not be used or delivered, with the reason, for somebody to look at. */
import type { ChainableCommander, Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** Kept of each list, latest first. */
const REJECTS_MAX = 1_000
const DEAD_LETTERS_MAX = 10_000
/** Kept of a record that was rejected, in UTF-16 units. */
const RECORD_LENGTH_MAX = 2_048

export interface RejectLetter {
  /** Epoch ms, by the clock of the ingest. */
  readonly atMs: number
  /** Where in the record: `$.agent.id`. */
  readonly path: string
  readonly reason: string
  /** The beginning of the record, where it has lines of its own. */
  readonly record?: string | undefined
}

export type DeadLetter = {
  readonly atMs: number
  readonly reason: string
  readonly code: string
} & (
  | { readonly kind: 'event'; readonly event: unknown }
  | { readonly kind: 'alert'; readonly sink: string; readonly alert: unknown }
)

export async function keepRejects(
  client: Redis,
  keys: Keys,
  letters: readonly RejectLetter[],
): Promise<void> {
  if (letters.length === 0) return
  const lines = letters.map((letter) =>
    JSON.stringify({ ...letter, record: letter.record?.slice(0, RECORD_LENGTH_MAX) }),
  )
  await client
    .pipeline()
    .lpush(keys.rejects, ...lines)
    .ltrim(keys.rejects, 0, REJECTS_MAX - 1)
    .exec()
}

/** Adds to a transaction or a pipeline. */
export function keepDeadLetters(
  multi: ChainableCommander,
  keys: Keys,
  letters: readonly DeadLetter[],
): void {
  if (letters.length === 0) return
  multi.lpush(keys.deadLetters, ...letters.map((letter) => JSON.stringify(letter)))
  multi.ltrim(keys.deadLetters, 0, DEAD_LETTERS_MAX - 1)
}
