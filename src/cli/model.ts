/** The model that a command scores with. */
import { fileURLToPath } from 'node:url'
import type { Model } from '../detectors/autoencoder/model.ts'
import { readModel } from '../offline/model-folder.ts'

/** The folder of the model that comes with the package. */
export const SHIPPED_MODEL = fileURLToPath(new URL('../../models/autoencoder', import.meta.url))
/** In place of a folder: no model. */
export const NO_MODEL = 'none'

/**
 * The model of a folder, or the one that comes with the package; undefined where none is wanted.
 *
 * @param folder `none` for no model
 * @throws EngineError MODEL_INVALID
 */
export async function chosenModel(folder: string | undefined): Promise<Model | undefined> {
  return folder === NO_MODEL ? undefined : readModel(folder ?? SHIPPED_MODEL)
}
