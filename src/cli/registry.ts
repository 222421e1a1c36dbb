/** Reads the agent registry that a user named, and writes it anew. */
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import {
  parseRegistry,
  type Registry,
  type RegistryReject,
  type WrittenAgent,
  writtenAgents,
} from '../agent/registry.ts'
import { EngineError } from '../errors.ts'
import { replaceFile } from '../offline/output.ts'

type RegistryLog = Pick<Logger, 'error' | 'info' | 'warn'>

const REJECTS_LOGGED_MAX = 10
/** Between two looks at whether the file has changed. */
const LOOK_MS = 2_000

export interface ReadRegistry {
  readonly registry: Registry
  readonly rejects: readonly RegistryReject[]
}

/** Throws CONFIG_INVALID where the file cannot be read, REGISTRY_INVALID where no entry is usable. */
export async function readRegistry(file: string): Promise<ReadRegistry> {
  const text = await textOf(file)
  if (text !== undefined) return parseRegistry(text)
  throw new EngineError('CONFIG_INVALID', `registry: ${file} does not exist.`)
}

/** Reads it for a process that runs on: the entries that are left out are logged. Throws as `readRegistry`. */
export async function loggedRegistry(file: string, log: RegistryLog): Promise<Registry> {
  const { registry, rejects } = await readRegistry(file)
  for (const { entry, path, reason } of rejects.slice(0, REJECTS_LOGGED_MAX)) {
    log.warn({ registry: file, entry, path, reason }, 'an agent of the registry is left out')
  }
  log.info({ registry: file, agents: registry.size, leftOut: rejects.length }, 'registry read')
  return registry
}

/**
 * Tells of a registry each time its file has changed; one that cannot be read is logged, and is no change.
 * Answers what ends the watching.
 */
export function watchRegistry(
  file: string,
  changed: (registry: Registry) => Promise<void>,
  log: RegistryLog,
): () => Promise<void> {
  let looking = Promise.resolve()
  const look = async () => {
    try {
      await changed(await loggedRegistry(file, log))
    } catch (error) {
      log.error({ err: error, registry: file }, 'the registry has changed, and is not used so')
    }
  }
  let timer: NodeJS.Timeout | undefined
  const listener = () => {
    clearTimeout(timer) // until it has been still for a while: it may be half written
    timer = setTimeout(() => {
      looking = looking.then(look) // one after the other: the latest counts
    }, LOOK_MS)
  }
  watchFile(file, { interval: LOOK_MS, persistent: false }, listener)
  return async () => {
    unwatchFile(file, listener)
    clearTimeout(timer)
    await looking
  }
}

/**
 * A registry as it was written, to be written again; it need not be there yet.
 *
 * @throws EngineError CONFIG_INVALID where the file cannot be read, REGISTRY_INVALID where an entry is
 *   not usable
 */
export async function readWrittenRegistry(
  file: string,
): Promise<{ readonly text: string; readonly agents: readonly WrittenAgent[] }> {
  const text = (await textOf(file)) ?? ''
  return { text, agents: writtenAgents(text) }
}

/** As an array or as lines, whichever it was; an entry a line either way. Throws OUTPUT_UNWRITABLE. */
export async function writeRegistry(
  file: string,
  agents: readonly WrittenAgent[],
  before: string,
): Promise<void> {
  const entries = agents.map((agent) => JSON.stringify(agent))
  const isLines = before.trimStart().startsWith('{')
  const text = isLines ? entries.join('\n') : `[\n  ${entries.join(',\n  ')}\n]`
  await replaceFile(file, `${text}\n`)
}

/** Undefined where there is no such file. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const text = `registry: ${file} cannot be read: ${message}.`
    throw new EngineError('CONFIG_INVALID', text, { cause })
  }
}
