/** A stream of events, what replaying it offline comes to, and pipelines to run it through. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Redis } from 'ioredis'
import { pack } from 'msgpackr'
import { pino } from 'pino'
import { saveState } from '../../src/alert/agent-state.ts'
import type { Alert } from '../../src/alert/alert.ts'
import { hashKey } from '../../src/api/keys.ts'
import { chosenModel } from '../../src/cli/model.ts'
import { type Pipeline, type PipelineOptions, startPipeline } from '../../src/cli/pipeline.ts'
import { parseConfig } from '../../src/config.ts'
import type { Event, RawEvent } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { type ModelActivation, Replay, type ReplayOptions } from '../../src/offline/replay.ts'
import { simulate } from '../../src/offline/simulate/simulate.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import type { RedisAddress } from '../../src/runtime/redis-address.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'

export const API_KEY = 'a-key-for-tests-of-the-pipeline'
export const PARTITIONS = 4
/** Everything is worth an alert, so that there are some however well the engine is tuned. */
export const THRESHOLD = { falseAgentDaysPerThousand: 1000 }

/** What a pipeline scores with where nothing is configured. */
export const MODEL = await chosenModel(undefined)

/** A simulated company's events in order of arrival, every hundredth of them twice. */
export function streamOf(count: number, seed = 11): RawEvent[] {
  const events: RawEvent[] = []
  for (const event of simulate({ seed, agents: 24, days: 12, attacks: 12 }).events) {
    events.push(structuredClone(event))
    if (events.length % 100 === 0) events.push(structuredClone(events.at(-40)!)) // long enough
    if (events.length >= count) break
  }
  return events.slice(0, count)
}

export function parsed(raw: readonly RawEvent[]): Event[] {
  return raw.map((one) => {
    const read = parseEvent(structuredClone(one))
    if ('reject' in read) throw new Error(read.reject.reason)
    return read.event
  })
}

/** What live must equal: the alerts, the saved state of every agent, and what else was learned. */
export function offline(
  raw: readonly RawEvent[],
  activations?: readonly ModelActivation[],
  more: Pick<ReplayOptions, 'registry' | 'registries'> = {},
) {
  const options = { threshold: THRESHOLD, partitions: PARTITIONS, model: MODEL }
  const replay = new Replay({ ...options, activations, ...more })
  const alerts: Alert[] = []
  const overdue: { alert: Alert; epoch: number }[] = []
  for (const [number, event] of parsed(raw).entries()) {
    const verdict = replay.take(event, { isAlerting: true, frozenMs: undefined })
    for (const one of replay.takeOverdue()) {
      const alert: Alert = JSON.parse(JSON.stringify(one))
      overdue.push({ alert, epoch: epochOf(number) })
      alerts.push(alert)
    }
    if (verdict?.alert) alerts.push(JSON.parse(JSON.stringify(verdict.alert)))
  }
  const states = replay.engines.flatMap(({ agents }) =>
    [...agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')] as const),
  )
  const due = (replay.save().due ?? [])
    .flat()
    .flatMap(([hour, keys]) => keys.map((key) => [key, hour] as const))
  return {
    alerts: inOrder(alerts),
    states: new Map(states.sort()),
    /** Told of agents of which nothing was heard, with the epoch that had begun then. */
    overdue,
    /** When to look after whom. */
    due: new Map(due.sort()),
    replay,
  }
}

export function inOrder(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort((a, b) =>
    a.id === b.id ? a.revision - b.revision : a.id < b.id ? -1 : 1,
  )
}

export async function savedStates(client: Redis, prefix: string): Promise<Map<string, string>> {
  const keys = keysAt({ prefix, shard: '0' })
  const states: [string, string][] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const saved = await client.hgetallBuffer(keys.agents(partition))
    for (const [key, bytes] of Object.entries(saved)) states.push([key, bytes.toString('hex')])
  }
  return new Map(states.sort())
}

export interface PipelineSetting {
  readonly address: RedisAddress
  readonly prefix: string
  readonly sinks?: unknown[]
  readonly sources?: unknown[]
  readonly stream?: Record<string, unknown>
  readonly worker?: Record<string, unknown>
  readonly delivery?: Record<string, unknown>
  readonly training?: Record<string, unknown>
  readonly replicas?: number
  readonly formats?: readonly unknown[]
  readonly quotas?: Record<string, unknown>
  /** The file of the agent registry. */
  readonly registry?: string
}

/** With leases and locks so short that a test sees them run out. */
export function pipeline(
  {
    address,
    prefix,
    sinks = [],
    sources = [],
    formats = [],
    replicas,
    ...setting
  }: PipelineSetting,
  options: Partial<PipelineOptions> = {},
): Promise<Pipeline> {
  const { stream, worker, delivery, training, quotas, registry } = setting
  const config = parseConfig({
    redis: { prefix, ...(replicas === undefined ? {} : { replicas }) },
    http: { port: 0, keys: [{ name: 'test', role: 'ingest', hash: hashKey(API_KEY) }] },
    stream: { partitions: PARTITIONS, ...stream },
    worker: { leaseMs: 600, jobLockMs: 600, ...worker },
    threshold: THRESHOLD,
    sinks,
    sources,
    formats,
    ...(delivery === undefined ? {} : { delivery }),
    ...(training === undefined ? {} : { training }),
    ...(quotas === undefined ? {} : { quotas }),
    ...(registry === undefined ? {} : { registry }),
  })
  const redis = {
    connection: address,
    describe: 'the Redis of the tests',
    version: '0',
    isPrivate: false,
    isJoined: false,
    stop: async () => {},
  }
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' })
  return startPipeline(config, { log, redis, ...options })
}

export async function post(
  url: string,
  events: readonly unknown[],
  format = 'auto',
): Promise<Response> {
  const body = events.map((event) => JSON.stringify(event)).join('\n')
  return fetch(`${url}/v1/events?format=${format}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}` },
    body: `${body}\n`,
  })
}

/** Posts all, in order, in batches of changing size. */
export async function postAll(url: string, events: readonly unknown[]): Promise<void> {
  for (let at = 0, size = 1; at < events.length; at += size, size = (size * 7) % 900 || 1) {
    const response = await post(url, events.slice(at, at + size))
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  }
}

export const noContent = (_request: IncomingMessage, response: ServerResponse) =>
  response.writeHead(204).end()
