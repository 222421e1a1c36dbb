/** Changes of the model in use by hand: they take effect at a point of the stream, and are audited. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { ModelAudit } from '../runtime/audit.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import { CONFIGURED } from '../runtime/model-store.ts'
import type { TrainingRecord } from '../runtime/training.ts'
import { openLog } from './run.ts'
import { oneLine } from './show-alerts.ts'
import { trainingLine } from './show-models.ts'

/** In place of a version: the model that is configured. */
const CONFIGURED_NAME = 'configured'
/** How long a training is waited for; it goes on without. */
const TRAINING_WAIT_MS = 30 * 60_000
const POLL_MS = 200

export interface ByWhom {
  readonly by: string
  readonly why: string
  readonly json?: boolean
}

/** Goes over to a model of the store, or to the one that is configured. */
export async function activateModel(
  { client, keys }: LiveStore,
  name: string,
  { by, why, json }: ByWhom,
): Promise<void> {
  const { activate } = await import('../runtime/model-changes.ts')
  const version = name === CONFIGURED_NAME ? CONFIGURED : name
  tellChange(await activate(client, keys, version, { by, why }), json)
}

export async function rollBackModel(
  { client, keys }: LiveStore,
  { by, why, json }: ByWhom,
): Promise<void> {
  const { rollBack } = await import('../runtime/model-changes.ts')
  tellChange(await rollBack(client, keys, { by, why }), json)
}

/** Has a model trained, and waits for what comes of it where a worker runs. */
export async function trainModel(
  store: LiveStore,
  config: Config,
  { by, why, json }: ByWhom,
): Promise<void> {
  const { client, keys } = store
  const [{ orderTraining }, { trainingsOf }] = await Promise.all([
    import('../runtime/trainer.ts'),
    import('../runtime/training.ts'),
  ])
  const log = openLog({ ...config, log: { level: 'warn' } })
  const id = await orderTraining(client, keys, { by, why }, log)
  const endMs = performance.now() + TRAINING_WAIT_MS
  let record: TrainingRecord | undefined
  while (record === undefined && performance.now() < endMs) {
    if (!(await store.hasWorkers(config.worker.leaseMs))) break
    await sleep(POLL_MS)
    record = (await trainingsOf(client, keys)).find((one) => one.id === id)
  }
  if (record?.problem !== undefined) throw new EngineError('TRAINING_IMPOSSIBLE', record.problem)
  if (json) say(JSON.stringify(record ?? { id, outcome: 'ordered' }, null, 2))
  else if (record === undefined) say('ordered; a model is trained as soon as a worker can')
  else say(trainingLine(record))
}

function tellChange(audit: ModelAudit, json: boolean | undefined): void {
  if (json) say(JSON.stringify(audit, null, 2))
  else {
    const name = audit.version === CONFIGURED ? 'the configured model' : oneLine(audit.version)
    const held = audit.what === 'rollback' ? '; held until a model is activated' : ''
    say(`${name}: scores the stream from the next epoch on${held}`)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
