import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { LINE_BYTES_MAX } from '../../src/formats/text/lines.ts'
import { readFrom } from '../../src/offline/follow.ts'
import type { Position } from '../../src/offline/positions.ts'
import type { Reject } from '../../src/offline/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'perimeter-follow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(mkdtempSync(join(folder, 'f-')), `${files++}.log`)

const line = (id: string, more: object = {}) =>
  `${JSON.stringify({
    id,
    time: '2026-03-02T08:00:00Z',
    agent: { id: 'bot' },
    action: 'files.read',
    resource: { id: 'a/b' },
    ...more,
  })}\n`

/** Reads a file until nobody has more; `stretchesMax` is where the reader falls over. */
async function read(path: string, from?: Position, stretchesMax = Number.POSITIVE_INFINITY) {
  const ids: string[] = []
  const rejects: Reject[] = []
  const missed: string[] = []
  let position = from
  const { signal } = new AbortController()
  const options = { signal, missed: (name: string) => void missed.push(name) }
  let stretches = 0
  for await (const stretch of readFrom(path, from, options)) {
    if (stretch.events.length > 0 && stretches++ === stretchesMax) break
    ids.push(...stretch.events.map(({ id }) => id))
    rejects.push(...stretch.rejects)
    position = stretch.position
  }
  return { ids, rejects, missed, position }
}

/** Follows a file, and answers what it has read. */
function follow(path: string, from?: Position) {
  const stop = new AbortController()
  const ids: string[] = []
  const state: { position: Position | undefined } = { position: from }
  const ended = (async () => {
    for await (const stretch of readFrom(path, from, { isFollowing: true, signal: stop.signal })) {
      ids.push(...stretch.events.map(({ id }) => id))
      state.position = stretch.position
    }
  })()
  const until = async (count: number) => {
    for (let turn = 0; turn < 400 && ids.length < count; turn++) await sleep(25)
  }
  const end = async () => {
    stop.abort()
    await ended
  }
  return { ids, until, end, ended, state }
}

describe('a file that is read again', () => {
  it('goes on after the last line that was read, with the numbers of its lines', async () => {
    const path = newPath()
    writeFileSync(path, line('a') + line('b'))
    const first = await read(path)
    expect(first.ids).toEqual(['a', 'b'])
    expect((await read(path, first.position)).ids).toEqual([])
    appendFileSync(path, `${line('c')}nonsense\n${line('d')}`)
    const second = await read(path, first.position)
    expect(second.ids).toEqual(['c', 'd'])
    expect(second.rejects).toMatchObject([{ file: path, line: 4 }])
  })

  it('goes on from the stretch after the last that was kept', async () => {
    const path = newPath()
    const all = Array.from({ length: 12_000 }, (_, at) => `e${at}`)
    writeFileSync(path, all.map((id) => line(id)).join(''))
    const first = await read(path, undefined, 1)
    expect(first.ids.length).toBeLessThan(all.length)
    const second = await read(path, first.position)
    expect([...first.ids, ...second.ids]).toEqual(all)
  })

  it.each([
    ['gzip', (text: string) => gzipSync(text)],
    ['a document', (text: string) => `[${text.trim().replaceAll('\n', ',')}]`],
  ])('goes on from an event where it is %s', async (_what, pack) => {
    const path = newPath()
    const all = Array.from({ length: 5_000 }, (_, at) => `e${at}`)
    writeFileSync(path, pack(all.map((id) => line(id)).join('')))
    const first = await read(path, undefined, 2)
    expect(first.ids).toHaveLength(2_048)
    const second = await read(path, first.position)
    expect([...first.ids, ...second.ids]).toEqual(all)
    expect((await read(path, second.position)).ids).toEqual([])
  })

  it('begins anew where it was written anew, longer or shorter', async () => {
    const path = newPath()
    writeFileSync(path, line('a') + line('b'))
    const { position } = await read(path)
    writeFileSync(path, line('c'))
    expect((await read(path, position)).ids).toEqual(['c'])
    writeFileSync(path, ['d', 'e', 'f'].map((id) => line(id)).join(''))
    expect((await read(path, position)).ids).toEqual(['d', 'e', 'f'])
  })

  it('is read to its end first where it was rotated, and those that came between', async () => {
    const path = newPath()
    writeFileSync(path, line('a'))
    const { position } = await read(path)
    appendFileSync(path, line('b'))
    renameSync(path, `${path}.2`)
    await sleep(20)
    writeFileSync(`${path}.1`, line('c'))
    writeFileSync(`${path}.errors`, line('another log'))
    await sleep(20)
    writeFileSync(path, line('d'))
    const { ids, missed, position: last } = await read(path, position)
    expect([ids, missed]).toEqual([['b', 'c', 'd'], []])
    expect((await read(path, last)).ids).toEqual([])
  })

  it('is found again where it was rotated before anything of it was read', async () => {
    const path = newPath()
    writeFileSync(path, line('a'))
    const { ids, position } = await read(path, undefined, 0)
    expect(ids).toEqual([])
    renameSync(path, `${path}.1`)
    writeFileSync(path, line('b'))
    expect((await read(path, position)).ids).toEqual(['a', 'b'])
  })

  it('says so where what was left of it is gone', async () => {
    const path = newPath()
    writeFileSync(path, line('a'))
    const { position } = await read(path)
    renameSync(path, join(folder, 'elsewhere'))
    writeFileSync(path, line('b'))
    const { ids, missed } = await read(path, position)
    expect([ids, missed]).toEqual([['b'], [path]])
  })

  it('passes over a line that is too long, and nothing else', async () => {
    const path = newPath()
    const long = line('long', { note: 'x'.repeat(3 * LINE_BYTES_MAX) })
    writeFileSync(path, line('a') + long + line('b'))
    const { ids, rejects } = await read(path)
    expect(ids).toEqual(['a', 'b'])
    expect(rejects).toMatchObject([{ line: 2, reason: expect.stringContaining('expected a line') }])
  })

  it('says which format it might be where none fits, and stays where it is', async () => {
    const path = newPath()
    writeFileSync(path, '{"x":1}\n{"y":2}\n')
    await expect(read(path)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' })
    await expect(read(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  })
})

describe('a file that is followed', () => {
  it('is waited for, and read line by line as they are completed', async () => {
    const path = newPath()
    const one = follow(path)
    await sleep(50)
    writeFileSync(path, line('a').slice(0, 30))
    await sleep(700)
    expect(one.ids).toEqual([])
    appendFileSync(path, line('a').slice(30) + line('b'))
    await one.until(2)
    appendFileSync(path, line('c'))
    await one.until(3)
    await one.end()
    expect(one.ids).toEqual(['a', 'b', 'c'])
  })

  it('is followed through rotation, though its writer goes on with the old file', async () => {
    const path = newPath()
    writeFileSync(path, line('a'))
    const one = follow(path)
    await one.until(1)
    renameSync(path, `${path}.1`)
    writeFileSync(path, line('c'))
    appendFileSync(`${path}.1`, line('b'))
    await one.until(3)
    renameSync(path, `${path}.1`)
    writeFileSync(path, line('d'))
    await one.until(4)
    await one.end()
    expect(one.ids).toEqual(['a', 'b', 'c', 'd'])
    const next = follow(path, one.state.position)
    appendFileSync(path, line('e'))
    await next.until(1)
    await next.end()
    expect(next.ids).toEqual(['e'])
  })

  it('begins anew where it was cut short', async () => {
    const path = newPath()
    writeFileSync(path, line('a') + line('b'))
    const one = follow(path)
    await one.until(2)
    truncateSync(path)
    appendFileSync(path, line('c'))
    await one.until(3)
    await one.end()
    expect(one.ids).toEqual(['a', 'b', 'c'])
  })

  it('is refused where it has no lines', async () => {
    const path = newPath()
    writeFileSync(path, gzipSync(line('a')))
    const { ended } = follow(path)
    await expect(ended).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  })
})
