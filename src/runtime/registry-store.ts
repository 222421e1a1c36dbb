/**
 * Registry store: the agent registries that the stream has been read with, and which goes with its epochs.
 *
 * A worker that starts, or whose file has changed, wishes for what the file says. As with models, whoever
 * merges the next epoch's knowledge writes down that the registry goes with it, see `epochs.ts`: all
 * partitions go over to it at one point of the stream, and a replay can do the same.
 */
import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { parseRegistry, type Registry } from '../agent/registry.ts'
import type { RuntimeLog } from './connection.ts'
import type { Keys } from './keys.ts'
import { CONFIGURED } from './model-store.ts'

/** The version of having none. */
const NONE = 'none'
/** Registries kept beside the one wished for: those of the latest activations, for workers that lag. */
const KEPT = 8
const VERSION_LENGTH = 16

/**
 * Keeps a registry and wishes for it; what is older than any worker can ask for goes.
 * KEYS registries, registry-wish, registry-activations. ARGV version, registry, registries kept.
 */
const WISH = `
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('HSET', KEYS[2], 'version', ARGV[1])
local kept = {[ARGV[1]] = true}
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], -tonumber(ARGV[3]), -1)) do
  kept[string.sub(member, string.find(member, ':') + 1)] = true
end
for _, version in ipairs(redis.call('HKEYS', KEYS[1])) do
  if not kept[version] then redis.call('HDEL', KEYS[1], version) end
end`

/** By what it says, in its order: of two that look alike the first counts. */
export function registryVersion(registry: Registry | undefined): string {
  if (registry === undefined) return NONE
  return createHash('sha256').update(textOf(registry)).digest('hex').slice(0, VERSION_LENGTH)
}

/** Has the stream go over to a registry, or to none, where its next epoch is merged. */
export async function wishRegistry(
  client: Redis,
  keys: Keys,
  registry: Registry | undefined,
): Promise<void> {
  const { registries, registryWish, registryActivations } = keys
  const text = registry === undefined ? '' : textOf(registry)
  const version = registryVersion(registry)
  await client.eval(WISH, 3, registries, registryWish, registryActivations, version, text, KEPT)
}

/** Answers what reads the registry of a version, once; `configured` is this worker's own. */
export function openRegistries(
  client: Redis,
  keys: Keys,
  configured: Registry | undefined,
  log: RuntimeLog,
): (version: string) => Promise<Registry | undefined> {
  let latest = { version: registryVersion(configured), registry: configured }
  return async (version) => {
    if (version === CONFIGURED) return configured
    if (version === latest.version) return latest.registry
    const text = version === NONE ? undefined : await client.hget(keys.registries, version)
    if (text === null) {
      // Without it the stream would stand still, and no other could be gone over to.
      log.error({ registry: version }, 'this registry is not stored: the configured one is used')
      return configured
    }
    const registry = text === undefined ? undefined : parseRegistry(text).registry
    log.info({ registry: version, agents: registry?.size ?? 0 }, 'registry gone over to')
    latest = { version, registry }
    return registry
  }
}

const textOf = (registry: Registry): string => JSON.stringify([...registry.values()])
