/**
 * Batch: several alerts that wait go in one request, where a receiver takes many at once.
 *
 * Each alert is still sent, and answered, by itself; only the way is shared. Those that come within a
 * moment of the first go with it. Where a receiver refuses a whole batch for what is in it, one that it
 * cannot read or too much of them, the halves are sent apart, so that nobody is set aside for another's fault.
 */
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import type { Attempt, Delivery, Sink } from './sink.ts'

/** Longer, and a worker that closes could not wait for it. */
const WAIT_MS_MAX = 5_000

const batchSchema = z.strictObject({
  alerts: z.number().int().min(2).max(1_000).describe('At most so many.'),
  ms: z.number().int().min(0).max(WAIT_MS_MAX).default(200).describe('For so long, in ms.'),
})
export type Batch = z.output<typeof batchSchema>

export const batchOption = {
  batch: batchSchema
    .optional()
    .describe('Whether alerts wait for others, to go in one request; without it each goes alone.'),
}

/** Sends some alerts, at least one, and says what became of each, or one thing of all. */
export type SendMany = (
  alerts: readonly Alert[],
  attempt: Attempt,
) => Promise<Delivery | readonly Delivery[]>

interface Waiting {
  readonly alert: Alert
  readonly attempt: Attempt
  readonly settle: (sent: Promise<Delivery>) => void
}

/** What of a sink has to do with batches. */
export function inBatches(
  batch: Batch | undefined,
  sendMany: SendMany,
): Pick<Sink, 'batch' | 'send'> {
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined

  const leave = () => {
    clearTimeout(timer)
    timer = undefined
    const going = waiting
    waiting = []
    const sent = sendApart(
      going.map(({ alert }) => alert),
      together(going.map(({ attempt }) => attempt)),
      sendMany,
    )
    for (const [at, { settle }] of going.entries()) settle(sent.then((all) => all[at]!))
  }

  return {
    batch,
    send(alert, attempt) {
      return new Promise((settle) => {
        waiting.push({ alert, attempt, settle })
        if (waiting.length >= (batch?.alerts ?? 1)) leave()
        else timer ??= setTimeout(leave, batch?.ms)
      })
    },
  }
}

/** One answer for each, in their order. */
async function sendApart(
  alerts: readonly Alert[],
  attempt: Attempt,
  sendMany: SendMany,
): Promise<readonly Delivery[]> {
  const sent = await sendMany(alerts, attempt)
  if (!('kind' in sent)) return sent
  const isOfSome = sent.kind === 'refused' && sent.isOfContent && alerts.length > 1
  if (!isOfSome) return alerts.map(() => sent)
  const middle = Math.ceil(alerts.length / 2)
  const first = await sendApart(alerts.slice(0, middle), attempt, sendMany)
  return [...first, ...(await sendApart(alerts.slice(middle), attempt, sendMany))]
}

/** As one attempt: called off with any of them, told to all, and of no trace, for it cannot be of each. */
function together(attempts: readonly Attempt[]): Attempt {
  const [first, ...others] = attempts as [Attempt, ...Attempt[]]
  if (others.length === 0) return first
  const signals = [...new Set(attempts.flatMap(({ signal }) => signal ?? []))]
  return {
    number: Math.max(...attempts.map(({ number }) => number)),
    heard: (said) => attempts.forEach(({ heard }) => void heard?.(said)),
    noticed: (what) => attempts.forEach(({ noticed }) => void noticed?.(what)),
    ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
  }
}
