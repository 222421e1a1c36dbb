/** Sink backlogs: the alerts each sink does not have yet. */
import type { Redis } from 'ioredis'
import { answersTo } from './connection.ts'
import { type Keys, sinkQueueName } from './keys.ts'

export interface SinkBacklog {
  readonly sink: string
  /** Alerts that wait, are under way, or are to be tried again. */
  readonly waiting: number
  /** Of them those that were tried and are to be tried again. */
  readonly retrying: number
}

export async function sinkBacklogs(
  client: Redis,
  keys: Keys,
  sinks: readonly string[],
): Promise<SinkBacklog[]> {
  if (sinks.length === 0) return []
  const pipeline = client.pipeline()
  for (const sink of sinks) {
    const queue = `${keys.root}:${sinkQueueName(sink)}`
    for (const list of ['wait', 'active', 'paused']) pipeline.llen(`${queue}:${list}`)
    pipeline.zcard(`${queue}:delayed`)
  }
  const counts = (await answersTo(pipeline)).map(Number)
  return sinks.map((sink, at) => {
    const [wait = 0, active = 0, paused = 0, retrying = 0] = counts.slice(4 * at, 4 * at + 4)
    return { sink, waiting: wait + active + paused + retrying, retrying }
  })
}
