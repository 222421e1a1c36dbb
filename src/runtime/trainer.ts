/**
 * Trainer: has models trained, by one worker at a time, in a process of its own.
 *
 * A queue hands trainings out: one at regular intervals, and those that people order. It lets one run at a
 * time, whoever asks, and hands it to another worker where the one that had it died.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Job, type Queue, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import {
  closeClient,
  closeWorker,
  JOB_OPTIONS,
  openClient,
  openQueue,
  type RuntimeLog,
} from './connection.ts'
import { type Keys, keysAt, TRAINING_QUEUE } from './keys.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { StreamOptions, TrainingOptions } from './options.ts'
import type { RedisAddress } from './redis-address.ts'
import { countSamples } from './samples.ts'
import type { TrainAnswer, TrainSetting } from './train-process.ts'
import { keepTraining, type TrainingOrder, type TrainingRecord } from './training.ts'

/** The same beside this file, whether as source or built. */
const FILE = fileURLToPath(new URL('./train-process.ts', import.meta.url)).replace(
  /\.ts$/,
  extname(import.meta.url),
)
const SCHEDULE = 'train'
/**
 * After so long without a sign of life a training is handed to another worker. There is no hurry, and one
 * that is busy scoring for some seconds is not to lose what its process has done so far.
 */
const LOCK_MS = 60_000
/** What takes longer hangs: 100,000 samples take some minutes. */
const RUN_MS_MAX = 30 * 60_000
/** Kept of what a process says that fails. */
const LAST_WORDS_MAX = 2_000

export interface TrainerParts {
  readonly address: RedisAddress
  readonly prefix: string
  readonly stream: StreamOptions
  readonly options: TrainingOptions
  /** The model in use where none was activated; without one nothing is trained by itself. */
  readonly configured: SavedModel | undefined
  readonly metrics: RuntimeMetrics
  readonly log: RuntimeLog
}

export class Trainer {
  private readonly parts: TrainerParts
  private readonly keys: Keys
  private readonly client: Redis
  private readonly queue: Queue
  private worker: Worker | undefined
  private child: ChildProcess | undefined
  private isClosing = false

  constructor(parts: TrainerParts) {
    const { address, prefix, stream, log } = parts
    this.parts = parts
    this.keys = keysAt({ prefix, shard: stream.shard })
    this.client = openClient(address, log)
    this.queue = openQueue(TRAINING_QUEUE, this.client, this.keys.root, log)
  }

  async start(): Promise<void> {
    const { options, configured, log } = this.parts
    await this.queue.setGlobalConcurrency(1)
    if (options.intervalMs > 0 && configured !== undefined) {
      const template = { name: SCHEDULE, opts: JOB_OPTIONS }
      await this.queue.upsertJobScheduler(SCHEDULE, { every: options.intervalMs }, template)
    } else await this.queue.removeJobScheduler(SCHEDULE)
    this.worker = new Worker<Partial<TrainingOrder>>(TRAINING_QUEUE, (job) => this.work(job), {
      connection: this.client,
      prefix: this.keys.root,
      lockDuration: LOCK_MS, // renewed while it lasts
      stalledInterval: LOCK_MS / 2,
    })
    this.worker.on('error', (error) => log.debug({ err: error }, 'training queue'))
  }

  /** A training under way is handed to another worker, who begins it anew. */
  async close(): Promise<void> {
    this.isClosing = true
    this.child?.kill('SIGKILL') // it writes at its end alone
    if (this.worker !== undefined) await closeWorker(this.worker, this.client)
    await this.queue.close()
    closeClient(this.client)
  }

  private async work(job: Job<Partial<TrainingOrder>>): Promise<void> {
    const { metrics, log } = this.parts
    const own = { id: randomUUID(), by: 'training', why: 'a better model', isForced: false }
    const order = { ...own, ...job.data }
    const end = metrics.trainingSeconds.startTimer()
    let record: TrainingRecord
    try {
      record = (await this.tooFew(order)) ?? (await this.run(order))
    } catch (error) {
      if (this.isClosing) {
        await job.moveToWait(job.token)
        throw new WaitingError()
      }
      const problem = error instanceof Error ? error.message : String(error)
      const seen = { id: order.id, by: order.by, atMs: Date.now(), samples: 0, shifted: [] }
      record = { ...seen, outcome: 'failed', isActivated: false, problem }
      await keepTraining(this.client, this.keys, record)
    }
    end()
    const { outcome, version, samples, problem } = record
    metrics.trainings.inc({ outcome })
    metrics.trainingLast.set({ outcome }, record.atMs / 1_000)
    if (problem === undefined) log.info({ outcome, model: version, samples }, 'training')
    else log.warn({ outcome, problem }, 'training')
  }

  /** Where there is too little to train on no process is needed to say so. */
  private async tooFew({ id, by }: TrainingOrder): Promise<TrainingRecord | undefined> {
    const { stream, options } = this.parts
    const samples = await countSamples(this.client, this.keys, stream.partitions)
    if (samples >= options.samplesMin) return undefined
    const seen = { id, by, atMs: Date.now(), samples, shifted: [] }
    const record = { ...seen, outcome: 'too few', isActivated: false } as const
    await keepTraining(this.client, this.keys, record)
    return record
  }

  /** Throws where the process ends without an answer, or with a problem. */
  private async run(order: TrainingOrder): Promise<TrainingRecord> {
    const { address, prefix, stream, options, configured, log } = this.parts
    if (this.isClosing) throw new Error('The worker stops.')
    const child = fork(FILE, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.child = child
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX)
    log.debug({ pid: child.pid }, 'training begins')
    let answer: TrainAnswer | undefined
    let lastWords = ''
    child.on('message', (message) => {
      answer = message as TrainAnswer
    })
    child.stderr?.on('data', (chunk) => {
      lastWords = `${lastWords}${chunk}`.slice(-LAST_WORDS_MAX)
    })
    const setting: TrainSetting = {
      address,
      place: { prefix, shard: stream.shard },
      parts: { options, partitions: stream.partitions, configured, order },
    }
    try {
      const closed = once(child, 'close')
      child.send(setting, () => {}) // where it cannot be sent the process has ended
      const [code, signal] = await closed
      if (answer === undefined) {
        const how = signal === null ? `with ${code}` : `by ${signal}`
        throw new Error(`The process of the training ended ${how}. ${lastWords}`.trim())
      }
      if ('problem' in answer) throw new Error(answer.problem)
      return answer.record
    } finally {
      clearTimeout(timer)
      this.child = undefined
    }
  }
}

/** Orders a training, by a worker that runs or the first that will; answers the id of what comes of it. */
export async function orderTraining(
  client: Redis,
  keys: Keys,
  by: Pick<TrainingOrder, 'by' | 'why'>,
  log: RuntimeLog,
): Promise<string> {
  const queue = openQueue(TRAINING_QUEUE, client, keys.root, log)
  try {
    const order: TrainingOrder = { ...by, id: randomUUID(), isForced: true }
    await queue.add(SCHEDULE, order, JOB_OPTIONS)
    return order.id
  } finally {
    await queue.close()
  }
}
