/** Dead letters: what could not be used or delivered, with the reason, for somebody to look at. */
import { createHash, randomUUID } from 'node:crypto'
import type { ChainableCommander, Redis } from 'ioredis'
import { keepAudits, type LetterAudit } from './audit.ts'
import { guarded } from './guarded.ts'
import type { Keys } from './keys.ts'

/** Kept of each list, latest first. */
const REJECTS_MAX = 1_000
const DEAD_LETTERS_MAX = 10_000
/** Kept of a record that was rejected, in UTF-16 units. */
export const RECORD_LENGTH_MAX = 2_048
/** Hexadecimal digits of a letter's id: of eleven thousand, two are alike once in a million times. */
const ID_DIGITS = 12

export interface RejectLetter {
  /** Epoch ms, by the clock of the ingest. */
  readonly atMs: number
  /** Where in the record: `$.agent.id`. */
  readonly path: string
  readonly reason: string
  /** The beginning of the record, where it has lines of its own. */
  readonly record?: string | undefined
  /** The format the sender named, if any. */
  readonly format?: string | undefined
  /** The source it was read from and its place there; undefined where it was sent over HTTP. */
  readonly from?: string | undefined
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

/** A letter as it is kept, and what it is known by. */
export interface KeptLetter {
  /** Follows from the line, so that it stays the same while others come and go. */
  readonly id: string
  /** Where it is kept, and as what. */
  readonly list: string
  readonly line: string
  readonly letter:
    | DeadLetter
    | ({ readonly kind: 'record'; readonly code: 'REJECTED' } & RejectLetter)
}

/** Everything that was set aside, latest first. */
export async function keptLetters(client: Redis, keys: Keys): Promise<KeptLetter[]> {
  const [rejects, others] = await Promise.all([
    client.lrange(keys.rejects, 0, -1),
    client.lrange(keys.deadLetters, 0, -1),
  ])
  const kept = (list: string, line: string, letter: KeptLetter['letter']): KeptLetter => ({
    id: createHash('sha256').update(line).digest('hex').slice(0, ID_DIGITS),
    ...{ list, line, letter },
  })
  return [
    ...rejects.map((line) => {
      const letter = {
        kind: 'record',
        code: 'REJECTED',
        ...(JSON.parse(line) as RejectLetter),
      } as const
      return kept(keys.rejects, line, letter)
    }),
    ...others.map((line) => kept(keys.deadLetters, line, JSON.parse(line) as DeadLetter)),
  ].sort((a, b) => b.letter.atMs - a.letter.atMs)
}

/** What it is about: a sink, an agent and its event, a place in a record. */
export function aboutLetter(letter: KeptLetter['letter']): string {
  if (letter.kind === 'alert') return letter.sink
  if (letter.kind === 'record') return letter.path
  const { agent, id } = letter.event as { readonly agent?: unknown; readonly id?: unknown }
  const name = typeof agent === 'object' && agent !== null && 'id' in agent ? agent.id : agent
  return [name, id].filter((one) => typeof one === 'string').join(' ')
}

/** Who does it, and why; for the audit. */
export type LetterBy = Pick<LetterAudit, 'by' | 'why'>

/** The record of what is done with a letter. */
export function letterAudit(
  { id, letter }: KeptLetter,
  what: LetterAudit['what'],
  by: LetterBy,
): LetterAudit {
  const { kind, code } = letter
  const of = aboutLetter(letter)
  return { id: randomUUID(), atMs: Date.now(), what, letter: id, kind, code, of, ...by }
}

/** Forgets it. Answers whether it was there still. */
export async function dropLetter(
  client: Redis,
  keys: Keys,
  kept: KeptLetter,
  by: LetterBy,
): Promise<boolean> {
  const { list, line } = kept
  return guarded(client, [list], 'The dead letters', async (multi) => {
    if ((await client.lpos(list, line)) === null) return false
    keepAudits(multi.lrem(list, 1, line), keys, [letterAudit(kept, 'drop', by)])
    return true
  })
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
