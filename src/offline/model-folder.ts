/**
 * Model folder: `model.json`, its `card.md`, and under `versions/` the models that were there before.
 *
 * To roll back, name the folder of an earlier version. A model is written beside the old one and then
 * moved in its place, so that whoever reads meanwhile gets one of the two, and whole.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cardOf } from '../detectors/autoencoder/card.ts'
import { type Model, parseModel, type SavedModel } from '../detectors/autoencoder/model.ts'
import { EngineError } from '../errors.ts'
import { replaceFile, unwritable } from './output.ts'

const MODEL_FILE = 'model.json'
const CARD_FILE = 'card.md'

/** Throws MODEL_INVALID where there is none, or none that can be used. */
export async function readModel(folder: string): Promise<Model> {
  const file = join(folder, MODEL_FILE)
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
    throw new EngineError('MODEL_INVALID', `${file} ${why}.`, { cause })
  }
  return parseModel(bytes, file)
}

/** Writes a model; the one that was there, if any, is kept. Throws OUTPUT_UNWRITABLE. */
export async function writeModel(
  folder: string,
  model: SavedModel,
  before: SavedModel | undefined,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    if (before !== undefined && before.version !== model.version) {
      const kept = join(folder, 'versions', before.version.replace(/[^\w.-]/g, '_'))
      await mkdir(kept, { recursive: true })
      for (const name of [MODEL_FILE, CARD_FILE]) {
        await replaceFile(join(kept, name), await readFile(join(folder, name)))
      }
    }
    await replaceFile(join(folder, CARD_FILE), cardOf(model, before))
    await replaceFile(join(folder, MODEL_FILE), `${JSON.stringify(model)}\n`)
  } catch (cause) {
    throw cause instanceof EngineError ? cause : unwritable(folder, cause)
  }
}
