import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, it } from 'vitest'
import { EngineError } from '../../src/errors.ts'
import { anEvent, keys, serve } from '../api/serve.ts'
import { perimeter, type RunSetting } from './command.ts'

const cwd = mkdtempSync(join(tmpdir(), 'perimeter-ingest-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))
const running: Awaited<ReturnType<typeof serve>>[] = []
afterEach(async () => {
  for (const { server } of running.splice(0)) await server.close()
})

async function start(change: Parameters<typeof serve>[0] = {}) {
  const served = await serve(change)
  running.push(served)
  const ingest = (words: string[], setting: Partial<RunSetting> = {}) =>
    perimeter(['ingest', '--url', served.base, ...words], {
      cwd,
      env: { PERIMETER_API_KEY: keys.shipper },
      ...setting,
    })
  return { ...served, ingest, ids: () => served.accepted.map(({ id }) => id) }
}

const linesOf = (ids: readonly string[]) =>
  ids.map((id) => `${JSON.stringify(anEvent({ id }))}\n`).join('')
const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${name}-${at}`)

/** As the command reads at a time. */
const STRETCH_BYTES_MAX = 524_288
const linesIn = (bytes: number) => Math.ceil(bytes / linesOf(['x']).length)

it('sends each file once, tells of what it cannot use, and goes on where it was', async () => {
  const { ingest, ids } = await start()
  writeFileSync(join(cwd, 'a.ndjson'), `${linesOf(['a'])}nonsense\n`)
  writeFileSync(join(cwd, 'b.json.gz'), gzipSync(JSON.stringify([anEvent({ id: 'b' })])))
  const first = await ingest(['a.ndjson', 'b.json.gz', '--json'])
  expect([first.code, JSON.parse(first.out)]).toEqual([0, { accepted: 2, skipped: 0, rejected: 1 }])
  expect(first.err).toContain('a.ndjson:2 $: expected JSON')
  appendFileSync(join(cwd, 'a.ndjson'), linesOf(['c']))
  const second = await ingest(['a.ndjson', 'b.json.gz'])
  expect(second.out).toContain('1 event sent')
  expect(ids()).toEqual(['a', 'b', 'c'])
})

it('wants a key and an address, and says in one line what is wrong with them', async () => {
  const { ingest } = await start()
  writeFileSync(join(cwd, 'd.ndjson'), linesOf(['d']))
  const keyless = await ingest(['d.ndjson'], { env: {} })
  expect([keyless.code, keyless.err]).toEqual([
    1,
    expect.stringMatching(/^perimeter: An API key .*\n$/),
  ])
  const unknown = await ingest(['d.ndjson', '--key', 'nonsense'])
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('answers 401')])
  const nowhere = await ingest(['d.ndjson', '--url', 'ftp://x'])
  expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('--url')])
})

it('loses nothing though it is killed, the log rotated, and the receiver at times full', async () => {
  let calls = 0
  const taken: string[] = []
  const { ingest } = await start({
    accept: async (events) => {
      if (++calls % 5 === 0) throw new EngineError('QUEUE_FULL', 'Too much waits.')
      taken.push(...events.map(({ id }) => id))
      return {}
    },
  })
  const path = join(cwd, 'followed.ndjson')
  const all: string[] = []
  const write = (name: string, count: number) => {
    const ids = named(name, count)
    all.push(...ids)
    appendFileSync(path, linesOf(ids))
  }
  const has = async (id: string) => {
    for (let turn = 0; turn < 800 && !taken.includes(id); turn++) await sleep(25)
    expect(taken).toContain(id)
  }
  for (let round = 0; round < 3; round++) {
    write(`before-${round}`, 4_000)
    const { code } = await ingest(['followed.ndjson', '--follow'], {
      meanwhile: async (child) => {
        await has(`before-${round}-100`)
        child.kill('SIGKILL')
      },
    })
    expect(code).toBeNull()
    write(`between-${round}`, 500)
    if (round > 0) renameSync(`${path}.1`, `${path}.2`)
    renameSync(path, `${path}.1`)
  }
  write('after', 100)
  const last = await ingest(['followed.ndjson', '--follow', '--json'], {
    meanwhile: async (child) => {
      await has('after-99')
      child.kill('SIGTERM')
    },
  })
  expect(last.code).toBe(0)
  expect([...new Set(taken)].toSorted()).toEqual(all.toSorted())
  // Twice came only what was on its way at a kill: one stretch each time, which the engine knows by its ids.
  const again = taken.length - new Set(taken).size
  expect(again).toBeLessThanOrEqual(3 * linesIn(STRETCH_BYTES_MAX))
  const { files } = JSON.parse(readFileSync(join(cwd, '.perimeter/ingest-positions.json'), 'utf8'))
  expect(files[path].lines).toBe(100)
})
