import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeSimulation } from '../../src/offline/simulate/write.ts'
import { within } from './command.ts'

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-train-'))
  await writeSimulation(cwd, { seed: 4, agents: 12, days: 12, attacks: 2, pace: 0.2, gzip: false })
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const EVENTS = ['events.ndjson', '--registry', 'registry.json']
const scoresWith = async (...words: string[]) => {
  const ran = await within(['scan', ...EVENTS, '--scores', 's.ndjson', ...words], cwd)
  expect(ran).toMatchObject({ code: 0, err: '' })
  return readFile(join(cwd, 's.ndjson'), 'utf8')
}

it('writes a model that scan scores with, and the same again from the same seed', async () => {
  const ran = await within(['train', ...EVENTS, '--out', 'one'], cwd)
  expect(ran.code).toBe(0)
  expect(ran.err).toMatch(/^perimeter: training with (tensorflow|wasm)/)
  expect(ran.out).toMatch(
    /^all others: [\d,]+ samples, [\d,]+ held back, \d+ epochs, error [\d.]+$/m,
  )
  const hash = async (out: string) =>
    JSON.parse(await readFile(join(cwd, out, 'model.json'), 'utf8'))
  await within(['train', ...EVENTS, '--out', 'again'], cwd)
  const one = await hash('one')
  expect((await hash('again')).hash).toBe(one.hash)
  expect(one.trained).toMatchObject({ on: 'events.ndjson', seed: 1, agents: expect.any(Number) })
  expect(await readFile(join(cwd, 'one', 'card.md'), 'utf8')).toContain(one.hash)

  const without = await scoresWith('--no-model')
  const own = await scoresWith('--model', 'one')
  expect(without).not.toContain('odd-combination')
  expect(own).toContain('odd-combination')
  expect(await scoresWith()).toContain('odd-combination') // the one that is shipped
})

it('keeps the model that was there', async () => {
  await within(['train', ...EVENTS, '--out', 'two', '--seed', '1'], cwd)
  const ran = await within(['train', ...EVENTS, '--out', 'two', '--seed', '2'], cwd)
  expect(ran.code).toBe(0)
  expect(await readdir(join(cwd, 'two', 'versions'))).toHaveLength(1)
  expect(await readFile(join(cwd, 'two', 'card.md'), 'utf8')).toContain('## Since ')
})

it('ends with 1 where there is too little to learn from, or no such model', async () => {
  const [first] = (await readFile(join(cwd, 'events.ndjson'), 'utf8')).split('\n')
  await writeFile(join(cwd, 'few.ndjson'), `${first}\n`)
  const few = await within(['train', 'few.ndjson', '--out', 'few'], cwd)
  expect(few.code).toBe(1)
  expect(few.err).toMatch(/samples of behaviour/)
  const none = await within(['scan', ...EVENTS, '--model', 'nowhere'], cwd)
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('does not exist') })
})
