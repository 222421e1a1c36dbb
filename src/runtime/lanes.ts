/**
 * Lanes: the alerts of one agent leave for a sink one after the other, in the order they were raised.
 *
 * A lane is a list of the jobs that have not left yet, written with the alerts. Whoever is not the first
 * of it steps back, and is called when the first is through. The call may get lost with a worker;
 * then he looks again by himself.
 */
import { DelayedError, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Alert } from '../alert/alert.ts'
import { groupKey } from '../scoring/knowledge.ts'
import type { Keys } from './keys.ts'

/** Between two looks of one who was not called. */
const LOOK_AGAIN_MS = 30_000

/** The list that an alert's job for a sink waits in. */
export function laneOf(keys: Keys, sink: string, { tenant, agent }: Alert): string {
  return keys.lane(sink, groupKey(tenant, agent.id))
}

export interface LaneParts {
  readonly client: Redis
  readonly lane: string
  /** Of the sink's queue. */
  jobOf(id: string): Promise<Job | undefined>
}

/** A job that is sent again by hand is in no lane: it is named after the letter, and goes when it comes. */
export const againId = (letter: string): string => `again-${letter}`

/**
 * Whether the alert was delivered or set aside before: its job runs once more where its worker was cut off,
 * or too busy to say that it lives, between the lane's turn and the end of the job.
 */
export async function hasLeft({ client, lane }: LaneParts, job: Job): Promise<boolean> {
  const id = job.id! // a job at work has an id
  return !id.startsWith(againId('')) && (await client.lpos(lane, id)) === null
}

/** Where the job's turn has not come, puts it back and throws what BullMQ wants to be thrown then. */
export async function awaitTurn(parts: LaneParts, job: Job, token?: string): Promise<void> {
  if (await isTurnOf(parts, job)) return
  await job.moveToDelayed(Date.now() + LOOK_AGAIN_MS, token)
  // The first may have left between the look and the step back, and have found nobody to call.
  if (await isTurnOf(parts, job)) await call(job)
  throw new DelayedError()
}

/** The alert has left, or was set aside: calls the next. */
export async function passTurn(parts: LaneParts, job: Job): Promise<void> {
  await parts.client.lrem(parts.lane, 1, job.id!) // a job at work has an id
  const next = await firstOf(parts)
  if (next !== undefined) await call(next)
}

/** One that is in no lane waits for nobody. */
async function isTurnOf(parts: LaneParts, { id }: Job): Promise<boolean> {
  const first = await firstOf(parts)
  return first?.id === id || (await parts.client.lpos(parts.lane, id!)) === null
}

/** Those that ended without passing their turn on, or were removed by hand, are passed over. */
async function firstOf({ client, lane, jobOf }: LaneParts): Promise<Job | undefined> {
  for (;;) {
    const id = await client.lindex(lane, 0)
    if (id === null) return undefined
    const job = await jobOf(id)
    if (job !== undefined && job.finishedOn === undefined) return job
    await client.lrem(lane, 1, id)
  }
}

/** One that has not stepped back needs no call. */
async function call(job: Job): Promise<void> {
  await job.promote().catch(() => {})
}
