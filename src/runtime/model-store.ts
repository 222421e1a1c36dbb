/**
 * Model store: the models trained on the stream, and which of them its epochs are scored with.
 *
 * A model is wished for. Whoever merges the next epoch's knowledge writes down that the model goes with
 * it, in the same step; every partition that goes on with this knowledge goes on with the model. So all
 * change at one point of the stream, and `activations` tells a replay where. See `model-changes.ts` for
 * who may wish.
 */
import type { Redis } from 'ioredis'
import { type Model, parseModel, type SavedModel } from '../detectors/autoencoder/model.ts'
import { EngineError } from '../errors.ts'
import type { RuntimeLog } from './connection.ts'
import type { Keys } from './keys.ts'

/** The version of the model that is configured, which need not be in the store. */
export const CONFIGURED = ''
/** Activations kept: a change a day for years. */
export const ACTIVATIONS_MAX = 1_000

export interface Activation {
  /** The epoch whose knowledge the model goes with; it scores the epoch after the next. */
  readonly epoch: number
  readonly version: string
}

export interface Wish {
  readonly version: string
  /** Whether it was gone back to by hand, so that training goes over to no other. */
  readonly isHeld: boolean
}

export interface StoredModel {
  readonly version: string
  readonly saved: SavedModel
  /** Why this build cannot use it. */
  readonly problem: string | undefined
}

/** Every activation that is kept, earliest first. */
export async function activationsOf(
  client: Redis,
  { activations }: Pick<Keys, 'activations'>,
): Promise<Activation[]> {
  return (await client.zrange(activations, '0', '-1')).map(readActivation)
}

/** The version that goes with what was known at the end of an epoch, by the activations of its kind. */
export async function versionAt(
  client: Redis,
  { activations }: Pick<Keys, 'activations'>,
  epoch: number,
): Promise<string> {
  const [latest] = await client.zrevrangebyscore(
    activations,
    String(epoch),
    '-inf',
    'LIMIT',
    '0',
    '1',
  )
  return latest === undefined ? CONFIGURED : readActivation(latest).version
}

/** What is wished for; where nothing ever was, the configured model. */
export async function wishOf(client: Redis, keys: Keys): Promise<Wish> {
  const { version = CONFIGURED, isHeld } = await client.hgetall(keys.modelWish)
  return { version, isHeld: isHeld === '1' }
}

/** All that are kept, the latest trained first. */
export async function storedModels(client: Redis, keys: Keys): Promise<StoredModel[]> {
  const models = Object.entries(await client.hgetallBuffer(keys.models))
  return models.map(readStored).sort((a, b) => (a.saved.trained.at < b.saved.trained.at ? 1 : -1))
}

/** The model of a version. Throws MODEL_INVALID where it is not there, or this build cannot use it. */
export async function storedModel(client: Redis, keys: Keys, version: string): Promise<Model> {
  const bytes = await client.hgetBuffer(keys.models, version)
  if (bytes !== null) return parseModel(bytes, `the model ${version}`)
  const there = (await client.hkeys(keys.models)).sort().join(', ') || 'none yet'
  const message = `The store has no model ${version}: there is ${there}.`
  throw new EngineError('MODEL_INVALID', message)
}

/** Answers what reads the model of a version, once; one that cannot be used is told and replaced. */
export function openModels(
  client: Redis,
  keys: Keys,
  configured: Model | undefined,
  log: RuntimeLog,
): (version: string) => Promise<Model | undefined> {
  let latest: { version: string; model: Model | undefined } | undefined
  return async (version) => {
    if (version === CONFIGURED) return configured
    if (latest?.version === version) return latest.model
    let model: Model | undefined
    try {
      model = await storedModel(client, keys, version)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      // Without it the stream would stand still, and no other could be gone over to.
      log.error({ err: error, model: version }, 'the configured model is used in its place')
      model = configured
    }
    latest = { version, model }
    return model
  }
}

function readActivation(member: string): Activation {
  const colon = member.indexOf(':')
  return { epoch: Number(member.slice(0, colon)), version: member.slice(colon + 1) }
}

function readStored([version, bytes]: [string, Buffer]): StoredModel {
  const saved = JSON.parse(bytes.toString()) as SavedModel // as `storeModel` has written it
  try {
    parseModel(bytes, version)
    return { version, saved, problem: undefined }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return { version, saved, problem: error.message }
  }
}
