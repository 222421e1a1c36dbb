/**
 * Model changes: a model is kept, gone over to, or gone back from, with an audit record of who and why.
 *
 * Each takes effect where the next epoch is merged, see `model-store.ts`. What training finds better is
 * gone over to by itself, unless that is left to people; a rollback is held until a model is activated by
 * hand again, or training would undo it the next day.
 */
import { randomUUID } from 'node:crypto'
import type { ChainableCommander, Redis } from 'ioredis'
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import { EngineError } from '../errors.ts'
import { keepAudits, type ModelAudit } from './audit.ts'
import { guarded } from './guarded.ts'
import type { Keys } from './keys.ts'
import {
  type Activation,
  activationsOf,
  CONFIGURED,
  storedModel,
  storedModels,
  type Wish,
  wishOf,
} from './model-store.ts'

/** Models kept, the latest first: those in use, wished for, or to be gone back to are among them. */
const MODELS_KEPT_MAX = 10

type By = Pick<ModelAudit, 'by' | 'why'>

/** Wishes for another model by hand. Throws MODEL_INVALID where the store has none of that version. */
export async function activate(
  client: Redis,
  keys: Keys,
  version: string,
  by: By,
): Promise<ModelAudit> {
  return change(client, keys, async (multi) => {
    if (version !== CONFIGURED) await storedModel(client, keys, version)
    return wishFor(multi, keys, { version, isHeld: false }, { ...by, what: 'activate' })
  })
}

/**
 * Goes back to the model before the one in use, or keeps the one in use where another is wished for.
 * Throws CONFIG_INVALID where there was none before, MODEL_INVALID where it is gone.
 */
export async function rollBack(client: Redis, keys: Keys, by: By): Promise<ModelAudit> {
  return change(client, keys, async (multi) => {
    const activations = await activationsOf(client, keys)
    const wish = await wishOf(client, keys)
    const inUse = activations.at(-1)?.version ?? CONFIGURED
    const version = wish.version === inUse ? versionBefore(activations) : inUse
    if (version === undefined) {
      const message = 'The configured model is in use: there was none before it.'
      throw new EngineError('CONFIG_INVALID', message)
    }
    if (version !== CONFIGURED) await storedModel(client, keys, version)
    return wishFor(multi, keys, { version, isHeld: true }, { ...by, what: 'rollback' })
  })
}

/**
 * Keeps a model that was trained, and wishes for it unless that is left to people or one is held.
 * Answers whether it is wished for.
 */
export async function storeModel(
  client: Redis,
  keys: Keys,
  model: SavedModel,
  card: string,
  { isActivating, by, why }: By & { readonly isActivating: boolean },
): Promise<boolean> {
  return change(client, keys, async (multi) => {
    const [wish, activations, stored] = await Promise.all([
      wishOf(client, keys),
      activationsOf(client, keys),
      storedModels(client, keys),
    ])
    const { version } = model
    multi.hset(keys.models, { [version]: JSON.stringify(model) })
    multi.hset(keys.modelCards, { [version]: card })
    const needed = new Set([version, wish.version, versionBefore(activations)])
    needed.add(activations.at(-1)?.version)
    const before = stored.map((one) => one.version).filter((one) => one !== version)
    const others = before.filter((one) => !needed.has(one))
    const room = MODELS_KEPT_MAX - 1 - (before.length - others.length)
    const gone = others.slice(Math.max(0, room))
    if (gone.length > 0) multi.hdel(keys.models, ...gone).hdel(keys.modelCards, ...gone)
    const isWished = isActivating && !wish.isHeld
    if (isWished) wishFor(multi, keys, { version, isHeld: false }, { what: 'activate', by, why })
    return isWished
  })
}

/** The version in use before the one that is; undefined where none was. */
export function versionBefore(activations: readonly Activation[]): string | undefined {
  const inUse = activations.at(-1)?.version ?? CONFIGURED
  if (inUse === CONFIGURED) return undefined
  // Where it was gone back to, what counts is what came before it the first time.
  const first = activations.findIndex(({ version }) => version === inUse)
  return activations[first - 1]?.version ?? CONFIGURED
}

function wishFor(
  multi: ChainableCommander,
  keys: Keys,
  { version, isHeld }: Wish,
  by: By & Pick<ModelAudit, 'what'>,
): ModelAudit {
  const audit = { id: randomUUID(), atMs: Date.now(), version, ...by }
  multi.hset(keys.modelWish, { version, isHeld: isHeld ? 1 : 0 })
  keepAudits(multi, keys, [audit])
  return audit
}

/** Changes the models as `decide` says, by what they are. */
function change<Answer>(
  client: Redis,
  keys: Keys,
  decide: (multi: ChainableCommander) => Promise<Answer>,
): Promise<Answer> {
  return guarded(client, [keys.modelWish, keys.models, keys.activations], 'The models', decide)
}
