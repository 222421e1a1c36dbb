/**
 * Replays dead letters: what was set aside goes in again, and the letter is gone, in one transaction.
 *
 * An event and a record become new events at the end of the stream; where the event had been taken in
 * after all, it counts as a second delivery. An alert goes to its sink again.
 */
import { Job } from 'bullmq'
import type { Event } from '../event/event.ts'
import { readBody } from '../formats/body.ts'
import type { Format } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import { keepAudits } from './audit.ts'
import { alertJobOptions, beginOn, openQueue, type RuntimeLog } from './connection.ts'
import { type KeptLetter, type LetterBy, letterAudit, RECORD_LENGTH_MAX } from './dead-letters.ts'
import { sinkQueueName } from './keys.ts'
import { againId } from './lanes.ts'
import type { LiveStore } from './live-store.ts'
import type { DeliveryOptions } from './options.ts'

export interface ReplaySetting {
  /** The names of those that are configured. */
  readonly sinks: readonly string[]
  readonly delivery: DeliveryOptions
  /** Formats of the configuration, for records whose sender named one of them. */
  readonly ownFormats: readonly Format[]
  readonly by: LetterBy
  readonly log: RuntimeLog
}

/** Answers undefined where it went in, or why it stays. Throws QUEUE_FULL, STORE_UNREACHABLE. */
export async function replayLetter(
  store: LiveStore,
  kept: KeptLetter,
  setting: ReplaySetting,
): Promise<string | undefined> {
  const { letter } = kept
  if (letter.kind === 'alert') return sendAgain(store, kept, setting)
  const text = letter.kind === 'event' ? JSON.stringify(letter.event) : letter.record
  if (text === undefined) return 'no text of it was kept: send it again from where it came'
  if (letter.kind === 'record' && text.length >= RECORD_LENGTH_MAX) {
    return 'only its beginning was kept: send it again from where it came'
  }
  const format = letter.kind === 'record' ? letter.format : undefined
  const read = readOne(text, format, setting.ownFormats)
  if (typeof read === 'string') return read
  const intake = await store.intake()
  const { list, line } = kept
  await intake.acceptInstead([read], { list, line, audit: letterAudit(kept, 'replay', setting.by) })
  return undefined
}

function readOne(text: string, format = 'auto', own: readonly Format[]): Event | string {
  if (!isKnown(format, own)) return `no format of the name ${format} is configured`
  const { events, rejects } = readBody(text, format, own)
  const [event] = events
  if (event !== undefined && events.length === 1) return event
  const [reject] = rejects
  return reject === undefined ? 'it holds no event' : `${reject.path}: ${reject.reason}`
}

const isKnown = (name: string, own: readonly Format[]): boolean =>
  name === 'auto' || [...formats, ...own].some((format) => format.name === name)

async function sendAgain(
  { client, keys }: LiveStore,
  kept: KeptLetter,
  { sinks, delivery, by, log }: ReplaySetting,
): Promise<string | undefined> {
  const { id, list, line, letter } = kept
  if (letter.kind !== 'alert') return undefined
  const { sink, alert } = letter
  if (!sinks.includes(sink)) return `no sink of the name ${sink} is configured`
  const queue = openQueue(sinkQueueName(sink), client, keys.root, log)
  try {
    const { multi, exec } = await beginOn(queue)
    keepAudits(multi.lrem(list, 1, line), keys, [letterAudit(kept, 'replay', by)])
    // Named after the letter, so that two who replay it at once send it once.
    const job = new Job(queue, 'alert', alert, alertJobOptions(delivery), againId(id))
    await job.addJob(multi as never)
    await exec()
    return undefined
  } finally {
    await queue.close()
  }
}
