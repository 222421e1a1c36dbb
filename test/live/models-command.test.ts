/** `perimeter models` at a live store. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { cardOf } from '../../src/detectors/autoencoder/card.ts'
import { readModel } from '../../src/offline/model-folder.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { storeModel } from '../../src/runtime/model-changes.ts'
import { within } from '../cli/command.ts'
import { useRedis } from './redis.ts'
import { MODEL, PARTITIONS, parsed, pipeline, streamOf } from './stream.ts'

const redis = useRedis()
const { saved } = MODEL!
const OLD = { ...saved, version: 'old' }
const NEW = {
  ...saved,
  version: 'new',
  trained: { ...saved.trained, at: '2030-01-01T00:00:00Z' },
}
let cwd: string
let client: Redis
let live: Pipeline | undefined

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-models-'))
  client = redis.connect()
  // By the login everything is allowed to: a URL of a socket has no room for another.
  const url = inject('redisUrl')
  const config = {
    redis: { url, prefix: redis.prefix },
    stream: { partitions: PARTITIONS },
    worker: { leaseMs: 600 },
  }
  await writeFile(join(cwd, 'perimeter.json'), JSON.stringify(config))
  const keys = keysAt({ prefix: redis.prefix, shard: '0' })
  for (const model of [OLD, NEW]) {
    const by = { isActivating: false, by: 'a test', why: 'to see' }
    await storeModel(client, keys, model, cardOf(model, undefined), by)
  }
})
afterEach(async () => {
  await live?.stop()
  live = undefined
})
afterAll(async () => {
  client.disconnect()
  await rm(cwd, { recursive: true, force: true })
})

const models = (...words: string[]) => within(['models', ...words], cwd)
const listed = async () => JSON.parse((await models('list', '--json')).out)
const WHY = ['--why', 'to see', '--by', 'me']

it('lists what there is, shows a card, and writes a folder that scan takes', async () => {
  const page = await models('list')
  expect(page).toMatchObject({ code: 0, err: '' })
  expect(page.out).toMatch(/^version +trained +samples +error$/m)
  expect(page.out).toMatch(new RegExp(`^configured: ${saved.version} .* in use`, 'm'))
  expect(page.out).toMatch(/^new +2030-01-01 [\s\S]*^old /m)
  expect(page.out).toContain('no samples kept to train on')
  expect(await listed()).toMatchObject({
    configured: saved.version,
    wish: { version: '', isHeld: false },
    activations: [],
    models: [{ version: 'new' }, { version: 'old', hash: saved.hash }],
  })
  expect((await models('show', 'old')).out).toBe(cardOf(OLD, undefined))
  const shown = await models('show', 'old', '--json')
  expect(JSON.parse(shown.out)).toMatchObject({ version: 'old', trained: { on: saved.trained.on } })
  expect(shown.out).not.toContain('weights')
  expect(await models('export', 'old', '--out', 'folder')).toMatchObject({ code: 0, err: '' })
  expect((await readModel(join(cwd, 'folder'))).saved).toEqual(OLD)
  expect(await readFile(join(cwd, 'folder', 'card.md'), 'utf8')).toBe(cardOf(OLD, undefined))
})

it('goes over to one and back, and wants to know why', async () => {
  live = await pipeline({ address: redis.address, prefix: redis.prefix })
  const events = parsed(streamOf(1_600))
  expect((await models('activate', 'old')).code).toBe(2)
  const unknown = await models('activate', 'newest', ...WHY)
  expect(unknown).toMatchObject({ code: 1, out: '' })
  expect(unknown.err).toBe('perimeter: The store has no model newest: there is new, old.\n')
  const gone = await models('rollback', ...WHY)
  expect(gone.err).toBe('perimeter: The configured model is in use: there was none before it.\n')

  const done = await models('activate', 'old', ...WHY)
  expect(done).toMatchObject({ code: 0, out: 'old: scores the stream from the next epoch on\n' })
  expect((await models('list')).out).toMatch(/^old .* from the next epoch on$/m)
  await live.accept(events)
  await live.drained()
  expect((await models('list')).out).toMatch(/^old .* in use$/m)
  const back = await models('rollback', ...WHY, '--json')
  expect(JSON.parse(back.out)).toMatchObject({ what: 'rollback', version: '', by: 'me' })
  expect(await listed()).toMatchObject({
    wish: { version: '', isHeld: true },
    activations: [{ epoch: 0, version: 'old' }],
  })
  const configured = await models('activate', 'configured', ...WHY)
  expect(configured.out).toBe('the configured model: scores the stream from the next epoch on\n')
  const changes = (await models('list')).out.match(
    /^\S+ (activate|rollback) by me, to .*: to see$/gm,
  )
  expect(changes!.map((line) => line.split(' ')[1])).toEqual(['activate', 'rollback', 'activate'])
})

it('orders a training, and waits for what comes of it where a worker runs', async () => {
  const ordered = await models('train', ...WHY)
  expect(ordered).toMatchObject({
    code: 0,
    out: 'ordered; a model is trained as soon as a worker can\n',
  })
  live = await pipeline({ address: redis.address, prefix: redis.prefix }, { ingest: false })
  const trained = await models('train', ...WHY)
  expect(trained).toMatchObject({ code: 0, err: '' })
  expect(trained.out).toMatch(/ training by me: too few · no samples\n$/)
  expect((await models('list')).out).toMatch(/training by me: too few/)
})
