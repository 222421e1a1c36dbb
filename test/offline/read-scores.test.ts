import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isOfScores, type ReadScore, readScores } from '../../src/offline/read-scores.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-scores-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const LINE =
  '{"id":"e1","agent":"a","time":"2026-02-02T00:00:00.000Z","score":3.5,"p":0.1,"top":[]}'

async function written(text: string | Buffer): Promise<string> {
  const path = join(folder, 'scores')
  await writeFile(path, text)
  return path
}

it('reads what scan writes, packed or not', async () => {
  for (const text of [`${LINE}\n\n${LINE}`, gzipSync(`${LINE}\n${LINE}\n`)]) {
    const path = await written(text)
    const scores: ReadScore[] = []
    await readScores([path], (score) => scores.push(score))
    const expected = { id: 'e1', agent: 'a', time: Date.UTC(2026, 1, 2), score: 3.5 }
    expect(scores).toEqual([
      { ...expected, session: undefined },
      { ...expected, session: undefined },
    ])
    expect(await isOfScores(path)).toBe(true)
  }
})

it('knows events, other files and standard input from scores', async () => {
  const event =
    '{"id":"e","time":1770000000000,"agent":{"id":"a"},"action":"x","resource":{"id":"y"}}'
  for (const text of [event, '', 'id,agent\n', '[1]']) {
    expect(await isOfScores(await written(text))).toBe(false)
  }
  expect(await isOfScores('-')).toBe(false)
})

it('says which line is no score', async () => {
  const path = await written(`${LINE}\n{"id":"e2","agent":"a","score":1}\n`)
  const failing = readScores([path], () => {})
  await expect(failing).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  await expect(failing).rejects.toThrow(`${path}:2 is no score`)
})
