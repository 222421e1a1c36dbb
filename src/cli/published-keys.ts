/** What is published of the sinks that sign. */
import type { Logger } from 'pino'
import type { PublishedKeys } from '../api/routes/published-keys.ts'
import type { Config } from '../config.ts'
import { publicKeyOf } from '../sinks/caep.ts'

/**
 * The public keys of all caep sinks, and in whose names they sign. A process that only takes events in
 * may not have been given the private ones, and goes without.
 */
export async function publishedKeysOf(
  { sinks }: Pick<Config, 'sinks'>,
  log: Pick<Logger, 'warn'>,
): Promise<PublishedKeys> {
  const keys = new Map<string | undefined, object>()
  const issuers = new Set<string>()
  for (const sink of sinks) {
    if (sink.type !== 'caep') continue
    try {
      const key = await publicKeyOf(sink)
      keys.set(key.kid, key)
      issuers.add(sink.issuer)
    } catch (error) {
      log.warn({ err: error, sink: sink.name }, 'its public key is not published here')
    }
  }
  return { keys: [...keys.values()], issuers: [...issuers] }
}
