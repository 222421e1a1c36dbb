/**
 * Training: a model fitted on the samples that the workers keep, and what came of it.
 *
 * It reads the samples and writes at its end alone, all at once: ended before, it leaves nothing behind.
 */
import type { Redis } from 'ioredis'
import { cardOf } from '../detectors/autoencoder/card.ts'
import { modelOf, type SavedModel } from '../detectors/autoencoder/model.ts'
import { type Retrained, retrain } from '../detectors/autoencoder/retrain.ts'
import type { Keys } from './keys.ts'
import { storeModel } from './model-changes.ts'
import { CONFIGURED, storedModel, wishOf } from './model-store.ts'
import type { TrainingOptions } from './options.ts'
import { readSamples } from './samples.ts'

/** Trainings kept, latest first: those of weeks. */
const TRAININGS_MAX = 100
const SEED = 1

/** Who wants a training, and why. */
export interface TrainingOrder {
  readonly id: string
  readonly by: string
  readonly why: string
  /** Whether one is trained though nothing has shifted. */
  readonly isForced: boolean
}

export interface TrainingParts {
  readonly options: TrainingOptions
  readonly partitions: number
  /** The model in use where none was activated. */
  readonly configured: SavedModel | undefined
  readonly order: TrainingOrder
}

/** What came of a training. */
export interface TrainingRecord {
  /** Of the order. */
  readonly id: string
  readonly by: string
  /** When it ended, epoch ms by the clock of the worker. */
  readonly atMs: number
  readonly outcome: Retrained['outcome'] | 'failed'
  readonly samples: number
  readonly shifted: readonly string[]
  /** Of the model trained, where one was; kept where it was better. */
  readonly version?: string | undefined
  readonly error?: number | undefined
  readonly errorInUse?: number | undefined
  /** Whether it is gone over to at the end of the epoch. */
  readonly isActivated: boolean
  /** Why it failed. */
  readonly problem?: string | undefined
}

/** Trains where it is called for. Throws TRAINING_IMPOSSIBLE, MODEL_INVALID. */
export async function runTraining(
  client: Redis,
  keys: Keys,
  { options, partitions, configured, order }: TrainingParts,
): Promise<TrainingRecord> {
  const samples = await readSamples(client, keys, partitions)
  const { version: inUse } = await wishOf(client, keys)
  const isOwn = inUse !== CONFIGURED
  const own = isOwn ? await storedModel(client, keys, inUse) : undefined
  const before = own ?? (configured && modelOf(configured, 'the configured model'))
  const { outcome, shifted, ...fit } = await retrain(samples, {
    seed: SEED,
    at: new Date().toISOString(),
    on: `the live stream ${keys.root}`,
    inUse: before,
    isOwn,
    isForced: order.isForced,
    samplesMin: options.samplesMin,
    margin: options.margin,
  })
  const { id, by } = order
  const seen = { id, by, atMs: Date.now(), outcome, shifted, samples: samples.length }
  let record: TrainingRecord = { ...seen, isActivated: false }
  if ('model' in fit) {
    const { model, error, errorInUse } = fit
    record = { ...record, version: model.version, error, errorInUse }
    if (outcome === 'better') {
      const isActivated = await storeModel(client, keys, model, cardOf(model, before?.saved), {
        isActivating: options.activation === 'automatic',
        by,
        why: whyOf(record, order),
      })
      record = { ...record, isActivated }
    }
  }
  await keepTraining(client, keys, record)
  return record
}

export async function keepTraining(
  client: Redis,
  keys: Keys,
  record: TrainingRecord,
): Promise<void> {
  await client
    .multi()
    .lpush(keys.trainings, JSON.stringify(record))
    .ltrim(keys.trainings, 0, TRAININGS_MAX - 1)
    .exec()
}

/** What came of the latest trainings, latest first. */
export async function trainingsOf(client: Redis, keys: Keys): Promise<TrainingRecord[]> {
  const lines = await client.lrange(keys.trainings, 0, -1)
  return lines.map((line) => JSON.parse(line) as TrainingRecord)
}

function whyOf({ error = 0, errorInUse }: TrainingRecord, { why }: TrainingOrder): string {
  const than = errorInUse === undefined ? 'there was none' : `before ${errorInUse.toFixed(3)}`
  return `${why}: error ${error.toFixed(3)}, ${than}`
}
