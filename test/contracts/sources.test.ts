/** What every source must obey. */
import { afterEach, describe, expect, it } from 'vitest'
import { EngineError } from '../../src/errors.ts'
import { QuotaExceeded } from '../../src/runtime/quotas.ts'
import { openSource, sourceKinds } from '../../src/sources/index.ts'
import { anEvent } from '../api/serve.ts'
import { useRedis } from '../live/redis.ts'
import { cases, readSource } from '../sources/cases.ts'

const redis = useRedis()
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
/** What reads is closed before what it reads. */
function closing<One extends { close(): Promise<void> }>(one: One): One {
  opened.unshift(one)
  return one
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `e-${from + at}`)
const body = (id: string, change: object = {}) => JSON.stringify(anEvent({ id, ...change }))
const SECRET = 'what-was-said-to-the-agent'

describe.each(sourceKinds.map(({ type }) => type))('every source: %s', (type) => {
  const play = async () => closing(await cases[type](redis))
  const read = (...words: Parameters<typeof readSource>) => closing(readSource(...words))

  it('takes in what is there and what comes, in order, and is then done with it', async () => {
    const played = await play()
    await played.put(ids(0, 30).map((id) => body(id)))
    const reading = read(played.config, redis)
    await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(30)
    const [one, two] = [body('e-30'), body('e-31')]
    await played.put([`[${one},${two}]`, `${body('e-32')}\n${body('e-33')}\n`])
    await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(34)
    expect(reading.taken.map(({ id }) => id)).toEqual(ids(0, 34))
    await expect.poll(() => played.left()).toBe(0)
    expect(await reading.checks['source mine']!()).toBeUndefined()
    expect(await reading.letters()).toEqual([])
  })

  it('acknowledges nothing before Redis has it, and goes on where another stopped', async () => {
    const played = await play()
    let reached: () => void = () => {}
    const isReached = new Promise<void>((resolve) => {
      reached = resolve
    })
    const stuck = read(played.config, redis, async () => {
      reached()
      throw new EngineError('STORE_UNREACHABLE', 'Redis is away.')
    })
    await played.put(ids(0, 5).map((id) => body(id)))
    await isReached
    expect(await played.left()).toBe(5)
    await stuck.close() // while it waits
    opened.splice(opened.indexOf(stuck), 1)
    expect(stuck.taken).toEqual([])
    const next = read(played.config, redis)
    await expect.poll(() => next.taken.length, { timeout: 15_000 }).toBe(5)
    expect(next.taken.map(({ id }) => id).sort()).toEqual(ids(0, 5))
    await expect.poll(() => played.left()).toBe(0)
  })

  it('waits as long as is asked, keeps the order and loses nothing', async () => {
    const played = await play()
    await played.put(ids(0, 20).map((id) => body(id)))
    const refusals = [
      new EngineError('QUEUE_FULL', 'Too much waits.'),
      new QuotaExceeded('acme', 'eventsPerS', 'sends too much.', 700),
    ]
    let lastMs = 0
    const pausesMs: number[] = []
    const reading = read(played.config, redis, async () => {
      pausesMs.push(performance.now() - lastMs)
      lastMs = performance.now()
      const refusal = refusals.shift()
      if (refusal !== undefined) throw refusal
      return {}
    })
    await expect.poll(() => reading.taken.length, { timeout: 15_000 }).toBe(20)
    expect(reading.taken.map(({ id }) => id)).toEqual(ids(0, 20))
    expect(await reading.waits()).toEqual({ QUEUE_FULL: 1, QUOTA_EXCEEDED: 1 })
    expect(pausesMs[2]).toBeGreaterThanOrEqual(699)
    await expect.poll(() => played.left()).toBe(0)
  })

  it('sets aside what cannot be used with its reason and place, and goes on', async () => {
    const played = await play()
    const config = { ...played.config, tenant: 'acme' }
    await played.put([
      body('e-0'),
      `${SECRET}: no JSON`,
      JSON.stringify({ id: 'no-agent', time: '2026-05-03T02:14:00Z', prompt: SECRET }),
      body('stranger', { tenant: 'other' }),
      body('future', { time: '2099-01-01T00:00:00Z' }),
      body('e-1', { tenant: 'acme' }),
    ])
    const reading = read(config, redis)
    await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(2)
    expect(reading.taken.map(({ id, tenant }) => [id, tenant])).toEqual([
      ['e-0', 'acme'],
      ['e-1', 'acme'],
    ])
    await expect.poll(() => played.left()).toBe(0)
    const letters = await reading.letters()
    expect(letters).toHaveLength(4)
    for (const { letter } of letters) {
      expect(letter).toMatchObject({ kind: 'record', from: expect.stringMatching(/^mine: ./) })
      expect(letter.reason).not.toBe('')
      expect(letter).toHaveProperty('record', expect.stringMatching(/./))
    }
    expect(reading.logged.join('')).not.toContain(SECRET)
  })

  it('says that it could be read, and reads nothing for it', async () => {
    const played = await play()
    await played.put([body('e-0')])
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const source = openSource(played.config, { address: redis.address, log })
    expect(source.name).toBe('mine')
    expect(await source.check()).toBeUndefined()
    const reading = read(played.config, redis)
    await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(1)
  })

  it('says what is wrong with a configuration, by its place', async () => {
    const { config } = await play()
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const wrong = (change: object) => () =>
      openSource({ ...config, ...change }, { address: redis.address, log })
    for (const option of ['extra', ...Object.keys(config)]) {
      if (option === 'type') continue
      const message = expect.stringContaining(option)
      const invalid = expect.objectContaining({ code: 'CONFIG_INVALID', message })
      expect(wrong({ [option]: [[]] }), option).toThrow(invalid)
    }
  })
})

it('names the kinds there are where one is not known', () => {
  const parts = { address: redis.address, log: { debug() {}, info() {}, warn() {}, error() {} } }
  expect(() => openSource({ type: 'pigeon' }, parts)).toThrow(/expected one of "redis-stream"/)
})
