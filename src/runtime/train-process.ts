/**
 * Train process: where a model is trained, so that scoring goes on meanwhile. A worker starts it, sends
 * it the setting, and is sent what came of it.
 */
import { setPriority } from 'node:os'
import { pino } from 'pino'
import { closeClient, openClient } from './connection.ts'
import { keysAt, type Place } from './keys.ts'
import type { RedisAddress } from './redis-address.ts'
import { runTraining, type TrainingParts, type TrainingRecord } from './training.ts'

/** Whoever scores goes first. */
const NICENESS = 10

export interface TrainSetting {
  readonly address: RedisAddress
  readonly place: Place
  readonly parts: TrainingParts
}

export type TrainAnswer =
  | { readonly record: TrainingRecord }
  /** Why nothing came of it. */
  | { readonly problem: string }

async function answerTo({ address, place, parts }: TrainSetting): Promise<TrainAnswer> {
  setPriority(NICENESS)
  const client = openClient(address, pino({ level: 'silent' }))
  try {
    await client.ping()
    return { record: await runTraining(client, keysAt(place), parts) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  } finally {
    closeClient(client)
  }
}

process.once('message', async (setting: TrainSetting) => {
  process.send?.(await answerTo(setting), () => process.disconnect())
})
// Whoever wanted it is gone: what he would be told nobody hears.
process.once('disconnect', () => process.exit())
