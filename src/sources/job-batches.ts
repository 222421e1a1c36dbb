/** Takes jobs in together: those that came while the batch before was under way, in the order they came. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, UnrecoverableError, WaitingError } from 'bullmq'
import { isFields } from '../formats/text/fields.ts'
import type { Arrival, Inlet, Outcome } from './source.ts'

/** Before jobs are given back, in ms: those that were on their way go with them, and so keep their order. */
const SETTLE_MS = 100
/** The same for a reason that nobody foresaw, in ms: they come again at once. */
const GIVE_BACK_MS = 1_000

interface Held {
  readonly job: Job
  readonly token: string | undefined
  resolve(outcome: Omit<Outcome, 'reason'>): void
  reject(error: unknown): void
}

/** Answers what a worker of BullMQ does with each job. */
export function createJobBatches(inlet: Inlet, signal: AbortSignal) {
  let waiting: Held[] = []
  let isDraining = false

  async function drain(): Promise<void> {
    isDraining = true
    await undefined // what comes in the same moment comes along
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const outcomes = await inlet.take(batch.map(({ job }) => arrivalIn(job)))
        for (const [at, held] of batch.entries()) settle(held, outcomes[at]!) // one for each
      } catch {
        await sleep(signal.aborted ? SETTLE_MS : GIVE_BACK_MS)
        await giveBack([...batch, ...waiting.splice(0)])
      }
    }
    isDraining = false
  }

  return (job: Job, token: string | undefined) =>
    new Promise<Omit<Outcome, 'reason'>>((resolve, reject) => {
      waiting.push({ job, token, resolve, reject })
      if (!isDraining) void drain()
    })
}

function settle({ resolve, reject }: Held, { reason, ...counts }: Outcome): void {
  const isUseless = counts.accepted + counts.skipped === 0 && counts.rejected > 0
  if (isUseless) reject(new UnrecoverableError(reason))
  else resolve(counts)
}

/**
 * To where they were in the queue: each goes before those that wait, so the last of them first. One that
 * cannot be moved is taken over by another worker once its lock has run out.
 */
async function giveBack(all: readonly Held[]): Promise<void> {
  for (const { job, token, reject } of [...all].reverse()) {
    await job.moveToWait(token).catch(() => {})
    reject(new WaitingError()) // so that BullMQ does not fail it
  }
}

/** A body that says its format, or one that stands for itself. */
function arrivalIn({ id, data }: Job): Arrival {
  const place = `job ${id}`
  if (isFields(data) && typeof data.format === 'string' && 'body' in data) {
    const body = bodyIn(data.body)
    if (body !== undefined) return { place, body, format: data.format }
  }
  const body = bodyIn(data)
  if (body !== undefined) return { place, body }
  return { place, problem: `expected an object, an array or a text, got ${typeof data}` }
}

function bodyIn(value: unknown): Buffer | object | undefined {
  if (typeof value === 'string') return Buffer.from(value)
  return typeof value === 'object' && value !== null ? value : undefined
}
