/** Shows the status of the pipeline as lines of a terminal: what is wrong stands above what is fine. */
import type { Status } from '../runtime/status.ts'
import { count, oneLine } from './show-alerts.ts'
import { table } from './table.ts'

/** Behind by more than this a partition is told of as late, in ms. */
const LATE_MS = 10_000
/** Names of workers are long; so many letters tell them apart. */
const NAME_LENGTH = 8
const MB = 1024 * 1024

/** `before` is the status some seconds earlier, for the rate of what is taken in. */
export function statusLines(status: Status, before: Status | undefined): string[] {
  const { partitions, workers, sinks, alerts } = status
  const nameOf = new Map(
    workers.map(({ worker, host, pid }) => [worker, `${host}:${pid} ${short(worker)}`]),
  )
  const rows = partitions.map(({ partition, worker, jobs, events, lagMs, agents }) => [
    String(partition),
    worker === undefined ? '– nobody' : (nameOf.get(worker) ?? short(worker)),
    jobs.toLocaleString('en'),
    events.toLocaleString('en'),
    duration(lagMs),
    agents.toLocaleString('en'),
  ])
  return [
    headline(status, before),
    ...problemsOf(status).map((problem) => `! ${problem}`),
    '',
    ...table(['partition', 'worker', 'jobs', 'events', 'behind', 'agents'], rows),
    '',
    ...workerLines(status),
    ...(sinks.length === 0 ? [] : ['', ...sinkLines(status)]),
    ...(alerts.length === 0 ? [] : ['', ...alertLines(status)]),
  ]
}

function headline(status: Status, before: Status | undefined): string {
  const { partitions, workers, accepted, atMs } = status
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0)
  const parts = [
    ...(before === undefined
      ? []
      : [`${rate((accepted - before.accepted) / ((atMs - before.atMs) / 1_000))} in`]),
    `${rate(sum(workers.map(({ eventsPerS }) => eventsPerS)))} done`,
    `${count(sum(partitions.map(({ events }) => events)), 'event')} behind`,
    `slowest ${duration(Math.max(...partitions.map(({ lagMs }) => lagMs)))}`,
    count(sum(partitions.map(({ agents }) => agents)), 'agent'),
  ]
  return `${new Date(atMs).toISOString().slice(0, 19)}Z  ${parts.join(' · ')}`
}

/** What somebody ought to see to. */
function problemsOf({ partitions, workers, sinks, deadLetters, rejects }: Status): string[] {
  const orphans = partitions.filter(({ worker }) => worker === undefined)
  const late = partitions.filter(({ lagMs }) => lagMs > LATE_MS)
  const retrying = sinks.filter((one) => one.retrying > 0)
  return [
    ...(workers.length === 0 ? ['no worker lives'] : []),
    ...(orphans.length > 0 ? [`nobody works on ${namesOf(orphans)}`] : []),
    ...(late.length > 0 ? [`late: ${namesOf(late)}`] : []),
    ...retrying.map(
      ({ sink, retrying: alerts }) => `${sink} did not take ${count(alerts, 'alert')} yet`,
    ),
    ...(deadLetters > 0 ? [`${count(deadLetters, 'dead letter')} to look at`] : []),
    ...(rejects > 0 ? [`${count(rejects, 'rejected record')} kept`] : []),
  ]
}

const namesOf = (some: readonly { partition: number }[]) =>
  `${some.length === 1 ? 'partition' : 'partitions'} ${some.map((one) => one.partition).join(', ')}`

function workerLines({ workers, atMs }: Status): string[] {
  const rows = workers.map((one) => [
    `${one.host}:${one.pid} ${short(one.worker)}`,
    String(one.partitions.length),
    one.eventsPerS.toLocaleString('en'),
    one.alerts.toLocaleString('en'),
    one.agents.toLocaleString('en'),
    Math.round(one.memoryBytes / MB).toLocaleString('en'),
    duration(atMs - one.sinceMs),
  ])
  const head = ['worker', 'partitions', 'events/s', 'alerts', 'agents held', 'MB', 'up']
  return table(head, rows)
}

function sinkLines({ sinks }: Status): string[] {
  const rows = sinks.map(({ sink, waiting, retrying }) => [
    sink,
    waiting.toLocaleString('en'),
    retrying.toLocaleString('en'),
  ])
  return table(['sink', 'waiting', 'to be tried again'], rows)
}

function alertLines({ alerts, atMs }: Status): string[] {
  const rows = alerts.map(({ severity, score, agent, title, atMs: raisedMs, revision }) => [
    `${duration(atMs - raisedMs)} ago`,
    severity,
    String(Math.round(score)),
    agent,
    `${title}${revision > 1 ? ` (grown ${revision - 1}×)` : ''}`,
  ])
  return table(['alert', 'severity', 'score', 'agent', ''], rows)
}

const short = (name: string) => oneLine(name.slice(0, NAME_LENGTH))

const rate = (perS: number) => `${Math.round(Math.max(0, perS)).toLocaleString('en')} events/s`

/** "0 s", "12 s", "3 min", "5 h", "2 d". */
function duration(ms: number): string {
  const s = Math.max(0, ms) / 1_000
  if (s < 120) return `${Math.round(s)} s`
  if (s < 7_200) return `${Math.round(s / 60)} min`
  if (s < 172_800) return `${Math.round(s / 3_600)} h`
  return `${Math.round(s / 86_400)} d`
}
