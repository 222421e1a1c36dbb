/** History that is learned into the live store, and changes by hand, at points of the stream. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { loadState, saveState } from '../../src/alert/agent-state.ts'
import type { Alert } from '../../src/alert/alert.ts'
import { hashKey } from '../../src/api/keys.ts'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { learn } from '../../src/offline/learn.ts'
import { Replay } from '../../src/offline/replay.ts'
import { scan } from '../../src/offline/scan.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { LiveStore } from '../../src/runtime/live-store.ts'
import { dateOf } from '../../src/runtime/snapshots.ts'
import { saveMemory } from '../../src/scoring/memory.ts'
import { useRedis } from './redis.ts'
import {
  API_KEY,
  MODEL,
  PARTITIONS,
  parsed,
  pipeline,
  savedStates,
  streamOf,
  THRESHOLD,
} from './stream.ts'

const ADMIN_KEY = 'a-key-of-one-who-may-do-everything'
const HISTORY = 3_000
const EVENTS = 5_000

const redis = useRedis()
const log = pino({ level: 'silent' })
const events = parsed(streamOf(EVENTS))
// The same as logs of two hosts, neither in order; what happened at one moment keeps theirs.
const odd = events.slice(0, HISTORY).filter((_, at) => at % 2 === 1)
const even = events.slice(0, HISTORY).filter((_, at) => at % 2 === 0)
odd.push(...odd.splice(0, 700))
const history = [...odd, ...even].sort((a, b) => a.atMs - b.atMs)
const present = events.slice(HISTORY)
let runs = 0
let client: Redis
let folder: string
let prefix: string
let store: LiveStore
let pipelines: Pipeline[]
/** As they were committed. */
let alerts: Alert[]

beforeAll(async () => {
  client = redis.connect()
  folder = await mkdtemp(join(tmpdir(), 'perimeter-learn-test-'))
  const lines = (some: readonly unknown[]) => some.map((one) => `${JSON.stringify(one)}\n`).join('')
  await writeFile(join(folder, 'history'), lines(history))
  await writeFile(join(folder, 'present'), lines(present))
  await writeFile(join(folder, 'odd'), lines(odd))
  await writeFile(join(folder, 'even'), lines(even))
})
afterAll(async () => {
  client.disconnect()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  prefix = `${redis.prefix}-${runs++}`
  pipelines = []
  alerts = []
  const stream = { partitions: PARTITIONS, shard: '0', queueJobsMax: 1_000, clockSkewMsMax: 0 }
  store = await LiveStore.open({ address: redis.address, prefix, stream, log })
})
afterEach(async () => {
  for (const one of pipelines) await one.stop()
  await store.close()
})

const open = async (worker: Record<string, unknown> = {}) => {
  const committed = (what: { readonly alerts: readonly Alert[] }) => alerts.push(...what.alerts)
  const keys = [{ name: 'admin', role: 'admin', hash: hashKey(ADMIN_KEY) } as const]
  const one = await pipeline({ address: redis.address, prefix, worker }, { committed, keys })
  pipelines.push(one)
  return one
}
const at = (...names: string[]) => names.map((name) => join(folder, name))
const OPTIONS = {
  format: 'auto',
  beforeMs: Number.POSITIVE_INFINITY,
  latestMs: Number.POSITIVE_INFINITY,
}
/** One agent's events over many days. */
const longLife = parsed(streamOf(40_000)).filter(({ agent }) => agent.id === present[0]!.agent.id)
const keyOf = (agent: string) => `7:default${agent}`
const busiest = () => {
  const counts = new Map<string, number>()
  for (const { agent } of present) counts.set(agent.id, (counts.get(agent.id) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0]
}

it('equals a scan with that history, to the bit, whatever files it came in', async () => {
  const one = await open({ agentsInMemoryMax: 3, eventsPerCommitMax: 300 })
  const learned = await learn(store, at('odd', 'even'), { ...OPTIONS, runEvents: 400 })
  expect(learned).toMatchObject({ events: history.length, resumedFrom: 0, rejected: 0 })
  expect(alerts).toEqual([])
  for (let from = 0; from < present.length; from += 700) {
    await one.accept(present.slice(from, from + 700))
  }
  await one.drained()

  const replay = new Replay({ threshold: THRESHOLD, partitions: PARTITIONS, model: MODEL })
  const expected = await scan(at('present'), {
    threshold: THRESHOLD,
    partitions: PARTITIONS,
    history: at('history'),
    replay,
  })
  const states = replay.engines.flatMap(({ agents }) =>
    [...agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')] as const),
  )
  const saved = await savedStates(client, prefix)
  const different = states.filter(([key, state]) => saved.get(key) !== state)
  expect(different.map(([key]) => key)).toEqual([])
  expect(saved.size).toBe(states.length)
  const latest = new Map<string, Alert>()
  for (const alert of alerts) {
    if ((latest.get(alert.id)?.revision ?? 0) < alert.revision) latest.set(alert.id, alert)
  }
  expect(expected.alerts.length).toBeGreaterThan(5)
  expect([...latest.keys()].sort()).toEqual(expected.alerts.map(({ id }) => id).sort())
})

it('goes on after an interruption, learns no file twice, and nothing the stream has told', async () => {
  const one = await open()
  const told = history.slice(-200)
  await one.accept(told)
  const stop = new AbortController()
  const interrupted = learn(store, at('history'), {
    ...OPTIONS,
    signal: stop.signal,
    progress: (stage) => {
      if (stage === 'learning') stop.abort()
    },
  })
  await expect(interrupted).rejects.toThrow()
  const rest = await learn(store, at('history'), OPTIONS)
  expect(rest.resumedFrom + rest.events).toBe(history.length)
  expect(rest.resumedFrom).toBeGreaterThan(0)
  expect(await learn(store, at('history'), OPTIONS)).toMatchObject({
    events: 0,
    known: at('history'),
  })
  await one.accept(told) // delivered again
  await one.drained()

  const distinct = new Set(history.map(({ id }) => id)).size
  let counted = 0
  for await (const { state } of store.agents()) counted += loadState(unpack(state)).events
  expect(counted).toBe(distinct)
  const keys = keysAt({ prefix, shard: '0' })
  for (let partition = 0; partition < PARTITIONS; partition++) {
    expect(await client.exists(keys.past(partition))).toBe(0)
  }
})

it('joins history to agents that are at work, and leaves what they are in the middle of', async () => {
  const one = await open()
  await one.accept(present)
  await one.drained()
  const agent = keyOf(busiest())
  const read = async () => {
    for await (const { key, state } of store.agents())
      if (key === agent) return loadState(unpack(state))
    throw new Error(`${agent} is not there`)
  }
  const before = await read()
  await learn(store, at('history'), OPTIONS)
  const after = await read()
  expect(after.context).toEqual(before.context)
  expect(after.events).toBeGreaterThan(before.events)
  expect(after.firstMs).toBeLessThan(before.firstMs)
  const hours = ({ memory }: typeof after) => memory.memories.hours.total / 2 ** memory.stretch
  expect(hours(after)).toBeGreaterThan(hours(before))
})

it('takes history over HTTP as well, from those who may do everything', async () => {
  const one = await open()
  const send = (path: string, key: string, body?: string) =>
    fetch(`${one.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body }),
    })
  const body = history.map((event) => JSON.stringify(event)).join('\n')
  expect((await send('/v1/events?mode=history', API_KEY, body)).status).toBe(403)
  expect((await send('/v1/history/end', API_KEY)).status).toBe(403)
  expect((await send('/v1/events?mode=other', ADMIN_KEY, body)).status).toBe(400)
  const taken = await send('/v1/events?mode=history', ADMIN_KEY, body)
  expect(await taken.json()).toMatchObject({ accepted: history.length, rejected: 0 })
  expect((await send('/v1/history/end', ADMIN_KEY)).status).toBe(204)
  await one.drained()
  expect(alerts).toEqual([])
  const replay = new Replay({ threshold: THRESHOLD, partitions: PARTITIONS, model: MODEL })
  for (const event of history) {
    replay.take(event, { isAlerting: false, frozenMs: undefined, isApart: true })
  }
  replay.settle()
  const states = replay.engines.flatMap(({ agents }) =>
    [...agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')] as const),
  )
  const saved = await savedStates(client, prefix)
  const different = states.filter(([key, state]) => saved.get(key) !== state)
  expect(different.map(([key]) => key)).toEqual([])
})

it('lets one learn at a time, and not a half of what was begun together', async () => {
  await open()
  const first = learn(store, at('history'), OPTIONS)
  await expect(learn(store, at('even'), OPTIONS)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await first
  const stop = new AbortController()
  const progress = () => stop.abort()
  await learn(store, at('odd', 'even'), {
    ...OPTIONS,
    signal: stop.signal,
    progress: (stage) => {
      if (stage === 'learning') progress()
    },
  }).catch(() => {})
  await expect(learn(store, at('even'), OPTIONS)).rejects.toThrow(/half learned/)
})

it('goes back to the end of a day and forth again, with an entry in the audit', async () => {
  const one = await open()
  await one.accept(longLife)
  await one.drained()
  const key = keyOf(longLife[0]!.agent.id)
  const days = (await store.snapshots(key)).filter(({ day }) => day !== 'replaced')
  expect(days.length).toBeGreaterThan(1)
  expect(days.length).toBeLessThanOrEqual(8)
  const wanted = days.at(-1)!
  const read = async () => {
    for await (const agent of store.agents())
      if (agent.key === key) return loadState(unpack(agent.state))
    throw new Error(`${key} is not there`)
  }
  const before = await read()
  const order = { what: 'revert', by: 'ada', why: 'poisoned', ofMs: 1 } as const
  expect(await store.replace(key, wanted.state, order, 20_000)).toMatchObject({ by: 'ada', key })
  const reverted = await read()
  expect(saveMemory(reverted.memory)).toEqual(saveMemory(loadState(unpack(wanted.state)).memory))
  expect(reverted.events).toBeLessThan(before.events)
  expect(reverted.context).toEqual(before.context)
  expect(reverted.day).toBe(before.day)

  const kept = (await store.snapshots(key)).find((snapshot) => dateOf(snapshot) === 'replaced')!
  await store.replace(key, kept.state, { ...order, why: 'it was not' }, 20_000)
  expect(saveMemory((await read()).memory)).toEqual(saveMemory(before.memory))
  expect((await store.audits()).map(({ why }) => why)).toEqual(['it was not', 'poisoned'])

  const bad = store.replace(key, Buffer.from('no state'), order, 20_000)
  await expect(bad).rejects.toMatchObject({ code: 'MEMORY_INVALID' })
  expect(saveMemory((await read()).memory)).toEqual(saveMemory(before.memory))
})
