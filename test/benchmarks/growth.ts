/**
 * Growth: time per event and bytes per agent from a thousand agents to a million.
 *
 * The state of the partitions as a worker has it, on a Redis of its own, without HTTP and queues. A
 * thousand agents are at work at a time, however many there are, and then rest: of a million nearly
 * all are in Redis, and one that comes back is read and written anew. The more agents, the less time
 * passes between two events, as each has as many a day as ever.
 *
 * A thousand agents are lived through from their birth. All others are copies of them, so that every
 * size begins with agents of the same age. Those at rest are not looked after while it is measured: as
 * copies they would all be due in the same hour.
 */
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { parseConfig } from '../../src/config.ts'
import { agentKey, partitionOf } from '../../src/engine.ts'
import type { Event } from '../../src/event/event.ts'
import { readModel } from '../../src/offline/model-folder.ts'
import { type Epochs, openEpochs } from '../../src/runtime/epochs.ts'
import { type Keys, keysAt } from '../../src/runtime/keys.ts'
import { PartitionState } from '../../src/runtime/partition-state.ts'
import { Transactions } from '../../src/runtime/transactions.ts'
import { groupKey, tenantKeyOf } from '../../src/scoring/knowledge.ts'
import { openServers } from '../live/servers.ts'
import { age } from './aged.ts'
import { AGENTS_PER_ROUND, EVENTS_PER_ROUND, eventsOf, nameOf } from './crowd.ts'

const SIZES = [1_024, 10_240, 102_400, 1_024_000]
/** Where the epochs of a stream become as long as a round. */
const NUMBER = 67_108_864
const START_MS = Date.UTC(2025, 0, 6)
const DAY_MS = 86_400_000
const EVENTS_PER_AGENT_DAY = 150
const ROUNDS_LIVED = 24
const ROUNDS_MEASURED = 12
/** So many have to go by before all agents that fit are in memory. */
const ROUNDS_WARM_MAX = 12
const AGENTS_PER_WRITE = 2_000
/** Later than anything measured. */
const DUE_LATER_HOURS = 48
const TOKEN = 'bench'

const lastsMs = (agents: number) => (EVENTS_PER_ROUND / (agents * EVENTS_PER_AGENT_DAY)) * DAY_MS

export async function measureGrowth(sizes = SIZES) {
  const servers = await openServers()
  try {
    const server = await servers.start()
    const client = server.connect()
    const { stream, redis } = parseConfig({})
    const place = { client, keys: keysAt({ prefix: redis.prefix, ...stream }), ...stream }
    await age(client, place.keys, stream.partitions, NUMBER)
    const address = { host: '127.0.0.1', port: server.port }
    const clock = { number: NUMBER, nth: 0, atMs: START_MS }
    const first = await openCrew(place, address)
    await live(first, clock, AGENTS_PER_ROUND, ROUNDS_LIVED)
    await first.close()
    const lived = await dumped(client)
    const measured = []
    for (const agents of sizes) {
      await restore(client, lived)
      await multiply(place, agents)
      const its = { ...clock }
      const crew = await openCrew(place, address)
      await live(crew, its, agents, Math.min(ROUNDS_WARM_MAX, agents / AGENTS_PER_ROUND))
      const one = { agents, ...(await live(crew, its, agents, ROUNDS_MEASURED)) }
      await crew.close()
      const storedBytes = await bytesOf(client)
      measured.push({ ...one, redisBytesPerAgent: Math.round(storedBytes / agents) })
      console.log(JSON.stringify(measured.at(-1)))
    }
    return { sizes: measured }
  } finally {
    await servers.stop()
  }
}

interface Place {
  readonly client: Redis
  readonly keys: Keys
  readonly partitions: number
}

interface Crew {
  readonly states: readonly PartitionState[]
  readonly epochs: Epochs
  close(): Promise<void>
}

/** Begins with what is in Redis, and no agent in memory. */
async function openCrew(
  { client, keys, partitions }: Place,
  address: { readonly host: string; readonly port: number },
): Promise<Crew> {
  const log = pino({ level: 'error' })
  const { threshold, worker, training, delivery } = parseConfig({})
  const model = await readModel('models/autoencoder') // the one that is shipped
  const transactions = new Transactions({ address, keys, partitions, reading: client, log })
  const samplesMax = Math.floor(training.samplesMax / partitions)
  const epochs = openEpochs(client, keys, partitions, {
    modelOf: async () => model,
    registryOf: async () => undefined,
  })
  const states: PartitionState[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const besides = { epochs, delivery, sinkQueues: [] }
    await client.set(keys.owner(partition), TOKEN)
    states.push(
      await PartitionState.load(
        { partition, token: TOKEN, keys, client, transactions, since: 0, ...besides },
        { threshold, model, ...worker, samplesMax },
        (epoch) => known(epochs, epoch),
      ),
    )
  }
  return { states, epochs, close: () => transactions.close() }
}

async function known(epochs: Epochs, epoch: number) {
  const found = await epochs.knownAfter(epoch)
  if (found === undefined) throw new RangeError(`Not all have handed in epoch ${epoch}.`)
  return found
}

interface Clock {
  number: number
  nth: number
  atMs: number
}

/** Lives some rounds; answers what an event took, making the events left out. */
async function live({ states, epochs }: Crew, clock: Clock, agents: number, rounds: number) {
  let ms = 0
  let cpuMs = 0
  for (let round = 0; round < rounds; round++) {
    const first = (clock.nth * AGENTS_PER_ROUND) % agents
    const { nth, atMs, number } = clock
    const batches = split(eventsOf({ nth, first, agents, atMs, lastsMs: lastsMs(agents) }), states)
    const startMs = performance.now()
    const startCpu = process.cpuUsage()
    for (const [partition, state] of states.entries()) {
      const batch = batches[partition]! // one for each
      await state.prepare(batch.map(({ event }) => event))
      for (const { at, event } of batch) state.take(number + at, event)
      while (state.endsBefore(number + EVENTS_PER_ROUND)) {
        await state.endEpoch()
        await state.beginEpoch((epoch) => known(epochs, epoch))
      }
      await state.commit()
      state.trim()
    }
    const { user, system } = process.cpuUsage(startCpu)
    ms += performance.now() - startMs
    cpuMs += (user + system) / 1_000
    clock.number += EVENTS_PER_ROUND
    clock.nth++
    clock.atMs += lastsMs(agents)
  }
  const each = (all: number) => Number(((all * 1_000) / (rounds * EVENTS_PER_ROUND)).toFixed(1))
  return {
    events: rounds * EVENTS_PER_ROUND,
    microsecondsPerEvent: each(ms),
    cpuMicrosecondsPerEvent: each(cpuMs),
    inMemory: states.reduce((sum, { agentCount }) => sum + agentCount, 0),
    memoryBytes: process.memoryUsage.rss(),
  }
}

function split(events: readonly Event[], { length }: readonly unknown[]) {
  const batches = Array.from({ length }, (): { at: number; event: Event }[] => [])
  for (const [at, event] of events.entries()) {
    batches[partitionOf(agentKey(event), length)]!.push({ at, event })
  }
  return batches
}

async function dumped(client: Redis): Promise<[string, Buffer][]> {
  const keys = await client.keys('*')
  return Promise.all(
    keys.map(async (key) => [key, (await client.dumpBuffer(key))!] as const),
  ) as Promise<[string, Buffer][]>
}

async function restore(client: Redis, dump: readonly [string, Buffer][]): Promise<void> {
  await client.flushall()
  for (const [key, bytes] of dump) await client.restore(key, 0, bytes)
}

/** Copies the agents that there are until there are so many. */
async function multiply({ client, keys, partitions }: Place, agents: number): Promise<void> {
  const keyOf = (agent: number) => groupKey('default', nameOf(agent))
  const partOf = (agent: number) => partitionOf(keyOf(agent), partitions)
  const dueOf = (agent: number) => keys.due(partOf(agent), tenantKeyOf(keyOf(agent)))
  const models: { state: Buffer; hour: string }[] = []
  for (let agent = 0; agent < AGENTS_PER_ROUND; agent++) {
    const state = await client.hgetBuffer(keys.agents(partOf(agent)), keyOf(agent))
    const hour = await client.zscore(dueOf(agent), keyOf(agent))
    models.push({ state: state!, hour: hour! }) // it has lived, and is awaited
  }
  for (let from = AGENTS_PER_ROUND; from < agents; from += AGENTS_PER_WRITE) {
    const pipeline = client.pipeline()
    for (let agent = from; agent < Math.min(from + AGENTS_PER_WRITE, agents); agent++) {
      const { state, hour } = models[agent % AGENTS_PER_ROUND]!
      pipeline.hset(keys.agents(partOf(agent)), { [keyOf(agent)]: state } as never)
      pipeline.zadd(dueOf(agent), Number(hour) + DUE_LATER_HOURS, keyOf(agent))
    }
    await pipeline.exec()
  }
}

async function bytesOf(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))![1])
}
