/** Models trained while the stream is scored, by one worker at a time, whatever happens to it. */
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { pack } from 'msgpackr'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { isTelling } from '../../src/detectors/autoencoder/behaviour.ts'
import { agentKey, partitionOf } from '../../src/engine.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { bytesOf } from '../../src/math/bytes.ts'
import { Replay } from '../../src/offline/replay.ts'
import { simulate } from '../../src/offline/simulate/simulate.ts'
import { readAudits } from '../../src/runtime/audit.ts'
import { type Keys, keysAt, TRAINING_QUEUE } from '../../src/runtime/keys.ts'
import { activationsOf, storedModels } from '../../src/runtime/model-store.ts'
import { countSamples, readSamples, sampleOf } from '../../src/runtime/samples.ts'
import { orderTraining } from '../../src/runtime/trainer.ts'
import { type TrainingRecord, trainingsOf } from '../../src/runtime/training.ts'
import { samplesOf } from '../detectors/autoencoder/samples.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import {
  MODEL,
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  savedStates,
  streamOf,
  THRESHOLD,
} from './stream.ts'

const redis = useRedis()
const open = usePipelines()
const silent = pino({ level: 'silent' })
const BY = { by: 'a test', why: 'to see' }
const SAMPLES_MIN = 500
/** Ordered by hand alone, so that a test knows when. */
const training = { intervalMs: 0, samplesMin: SAMPLES_MIN }
const { NODE_OPTIONS } = process.env
let runs = 0
let client: Redis
let setting: PipelineSetting
let keys: Keys

beforeAll(() => {
  client = redis.connect()
  process.env.NODE_OPTIONS = '--import tsx' // the process of a training runs from its source here
})
afterAll(() => {
  client.disconnect()
  process.env.NODE_OPTIONS = NODE_OPTIONS ?? ''
})
beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}`, training }
  keys = keysAt({ prefix: setting.prefix, shard: '0' })
})

const order = () => orderTraining(client, keys, BY, silent)

async function until<T>(found: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const endMs = performance.now() + 40_000; performance.now() < endMs; await sleep(20)) {
    const answer = await found()
    if (answer !== undefined) return answer
  }
  throw new Error(`It never came to pass that ${what}.`)
}
const recordOf = (id: string): Promise<TrainingRecord> =>
  until(
    async () => (await trainingsOf(client, keys)).find((one) => one.id === id),
    'a training ended',
  )

/** Behaviour as workers would have kept it. */
async function keep(count: number): Promise<void> {
  const multi = client.multi()
  for (const [at, { agentDay, values }] of samplesOf(count).entries()) {
    const key = keys.samples(at % PARTITIONS, 'default')
    multi.zadd(key, at, pack([at, null, agentDay, Buffer.from(bytesOf(values))]))
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    multi.sadd(keys.sampled(partition), 'default')
  }
  await multi.exec()
}

/** A log that tells of the processes that training has begun. */
function watching() {
  const pids: number[] = []
  const to = new Writable({
    write(chunk, _encoding, done) {
      const { pid, msg } = JSON.parse(String(chunk))
      if (msg === 'training begins') pids.push(pid)
      done()
    },
  })
  return { pids, log: pino({ level: 'debug', base: {} }, to) }
}

async function ended(one: Pipeline): Promise<Record<string, number>> {
  const { values } = await one.metrics.getSingleMetric('perimeter_trainings_total')!.get()
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))
}

describe('what is kept to train on', () => {
  const raw: RawEvent[] = []
  const world = { seed: 11, agents: 24, days: 26, attacks: 6, pace: 0.06 }
  for (const event of simulate(world).events) raw.push(structuredClone(event))
  const stream = parsed(raw)

  /** Every sample there is to keep, by partition, with its rank. */
  function expected(): (readonly [rank: number, member: string])[][] {
    const replay = new Replay({ threshold: THRESHOLD, partitions: PARTITIONS, model: MODEL })
    const kept = Array.from({ length: PARTITIONS }, (): (readonly [number, string])[] => [])
    for (const [number, event] of stream.entries()) {
      const verdict = replay.take(event, { isAlerting: true, frozenMs: undefined })
      if (verdict === undefined || !verdict.isWatched) continue
      if (!isTelling(verdict.findings, verdict.dayTail)) continue
      const key = agentKey(event)
      const { rank, packed } = sampleOf(number, event, key, verdict.findings)
      kept[partitionOf(key, PARTITIONS)]!.push([rank, packed.toString('hex')])
    }
    return kept.map((samples) => samples.sort(([a], [b]) => a - b))
  }

  it('follows from the stream, though a worker is stopped and batches are done again', async () => {
    const all = expected()
    expect(all.flat().length).toBeGreaterThan(500)
    const samplesMax = 400
    const its = { ...setting, training: { ...training, samplesMax } }
    const serve = await open(its, { work: false })
    const first = await open({ ...its, worker: { eventsPerCommitMax: 150 } }, { ingest: false })
    await serve.accept(stream.slice(0, 3_000))
    await until(
      async () => (await countSamples(client, keys, PARTITIONS)) > 50 || undefined,
      'some are kept',
    )
    await client.set(keys.owner(1), 'another worker, which then dies')
    await first.stop()
    await open(its, { ingest: false })
    await serve.accept(stream.slice(3_000))
    await serve.drained()
    for (const [partition, samples] of all.entries()) {
      const kept = await client.zrangeBuffer(keys.samples(partition, 'default'), '0', '-1')
      const wanted = samples.slice(0, samplesMax / PARTITIONS).map(([, member]) => member)
      expect(kept.map((member) => member.toString('hex'))).toEqual(wanted)
    }
    const read = await readSamples(client, keys, PARTITIONS)
    expect(read).toHaveLength(await countSamples(client, keys, PARTITIONS))
    const agents = new Set(stream.map((event) => agentKey(event)))
    for (const { agentDay, values } of read) {
      expect(agents).toContain(agentDay.slice(0, agentDay.lastIndexOf(' ')))
      expect(values.some((value) => value > 0)).toBe(true)
    }
  })
})

describe('training', () => {
  const events = streamOf(3_000)

  it('gives a better model, which the stream goes over to, with a card and a record', async () => {
    await keep(1_500)
    const one = await open(setting)
    const record = await recordOf(await order())
    expect(record).toMatchObject({ outcome: 'better', samples: 1_500, isActivated: true })
    expect(record.error!).toBeLessThan(0.95 * record.errorInUse!)
    const [model] = await storedModels(client, keys)
    expect(model).toMatchObject({ version: record.version, problem: undefined })
    expect(await client.hget(keys.modelCards, record.version!)).toContain('# Autoencoder')
    const [audit] = await readAudits(client, keys)
    expect(audit).toMatchObject({ what: 'activate', version: record.version, by: 'a test' })
    expect(audit!.why).toMatch(/^to see: error [\d.]+, before [\d.]+$/)
    await one.accept(parsed(events))
    await one.drained()
    expect((await activationsOf(client, keys)).map(({ version }) => version)).toEqual([
      record.version,
    ])
    expect(await ended(one)).toEqual({ better: 1 })
    // Behaviour is as it was: another would be no better.
    const again = await recordOf(await order())
    expect(again).toMatchObject({ outcome: 'no better', isActivated: false })
    expect(await storedModels(client, keys)).toHaveLength(1)
  })

  it('keeps a better model for people to activate, where that is left to them', async () => {
    await keep(1_000)
    await open({ ...setting, training: { ...training, activation: 'by hand' } })
    expect(await recordOf(await order())).toMatchObject({ outcome: 'better', isActivated: false })
    expect(await storedModels(client, keys)).toHaveLength(1)
    expect(await readAudits(client, keys)).toEqual([])
  })

  it('begins by itself, and says where there is too little', async () => {
    await keep(SAMPLES_MIN - 1)
    const its = { ...training, intervalMs: 300 }
    const one = await open({ ...setting, training: its })
    await until(async () => ((await ended(one))['too few'] ?? 0) >= 2 || undefined, 'it came twice')
    await keep(SAMPLES_MIN * 2)
    await until(async () => (await ended(one)).better === 1 || undefined, 'one was trained')
    await one.stop()
    expect((await trainingsOf(client, keys)).at(-1)).toMatchObject({ by: 'training' })
    // Another worker does not bring forward what is due tomorrow.
    const daily = { ...setting, training: { ...training, intervalMs: 86_400_000 } }
    const day = await open(daily)
    // What was ordered before may still be under way.
    const queue = `${keys.root}:${TRAINING_QUEUE}`
    let trained = -1
    for (let now = 0; now !== trained; now = (await trainingsOf(client, keys)).length) {
      trained = now
      await sleep(1_000)
      await until(async () => {
        const under = await Promise.all(
          ['wait', 'active'].map((one) => client.llen(`${queue}:${one}`)),
        )
        return under.every((count) => count === 0) || undefined
      }, 'none is under way')
    }
    const more = await open(daily)
    await sleep(500)
    expect(await trainingsOf(client, keys)).toHaveLength(trained)
    await day.stop()
    await more.stop()
    // Left to people from now on.
    await open(setting)
    expect(await client.zcard(`${keys.root}:training:repeat`)).toBe(0)
  })

  it('is done once by two workers, and twice one after the other', async () => {
    await keep(1_000)
    const { pids, log } = watching()
    const workers = [
      await open(setting, { ingest: false, log }),
      await open(setting, { ingest: false, log }),
    ]
    const ids = [await order(), await order()]
    await until(async () => pids.length > 0 || undefined, 'one has begun')
    let isTogether = false
    for (const id of ids) {
      while (!(await trainingsOf(client, keys)).some((one) => one.id === id)) {
        const running = pids.filter((pid) => isRunning(pid)).length
        isTogether ||= running > 1
        await sleep(5)
      }
    }
    expect(isTogether).toBe(false)
    expect(pids).toHaveLength(2)
    await until(async () => {
      const counts = await Promise.all(workers.map(ended))
      const all = counts.flatMap((one) => Object.values(one)).reduce((sum, one) => sum + one, 0)
      return all === 2 || undefined
    }, 'each is counted once')
  })

  it('disturbs nothing where its process is killed, and loses nothing', async () => {
    await keep(3_000)
    const before = await readSamples(client, keys, PARTITIONS)
    const { pids, log } = watching()
    const one = await open(setting, { log })
    const id = await order()
    const accepted = one.accept(parsed(events))
    const pid = await until(async () => pids[0], 'it has begun')
    await sleep(300)
    process.kill(pid, 'SIGKILL')
    const record = await recordOf(id)
    expect(record).toMatchObject({ outcome: 'failed', isActivated: false })
    expect(record.problem).toMatch(/ended by SIGKILL/)
    await accepted
    await one.drained()
    const states = await savedStates(client, setting.prefix)
    expect([...states]).toEqual([...offline(events).states])
    expect(await storedModels(client, keys)).toEqual([])
    expect(await readSamples(client, keys, PARTITIONS)).toEqual(before)
    expect(await recordOf(await order())).toMatchObject({ outcome: 'better' })
  })

  it('is begun anew by another worker where the one that had it stops', async () => {
    await keep(3_000)
    const { pids, log } = watching()
    const first = await open(setting, { ingest: false, log })
    const id = await order()
    const pid = await until(async () => pids[0], 'it has begun')
    await first.stop()
    expect(isRunning(pid)).toBe(false)
    await open(setting, { ingest: false, log })
    expect(await recordOf(id)).toMatchObject({ outcome: 'better' })
    expect(pids).toHaveLength(2)
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
