/** Models gone over to in the middle of a stream: all partitions at one point, and a replay too. */
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cardOf } from '../../src/detectors/autoencoder/card.ts'
import {
  hashOf,
  type Model,
  modelOf,
  type SavedModel,
} from '../../src/detectors/autoencoder/model.ts'
import { readAudits } from '../../src/runtime/audit.ts'
import { type Epochs, type Known, openEpochs } from '../../src/runtime/epochs.ts'
import { type Keys, keysAt } from '../../src/runtime/keys.ts'
import { activate, rollBack, storeModel } from '../../src/runtime/model-changes.ts'
import {
  activationsOf,
  CONFIGURED,
  openModels,
  storedModels,
  versionAt,
  wishOf,
} from '../../src/runtime/model-store.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import {
  inOrder,
  MODEL,
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  type pipeline,
  savedStates,
  streamOf,
} from './stream.ts'

const redis = useRedis()
const open = usePipelines()
const log = pino({ level: 'silent' })
const BY = { by: 'a test', why: 'to see' }
let runs = 0
let client: Redis
let setting: PipelineSetting
let keys: Keys

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}` }
  keys = keysAt({ prefix: setting.prefix, shard: '0' })
})

/** The shipped model with other expectations, so that it gives other scores. */
function otherModel(shift: number): SavedModel {
  const { saved } = MODEL!
  const networks = saved.networks.map((network) => ({
    ...network,
    mean: network.mean.map((mean) => mean + shift),
  }))
  const hash = hashOf({ traits: saved.traits, networks })
  const trained = { ...saved.trained, at: `2026-01-0${1 + shift}T00:00:00Z` }
  return { ...saved, networks, hash, trained, version: `other-${shift}` }
}

async function stored(shift: number): Promise<Model> {
  const model = otherModel(shift)
  await storeModel(client, keys, model, cardOf(model, undefined), { ...BY, isActivating: false })
  return modelOf(model, 'a test')
}

describe('a model that is activated while a stream is worked on', () => {
  const EVENTS = 5_000
  const events = streamOf(EVENTS)

  it('scores from the same event on in every partition, and in a replay', async () => {
    const alerts: unknown[] = []
    const committed: NonNullable<Parameters<typeof pipeline>[1]>['committed'] = (what) => {
      for (const alert of what.alerts) alerts.push(JSON.parse(JSON.stringify(alert)))
    }
    const serve = await open(setting, { work: false })
    const workers = [
      await open(setting, { ingest: false, committed }),
      await open(setting, { ingest: false, committed }),
    ]
    const [one, two] = [await stored(1), await stored(2)]
    const batch = parsed(events)
    await serve.accept(batch.slice(0, 1_800))
    await serve.drained()
    await activate(client, keys, one.saved.version, BY)
    await serve.accept(batch.slice(1_800, 3_000))
    await serve.drained()
    await activate(client, keys, two.saved.version, BY)
    // While it is under way, so that no test can foresee the epoch: the log has it.
    await Promise.all([
      serve.accept(batch.slice(3_000)),
      rollBack(client, keys, BY).then(() => serve.drained()),
    ])
    await serve.drained()

    const log = await activationsOf(client, keys)
    expect(log[0]).toEqual({ epoch: epochOf(1_800) - 1, version: one.saved.version })
    const byVersion = new Map([
      [one.saved.version, one],
      [two.saved.version, two],
      [CONFIGURED, MODEL],
    ])
    const activations = log.map(({ epoch, version }) => ({ epoch, model: byVersion.get(version) }))
    const expected = offline(events, activations)
    expect([...(await savedStates(client, setting.prefix))]).toEqual([...expected.states])
    expect(inOrder(alerts as never)).toEqual(expected.alerts)

    // The models differ, so that all this would be otherwise without them.
    const without = offline(events)
    const changed = [...without.states].filter(([key, state]) => expected.states.get(key) !== state)
    expect(changed.length).toBeGreaterThan(0)
    const versions = new Set(expected.alerts.map(({ scoredWith }) => scoredWith.split(' ')[1]))
    expect([...versions]).toEqual(expect.arrayContaining([MODEL!.saved.version, 'other-1']))
    for (const { metrics } of workers) {
      const inUse = (await metrics.getSingleMetric('perimeter_model_in_use')!.get()).values
      expect(inUse).toHaveLength(1)
    }
  })

  it('is used by workers that start later, and by none that cannot read it', async () => {
    const one = await stored(1)
    await activate(client, keys, one.saved.version, BY)
    const first = await open(setting)
    await first.accept(parsed(events.slice(0, 1_800)))
    await first.drained()
    await first.stop()
    expect(await activationsOf(client, keys)).toEqual([{ epoch: 0, version: 'other-1' }])
    const second = await open(setting)
    await second.accept(parsed(events.slice(1_800, 2_000)))
    await second.drained()
    expect(await second.metrics.metrics()).toContain('perimeter_model_in_use{version="other-1"} 1')
    await second.stop()
    await client.hset(
      keys.models,
      'other-1',
      JSON.stringify({ ...one.saved, hash: 'a'.repeat(64) }),
    )
    const third = await open(setting)
    await third.accept(parsed(events.slice(2_000, 2_200)))
    await third.drained()
    const configured = MODEL!.saved.version
    expect(await third.metrics.metrics()).toContain(
      `perimeter_model_in_use{version="${configured}"} 1`,
    )
    expect((await storedModels(client, keys))[0]!.problem).toMatch(/was changed/)
  })
})

describe('the store of models', () => {
  const shares = (epoch: number) =>
    client.hset(
      keys.shares(epoch),
      Object.fromEntries(Array.from({ length: PARTITIONS }, (_, at) => [at, Buffer.from([0x90])])),
    )
  const epochs = () =>
    openEpochs(client, keys, PARTITIONS, {
      modelOf: openModels(client, keys, MODEL, log),
      registryOf: async () => undefined,
    })

  /** One that comes while another removes the shares asks again. */
  const knownAfter = async (of: Epochs, epoch: number): Promise<Known> =>
    (await of.knownAfter(epoch)) ?? knownAfter(of, epoch)

  it('decides of an epoch once, whoever merges it and whatever is wished for later', async () => {
    const one = await stored(1)
    for (const epoch of [0, 1, 2]) await shares(epoch)
    const [first, second] = [epochs(), epochs()]
    expect((await first.knownAfter(0))!.model).toBe(MODEL)
    await activate(client, keys, one.saved.version, BY)
    const merged = await Promise.all([knownAfter(first, 1), knownAfter(second, 1)])
    expect(merged.map(({ model }) => model!.saved.version)).toEqual(['other-1', 'other-1'])
    await activate(client, keys, CONFIGURED, BY)
    expect((await epochs().knownAfter(1))!.model!.saved.version).toBe('other-1')
    expect((await second.knownAfter(2))!.model).toBe(MODEL)
    // A slow worker writes again what was swept away: that decides nothing.
    await activate(client, keys, one.saved.version, BY)
    await client.del(keys.knowledge(1))
    await shares(1)
    await epochs().knownAfter(1)
    expect(await activationsOf(client, keys)).toEqual([
      { epoch: 1, version: 'other-1' },
      { epoch: 2, version: CONFIGURED },
    ])
    expect(await versionAt(client, keys, 0)).toBe(CONFIGURED)
    expect(await versionAt(client, keys, 1)).toBe('other-1')
  })

  it('goes back one model at a time, holds it, and says where there is none before', async () => {
    const ended = async (epoch: number) => {
      await shares(epoch)
      await epochs().knownAfter(epoch)
    }
    await expect(rollBack(client, keys, BY)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    for (const [epoch, shift] of [1, 2].entries()) {
      await activate(client, keys, (await stored(shift)).saved.version, BY)
      await ended(epoch)
    }
    expect(await rollBack(client, keys, BY)).toMatchObject({ version: 'other-1' })
    await ended(2)
    expect(await wishOf(client, keys)).toEqual({ version: 'other-1', isHeld: true })
    // What training would go over to by itself waits.
    const three = otherModel(3)
    const isWished = await storeModel(client, keys, three, '', { ...BY, isActivating: true })
    expect(isWished).toBe(false)
    expect((await rollBack(client, keys, BY)).version).toBe(CONFIGURED)
    await ended(3)
    await expect(rollBack(client, keys, BY)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await activate(client, keys, 'other-3', BY)
    // Not in use yet: to go back is to stay.
    expect((await rollBack(client, keys, BY)).version).toBe(CONFIGURED)
    const audits = await readAudits(client, keys)
    expect(audits.map(({ what }) => what)).toEqual([
      ...['rollback', 'activate', 'rollback', 'rollback', 'activate', 'activate'],
    ])
    expect(audits[0]).toMatchObject({ ...BY, version: CONFIGURED })
  })

  it('keeps ten models, and those that may be needed', async () => {
    for (let shift = 0; shift < 9; shift++) {
      await stored(shift)
      if (shift === 1) await activate(client, keys, 'other-1', BY)
    }
    const older = (nth: number): SavedModel => {
      const model = otherModel(0)
      const at = `2025-01-0${nth}T00:00:00Z`
      return { ...model, trained: { ...model.trained, at }, version: `older-${nth}` }
    }
    for (const nth of [1, 2, 3]) {
      await storeModel(client, keys, older(nth), '', { ...BY, isActivating: false })
    }
    const versions = (await storedModels(client, keys)).map(({ version }) => version)
    expect(versions).toHaveLength(10)
    expect(versions).toContain('older-3') // the one that was stored just now
    expect(versions).toContain('other-1')
    expect(versions).not.toContain('older-2')
    expect(await client.hlen(keys.modelCards)).toBe(10)
    await expect(activate(client, keys, 'older-2', BY)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('other-1'),
    })
  })
})
