/** Reads the agent registry that a user named. */
import { readFile } from 'node:fs/promises'
import { parseRegistry, type Registry, type RegistryReject } from '../agent/registry.ts'
import { EngineError } from '../errors.ts'

export interface ReadRegistry {
  readonly registry: Registry
  readonly rejects: readonly RegistryReject[]
}

/** Throws CONFIG_INVALID where the file cannot be read, REGISTRY_INVALID where no entry is usable. */
export async function readRegistry(file: string): Promise<ReadRegistry> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
    throw new EngineError('CONFIG_INVALID', `registry: ${file} ${why}.`, { cause })
  }
  return parseRegistry(text)
}
