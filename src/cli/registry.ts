/** Reads the agent registry that a user named, and writes it anew. */
import { readFile } from 'node:fs/promises'
import {
  parseRegistry,
  type Registry,
  type RegistryReject,
  type WrittenAgent,
  writtenAgents,
} from '../agent/registry.ts'
import { EngineError } from '../errors.ts'
import { replaceFile } from '../offline/output.ts'

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
