import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Queue } from 'bullmq'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sourceSchema } from '../../src/sources/index.ts'
import { anEvent } from '../api/serve.ts'
import { useRedis } from '../live/redis.ts'
import { type Reading, readSource } from './cases.ts'

const redis = useRedis()
const run = promisify(execFile)
let queue: Queue
let prefix: string
let opened: Reading[] = []
beforeEach(() => {
  prefix = `${redis.prefix}-${randomBytes(4).toString('hex')}`
  queue = new Queue('events', { connection: redis.address, prefix })
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()))
  opened = []
  await queue.close()
})

function read(): Reading {
  const one = readSource(sourceSchema.parse({ type: 'bullmq', queue: 'events', prefix }), redis)
  opened.push(one)
  return one
}
const states = () => queue.getJobCounts('wait', 'active', 'completed', 'failed')

/** As docs/sources.md has it, for a process that knows nothing of us. */
const PRODUCER = `
import { Queue } from 'bullmq'
const { connection, prefix, events } = JSON.parse(process.env.PRODUCED)
const queue = new Queue('events', { connection, prefix })
for (const event of events) await queue.add('event', event)
await queue.close()
`

it('takes what a producer in another process adds, in order', async () => {
  const reading = read()
  const events = Array.from({ length: 40 }, (_, at) => anEvent({ id: `e-${at}` }))
  const PRODUCED = JSON.stringify({ connection: redis.address, prefix, events })
  await run(process.execPath, ['--input-type=module', '--eval', PRODUCER], {
    env: { ...process.env, PRODUCED },
  })
  await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(events.length)
  expect(reading.taken.map(({ id }) => id)).toEqual(events.map(({ id }) => id))
  await expect.poll(states).toEqual({ wait: 0, active: 0, completed: events.length, failed: 0 })
})

it('takes an event, an array, a text, and a body that says its format; and says what came of it', async () => {
  const one = await queue.add('event', anEvent({ id: 'one' }))
  await queue.add('events', [anEvent({ id: 'two' }), anEvent({ id: 'three' })])
  await queue.add('text', JSON.stringify(anEvent({ id: 'four' })))
  const body = { format: 'canonical', body: [anEvent({ id: 'five' }), { id: 'bad' }] }
  const mixed = await queue.add('body', body)
  const lines = `${JSON.stringify(anEvent({ id: 'six' }))}\n`
  await queue.add('body', { format: 'canonical', body: lines })
  const reading = read()
  await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(6)
  expect(reading.taken.map(({ id }) => id).join()).toBe('one,two,three,four,five,six')
  await expect.poll(states).toMatchObject({ completed: 5, failed: 0 })
  const answerOf = async (id: string) => (await queue.getJob(id))?.returnvalue
  expect(await answerOf(one.id!)).toEqual({ accepted: 1, skipped: 0, rejected: 0 })
  expect(await answerOf(mixed.id!)).toEqual({ accepted: 1, skipped: 0, rejected: 1 })
})

it('fails, for good, what cannot be used at all, and keeps it among the dead letters too', async () => {
  const attempts = { attempts: 5, backoff: 10 }
  const broken = await queue.add('event', { id: 'bad' }, attempts)
  const unknown = await queue.add('body', { format: 'pigeon', body: anEvent() }, attempts)
  const number = await queue.add('event', 7, attempts)
  await queue.add('event', anEvent({ id: 'good' }))
  const reading = read()
  await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(1)
  await expect.poll(states).toEqual({ wait: 0, active: 0, completed: 1, failed: 3 })
  const reasonOf = async (id: string) => (await queue.getJob(id))?.failedReason
  expect(await reasonOf(broken.id!)).toMatch(/^\$\..*expected/)
  expect(await reasonOf(unknown.id!)).toMatch(/No format is called "pigeon"/)
  expect(await reasonOf(number.id!)).toBe('$: expected an object, an array or a text, got number')
  const letters = await reading.letters()
  expect(letters.map(({ letter }) => 'from' in letter && letter.from).sort()).toEqual(
    [broken, unknown, number].map(({ id }) => `bullmq: job ${id}`),
  )
})
