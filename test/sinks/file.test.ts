import { appendFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { file } from '../../src/sinks/file.ts'
import { anAlert } from './receiver.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-file-'))
  path = join(folder, 'made', 'alerts.ndjson')
})

afterEach(() => rm(folder, { recursive: true }))

const open = () => file.open(file.schema.parse({ type: 'file', path }))
const linesOf = async (name: string) => (await readFile(name, 'utf8')).split('\n').slice(0, -1)

it('appends one line for each alert, in the order they came', async () => {
  const sink = open()
  const alerts = Array.from({ length: 50 }, (_, n) => anAlert({ id: `a${n}`, title: 'x\ny' }))
  await Promise.all(alerts.map((alert) => sink.send(alert, { number: 1 })))
  await sink.close()
  expect((await linesOf(path)).map((line) => JSON.parse(line))).toEqual(alerts)
})

it('writes a revision once, also after a new start', async () => {
  const sink = open()
  await sink.send(anAlert(), { number: 1 })
  expect(await sink.send(anAlert(), { number: 2 })).toEqual({ kind: 'delivered' })
  const later = open()
  await later.send(anAlert(), { number: 3 })
  await later.send(anAlert({ revision: 2 }), { number: 1 })
  expect((await linesOf(path)).map((line) => JSON.parse(line).revision)).toEqual([1, 2])
})

it.each(['ocsf', 'ecs'] as const)(
  'writes %s where asked to, and no revision twice',
  async (shape) => {
    const config = file.schema.parse({ type: 'file', path, shape })
    for (const revision of [1, 1, 2]) {
      const sink = file.open(config) // a new one each time: the file tells what it holds
      expect(await sink.send(anAlert({ revision }), { number: 1 })).toEqual({ kind: 'delivered' })
    }
    const written = (await linesOf(path)).map((line) => JSON.parse(line))
    expect(written).toHaveLength(2)
    const told = { ocsf: { class_uid: 2004 }, ecs: { event: { id: 'al_01J9ZC' } } }
    expect(written[1]).toMatchObject(told[shape])
  },
)

it('closes a line that a crash cut short', async () => {
  await open().send(anAlert(), { number: 1 })
  await appendFile(path, '{"id":"al_cut","revi')
  await open().send(anAlert({ id: 'b' }), { number: 1 })
  const lines = await linesOf(path)
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[2]!).id).toBe('b')
})

it('goes on in a new file when the old one is moved away', async () => {
  const sink = open()
  await sink.send(anAlert({ id: 'a' }), { number: 1 })
  await rename(path, `${path}.1`)
  await sink.send(anAlert({ id: 'b' }), { number: 1 })
  expect(JSON.parse((await linesOf(path))[0]!).id).toBe('b')
})

it('asks for another attempt where it cannot write', async () => {
  const sink = file.open(file.schema.parse({ type: 'file', path: folder }))
  expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
  expect(await sink.check()).toMatch(/EISDIR/)
  expect(await open().check()).toBeUndefined()
})

it('asks for another attempt, with the reason, while the disk is full', async () => {
  path = '/dev/full' // of Linux: every write to it finds no space left
  const sink = open()
  const outcome = await sink.send(anAlert(), { number: 1 })
  expect(outcome).toEqual({ kind: 'retry', reason: expect.stringMatching(/ENOSPC: no space left/) })
  expect(await sink.send(anAlert(), { number: 2 }), 'nothing counts as written').toEqual(outcome)
})
