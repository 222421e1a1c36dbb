/** Guarded changes: what is decided by what was read is written only if that is still so. */
import type { ChainableCommander, Redis } from 'ioredis'
import { EngineError } from '../errors.ts'

/** What others change meanwhile is looked at anew so often. */
const ATTEMPTS_MAX = 20

/**
 * Does what `decide` adds, all or nothing, unless a watched key has changed meanwhile: then anew. The
 * connection is nobody else's to watch on. `what` changes, for the error.
 */
export async function guarded<Answer>(
  client: Redis,
  watched: readonly string[],
  what: string,
  decide: (multi: ChainableCommander) => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    await client.watch(...watched)
    const multi = client.multi()
    let answer: Answer
    try {
      answer = await decide(multi)
    } catch (error) {
      await client.unwatch()
      throw error
    }
    if ((await multi.exec()) !== null) return answer
  }
  const message = `${what} were changed by others ${ATTEMPTS_MAX} times in a row.`
  throw new EngineError('STORE_UNREACHABLE', message)
}
