/**
 * A storm: one stream of events through workers of which some are killed, stopped past their lease,
 * added and removed, over a Redis that is killed and loses connections, from a shipper that sends
 * batches twice. What is random follows from the seed; what it meets, from the machine.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { Webhook } from 'standardwebhooks'
import type { Pipeline } from '../../../src/cli/pipeline.ts'
import type { RawEvent } from '../../../src/event/event.ts'
import { type Random, random } from '../../../src/math/random.ts'
import { keysAt } from '../../../src/runtime/keys.ts'
import { startReceiver } from '../../sinks/receiver.ts'
import {
  noContent,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  pipeline,
  streamOf,
} from '../stream.ts'
import { type Crew, startCrew } from './crew.ts'
import { differences, roomDifferences } from './outcome.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

/** Sent between two faults at most, so that each meets work under way. */
const EVENTS_PER_FAULT = 350
const BATCH_MAX = 120
const TWICE = 0.08
const CREW_MAX = 4
/** The leases and locks of `pipeline` are 600 ms. */
const FREEZE_MS = [650, 1_500] as const
/** Without progress for so long a fault strikes all the same. */
const STILL_MS_MAX = 4_000
const DRAIN_MS_MAX = 90_000

export type Fault = 'kill' | 'freeze' | 'add' | 'remove' | 'restart redis' | 'cut'

export interface StormOptions {
  readonly seed: number
  /** How often each strikes, in an order of the seed's. */
  readonly faults: Readonly<Record<Fault, number>>
}

export interface StormReport {
  readonly seed: number
  readonly accepted: number
  /** Batches sent again because the answer was lost, or for no reason. */
  readonly sentAgain: number
  readonly alerts: number
  readonly kills: number
  /** In what it differs from an offline run; empty where it should be. */
  readonly differences: readonly string[]
  readonly seconds: number
}

export async function storm({ seed, faults }: StormOptions): Promise<StormReport> {
  const startMs = performance.now()
  const rng = random(`storm ${seed}`)
  const redis = await startRedis()
  const crew = startCrew()
  const receiver = await startReceiver(noContent)
  const client = redis.connect()
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const sink = {
    type: 'webhook',
    url: receiver.url,
    secrets: [secret],
    allowHttp: true,
    allowPrivate: ['127.0.0.1'],
  }
  const prefix = `storm-${seed}`
  const setting = {
    ...{ address: redis.address, prefix, sinks: [sink] },
    delivery: { retryMs: new Array<number>(20).fill(200) },
  }
  const intake = await pipeline(setting, { work: false })
  const all: Storm = {
    rng,
    redis,
    crew,
    client,
    setting,
    intake,
    kills: 0,
    struck: 0,
    miscounts: [],
  }
  try {
    await Promise.all([crew.add(workerOf(all)), crew.add(workerOf(all))])
    const planned = rng.shuffle(
      Object.entries(faults).flatMap(([fault, count]) =>
        new Array<Fault>(count).fill(fault as Fault),
      ),
    )
    const feeding = feed(all, planned.length)
    for (const fault of planned) {
      await movement(all)
      await sleep(rng.between(0, 250))
      all.miscounts.push(...(await roomDifferences({ client, prefix })))
      await strike(all, fault)
      all.struck++
    }
    const { accepted, sentAgain } = await feeding
    if (crew.members.length === 0) await crew.add(workerOf(all))
    const stuck = await drained(all)
    const received = bodiesOf(receiver.received, secret)
    const found = await differences({ client, prefix, accepted, received })
    return {
      seed,
      accepted: accepted.length,
      sentAgain,
      alerts: received.size,
      kills: all.kills,
      differences: [...stuck, ...all.miscounts, ...crew.troubles, ...found],
      seconds: Math.round((performance.now() - startMs) / 1_000),
    }
  } finally {
    await crew.end()
    await intake.stop()
    client.disconnect()
    await receiver.close()
    await redis.remove()
  }
}

interface Storm {
  readonly rng: Random
  readonly redis: RedisServer
  readonly crew: Crew
  readonly client: Redis
  readonly setting: PipelineSetting
  readonly intake: Pipeline
  kills: number
  struck: number
  /** Where the count of what waits was wrong on the way. */
  readonly miscounts: string[]
}

/** Workers differ in how much they take on at once, and how much they remember. */
function workerOf({ rng, setting }: Storm): PipelineSetting {
  const worker = {
    eventsPerCommitMax: rng.integer(10, 200),
    agentsInMemoryMax: rng.integer(1, 30),
  }
  return { ...setting, worker }
}

async function strike(all: Storm, fault: Fault): Promise<void> {
  const { rng, crew, redis, client } = all
  if (fault === 'add' && crew.members.length < CREW_MAX) await crew.add(workerOf(all))
  if (fault === 'remove' && crew.members.length > 1) await crew.remove(rng.pick(crew.members))
  if (fault === 'kill') {
    if (crew.members.length === 0) await crew.add(workerOf(all))
    await crew.kill(rng.pick(crew.members))
    all.kills++
    const added = crew.add(workerOf(all))
    // Now and then nobody is left for a while, or another dies before the next has begun.
    if (crew.members.length <= 1 || rng.chance(0.5)) await added
  }
  if (fault === 'freeze' && crew.members.length > 0) {
    const member = rng.pick(crew.members)
    member.kill('SIGSTOP')
    await sleep(rng.between(...FREEZE_MS))
    member.kill('SIGCONT')
  }
  if (fault === 'restart redis') {
    await redis.kill()
    await sleep(rng.between(0, 800))
    await redis.start()
  }
  if (fault === 'cut') await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
}

/** Resolves when some partition has come further, or nothing moves. */
async function movement({ client, setting }: Storm): Promise<void> {
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  const orders = async () => {
    const pipeline = client.pipeline()
    for (let one = 0; one < PARTITIONS; one++) pipeline.hget(keys.position(one), 'order')
    return ((await pipeline.exec()) ?? []).map(([, order]) => String(order)).join(' ')
  }
  const before = await orders()
  for (const endMs = performance.now() + STILL_MS_MAX; performance.now() < endMs; ) {
    if ((await orders()) !== before) return
    await sleep(5)
  }
}

/** Sends the stream, a part for each fault; what an attempt came to is read off the numbers given. */
async function feed(all: Storm, faults: number) {
  const rng = all.rng.fork('feed')
  const raw = streamOf((faults + 1) * EVENTS_PER_FAULT, rng.integer(1, 1_000))
  const accepted: RawEvent[] = []
  let sentAgain = 0
  for (let at = 0; at < raw.length; ) {
    while (at > (all.struck + 1) * EVENTS_PER_FAULT) await sleep(5)
    const batch = raw.slice(at, at + rng.integer(1, BATCH_MAX))
    let isTwice = rng.chance(TWICE)
    for (;;) {
      const isTaken = await all.intake.accept(parsed(batch)).then(
        () => true,
        () => false,
      )
      const taken = (await numbered(all)) - accepted.length
      if (taken < 0 || taken > batch.length) throw new Error(`Of ${batch.length}, ${taken} taken.`)
      accepted.push(...batch.slice(0, taken))
      if (isTaken && !isTwice) break
      if (isTaken) isTwice = false
      sentAgain++
      await sleep(isTaken ? 0 : 30)
    }
    at += batch.length
    await sleep(rng.between(0, 30))
  }
  return { accepted, sentAgain }
}

async function numbered({ client, setting }: Storm): Promise<number> {
  return Number(
    (await client.hget(keysAt({ prefix: setting.prefix, shard: '0' }).intake, 'number')) ?? 0,
  )
}

async function drained({ intake }: Storm): Promise<string[]> {
  const signal = AbortSignal.timeout(DRAIN_MS_MAX)
  for (;;) {
    try {
      await intake.drained(signal)
      return []
    } catch {
      if (signal.aborted)
        return [`not done in time: ${JSON.stringify(await intake.backlog())} left`]
      await sleep(50)
    }
  }
}

/** Each signature is checked; what came twice must be twice the same. */
function bodiesOf(
  received: readonly { readonly headers: Record<string, string>; readonly body: string }[],
  secret: string,
): Map<string, string> {
  const hook = new Webhook(secret)
  const bodies = new Map<string, string>()
  for (const { body, headers } of received) {
    hook.verify(body, headers)
    const id = headers['webhook-id']!
    if ((bodies.get(id) ?? body) !== body) throw new Error(`Two bodies of one id: ${id}`)
    bodies.set(id, body)
  }
  return bodies
}
