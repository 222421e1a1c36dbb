/** Status: the whole pipeline at one moment, read from Redis alone. */
import type { Alert } from '../alert/alert.ts'
import type { LiveStore } from './live-store.ts'
import { type Progress, progressOf } from './progress.ts'
import { type SinkBacklog, sinkBacklogs } from './sink-backlogs.ts'
import { readVitals, type Vitals } from './vitals.ts'

export interface Status {
  /** Epoch ms by the clock of whoever asks. */
  readonly atMs: number
  readonly partitions: readonly Progress[]
  readonly workers: readonly Vitals[]
  readonly sinks: readonly SinkBacklog[]
  /** Events given to partitions since the stream began. */
  readonly accepted: number
  /** Set aside: events and alerts; and records that were rejected, of which the latest are kept. */
  readonly deadLetters: number
  readonly rejects: number
  /** The latest alerts, latest first. */
  readonly alerts: readonly RaisedAlert[]
}

/** What is told of an alert in passing. */
export interface RaisedAlert
  extends Pick<Alert, 'id' | 'revision' | 'severity' | 'score' | 'title'> {
  /** When it was raised, epoch ms by the clock of Redis. */
  readonly atMs: number
  readonly agent: string
}

/** Asks for at most so many of the latest alerts. Throws what Redis says where it does not answer. */
export async function statusOf(
  { client, keys, partitions }: Pick<LiveStore, 'client' | 'keys' | 'partitions'>,
  sinks: readonly string[],
  alertsMax: number,
): Promise<Status> {
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const [progress, workers, backlogs, intake, deadLetters, rejects, raised] = await Promise.all([
    progressOf(client, keys, all),
    readVitals(client, keys),
    sinkBacklogs(client, keys, sinks),
    client.hmget(keys.intake, ...all.map((partition) => `given:${partition}`)),
    client.llen(keys.deadLetters),
    client.llen(keys.rejects),
    client.xrevrange(keys.alerts, '+', '-', 'COUNT', alertsMax),
  ])
  return {
    atMs: Date.now(),
    partitions: progress,
    workers,
    sinks: backlogs,
    accepted: intake.reduce((sum, given) => sum + Number(given), 0),
    deadLetters,
    rejects,
    alerts: raised.map(readAlert),
  }
}

function readAlert([id, [, text = '{}']]: [id: string, fields: string[]]): RaisedAlert {
  const alert = JSON.parse(text) as Alert
  const { agent, revision, severity, score, title } = alert
  const atMs = Number(id.split('-', 1)[0])
  return { atMs, id: alert.id, revision, severity, score, title, agent: agent.name ?? agent.id }
}
