/** The local key: lets one use the HTTP interface of one's own machine without configuring a key. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { hashKey, type KeyConfig, keySchema } from '../api/keys.ts'
import { EngineError } from '../errors.ts'

const KEY_BYTES = 24
const FILE = 'api-key.json'

export interface LocalKey {
  readonly config: KeyConfig
  readonly file: string
  /** The key itself, where it was made just now; it is stored nowhere. */
  readonly created: string | undefined
}

/** Finds the key of the data directory, or makes one: the first time, and where asked to. */
export async function localKey(dataDir: string, isNew = false): Promise<LocalKey> {
  const file = join(dataDir, FILE)
  const known = isNew ? undefined : await readKey(file)
  if (known !== undefined) return { config: known, file, created: undefined }
  const created = `pk_${randomBytes(KEY_BYTES).toString('base64url')}`
  const config: KeyConfig = { name: 'local', role: 'admin', hash: hashKey(created) }
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    await writeFile(file, `${JSON.stringify(config)}\n`, { mode: 0o600, flag: isNew ? 'w' : 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return localKey(dataDir) // another process made one in this moment
  }
  return { config, file, created }
}

async function readKey(file: string): Promise<KeyConfig | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const value = z.string().transform(parseJson).pipe(keySchema).safeParse(text)
  if (value.success) return value.data
  const message = `${file} is damaged: remove it, and a new key is made.`
  throw new EngineError('CONFIG_INVALID', message, { cause: value.error })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
