/**
 * Learned: which history the store has, and how far one was taken in that was interrupted.
 *
 * How far a history has come is written in the transaction that takes its events in, so that a run
 * which goes on after an interruption neither leaves one out nor counts one twice.
 */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import type { Marks } from './intake.ts'
import type { Keys } from './keys.ts'

/** A run that gives no sign of life for so long has ended, and another may begin. */
const LOCK_MS = 30_000
const LOCKS_PER_LEASE = 3

/** Several files that are learned together, in order of time. */
export interface History {
  readonly id: string
  readonly digests: readonly string[]
  readonly events: number
}

interface Taken {
  /** Events taken in so far. */
  readonly accepted: number
  readonly isDone: boolean
}

export function historyOf(files: readonly { readonly digest: string; readonly events: number }[]) {
  const digests = files.map(({ digest }) => digest)
  const id = createHash('sha256').update(digests.join('\n')).digest('hex')
  const events = files.reduce((sum, file) => sum + file.events, 0)
  return { id, digests, events } satisfies History
}

const fileField = (digest: string) => `file:${digest}`
const setField = (id: string) => `set:${id}`

/** What is written with a part of its events, after which so many are taken in. */
export function marksOf({ id, digests }: History, accepted: number, isFirst: boolean): Marks {
  const taken: Taken = { accepted, isDone: false }
  const files = isFirst ? digests.map((digest) => [fileField(digest), id]) : []
  return { ...Object.fromEntries(files), [setField(id)]: JSON.stringify(taken) }
}

/** What is written with its end. */
export function endMarksOf({ id, events }: History): Marks {
  return { [setField(id)]: JSON.stringify({ accepted: events, isDone: true } satisfies Taken) }
}

/** Which of the files were learned before, to the end. */
export async function learnedFiles(
  client: Redis,
  keys: Keys,
  digests: readonly string[],
): Promise<ReadonlyMap<string, 'done' | 'begun'>> {
  const found = new Map<string, 'done' | 'begun'>()
  for (const digest of digests) {
    const id = await client.hget(keys.learned, fileField(digest))
    if (id === null) continue
    const taken = await takenOf(client, keys, id)
    found.set(digest, taken.isDone ? 'done' : 'begun')
  }
  return found
}

/** How far a history was taken in; nothing of one that was not begun. */
export async function takenOf(client: Redis, keys: Keys, id: string): Promise<Taken> {
  const saved = await client.hget(keys.learned, setField(id))
  return saved === null ? { accepted: 0, isDone: false } : (JSON.parse(saved) as Taken)
}

/** Renews the lock while it is ours. KEYS lock. ARGV token, ms. */
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`
/** Frees it while it is ours. KEYS lock. ARGV token. */
const FREE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/** Keeps others from learning until what is answered is called. Throws CONFIG_INVALID. */
export async function lockHistory(client: Redis, keys: Keys): Promise<() => Promise<void>> {
  const lock = keys.learning
  const token = randomUUID()
  if ((await client.set(lock, token, 'PX', LOCK_MS, 'NX')) === null) {
    const message = 'A history is being learned already: expected to be the only one.'
    throw new EngineError('CONFIG_INVALID', message)
  }
  const renewal = setInterval(() => {
    client.eval(RENEW, 1, lock, token, LOCK_MS).catch(() => {}) // the next one, or it runs out
  }, LOCK_MS / LOCKS_PER_LEASE)
  return async () => {
    clearInterval(renewal)
    await client.eval(FREE, 1, lock, token).catch(() => {}) // or it runs out
  }
}

const POLL_MS = 100

/** Resolves once the partitions have done all jobs that they have been given until now. */
export async function untilDone(
  client: Redis,
  keys: Keys,
  partitions: number,
  told: (jobsLeft: number) => void,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const heads = await client.hgetall(keys.intake)
  for (;;) {
    let jobsLeft = 0
    for (let partition = 0; partition < partitions; partition++) {
      const done = Number(await client.hget(keys.position(partition), 'order'))
      jobsLeft += Math.max(0, Number(heads[`order:${partition}`] ?? 0) - done)
    }
    told(jobsLeft)
    if (jobsLeft === 0) return
    signal?.throwIfAborted()
    await sleep(POLL_MS)
  }
}
