import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chronicle, type ChronicleOptions } from '../../src/offline/chronicle.ts'
import type { Reject } from '../../src/offline/read.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 1, 2)
const EVERYTHING: ChronicleOptions = {
  format: 'auto',
  beforeMs: Number.POSITIVE_INFINITY,
  latestMs: Number.POSITIVE_INFINITY,
}
let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-chronicle-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Each event's id says where it stands. */
const write = async (name: string, times: readonly number[]) => {
  const lines = times.map((time, nth) =>
    JSON.stringify({
      id: `${name}-${nth}`,
      time: START_MS + time,
      agent: { id: 'a' },
      action: 'files.read',
      resource: { id: 'r' },
    }),
  )
  await writeFile(at(name), lines.map((line) => `${line}\n`).join(''))
  return at(name)
}
const idsOf = async (chronicle: Chronicle, leftOut: readonly string[] = []) => {
  const ids: string[] = []
  for await (const { id } of chronicle.events(({ path }) => leftOut.includes(path))) ids.push(id)
  return ids
}

describe('a chronicle', () => {
  it('is a stable sort by time, however its runs are cut', async () => {
    const times = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 })
    const cases = fc.asyncProperty(
      times,
      times,
      fc.integer({ min: 1, max: 5 }),
      async (a, b, runEvents) => {
        const paths = [await write('a', a), await write('b', b)]
        const chronicle = await Chronicle.read(paths, { ...EVERYTHING, runEvents })
        const all = [
          ...a.map((time, nth) => ({ time, id: `a-${nth}` })),
          ...b.map((time, nth) => ({ time, id: `b-${nth}` })),
        ]
        const expected = all.sort((x, y) => x.time - y.time).map(({ id }) => id)
        const found = await idsOf(chronicle)
        const withoutB = await idsOf(chronicle, [at('b')])
        await chronicle.close()
        expect(found).toEqual(expected)
        expect(withoutB).toEqual(expected.filter((id) => id.startsWith('a')))
      },
    )
    await fc.assert(cases, { numRuns: 60 })
  })

  it('knows a file by what is in it, and leaves nothing on the disk', async () => {
    const paths = [await write('a', [3, 1, 2]), await write('b', [3, 1, 2])]
    const first = await Chronicle.read(paths, { ...EVERYTHING, runEvents: 2 })
    const second = await Chronicle.read([at('a')], EVERYTHING)
    expect(second.files[0]!.digest).toBe(first.files[0]!.digest)
    expect(first.files[1]!.digest).not.toBe(first.files[0]!.digest) // other ids
    expect(first.files.map(({ events }) => events)).toEqual([3, 3])
    const { folder: temporary } = first as unknown as { folder: string }
    expect(existsSync(temporary)).toBe(true)
    await first.close()
    expect(existsSync(temporary)).toBe(false)
  })

  it('leaves out what is later than asked for, and rejects what is from the future', async () => {
    const rejects: Reject[] = []
    const paths = [await write('a', [DAY_MS, 2 * DAY_MS, 9 * DAY_MS])]
    const chronicle = await Chronicle.read(paths, {
      format: 'auto',
      beforeMs: START_MS + 2 * DAY_MS,
      latestMs: START_MS + 5 * DAY_MS,
      rejected: (reject) => rejects.push(reject),
    })
    expect(await idsOf(chronicle)).toEqual(['a-0'])
    expect(chronicle).toMatchObject({ later: 1, rejected: 1 })
    expect(rejects).toMatchObject([{ path: '$.time' }])
    await chronicle.close()
  })
})
