import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readExported } from '../../src/alert/exported.ts'
import { writeSimulation } from '../../src/offline/simulate/write.ts'
import { within } from './command.ts'

let cwd: string
const FILE = ['--baselines', 'learned.gz']

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-baselines-'))
  await writeSimulation(cwd, { seed: 3, agents: 6, days: 6, attacks: 0, pace: 0.2, gzip: false })
  const words = ['scan', '--history', 'events.ndjson', '--save-baselines', 'learned.gz']
  expect(await within(words, cwd)).toMatchObject({ code: 0, err: '' })
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

interface Listed {
  readonly agent: string
  readonly blueprint?: string
  readonly events: number
}

const overviews = async (...words: string[]) => {
  const ran = await within(['agents', 'list', ...FILE, '--json', ...words], cwd)
  expect(ran).toMatchObject({ code: 0, err: '' })
  return JSON.parse(ran.out) as Listed[]
}

it('lists agents, chosen and in order', async () => {
  const all = await overviews('--sort', 'events', '--registry', 'registry.json')
  expect(all.length).toBeGreaterThan(3)
  const counts = all.map(({ events }) => events)
  expect(counts).toEqual([...counts].sort((a, b) => b - a))
  expect(all.every((agent) => 'standing' in agent)).toBe(true)
  const [{ blueprint = '' }] = all as [(typeof all)[number]]
  const kin = await overviews('--blueprint', blueprint, '--registry', 'registry.json')
  expect(kin).toEqual(
    all
      .filter((agent) => agent.blueprint === blueprint)
      .sort((a, b) => (a.agent < b.agent ? -1 : 1)),
  )
  expect(await overviews('--shadow', '--registry', 'registry.json')).toEqual([])
  expect(await overviews('--overdue')).toEqual([]) // none is known for long enough
  const page = await within(['agents', 'list', ...FILE, '--top', '1'], cwd)
  expect(page.out).toMatch(/^agent +blueprint +events +first +last +watched/)
  expect(page.out).toContain(`and ${all.length - 1} more agents; --top shows more`)
})

it('shows what was learned of one, in words and for machines', async () => {
  const [{ agent, events }] = (await overviews('--sort', 'events')) as [Listed, ...Listed[]]
  const page = await within(['baselines', 'show', agent, ...FILE], cwd)
  expect(page).toMatchObject({ code: 0, err: '' })
  expect(page.out).toContain(`${events.toLocaleString('en')} events since`)
  const week = page.out
    .split('\n')
    .filter((line) => /^ {2}(Mon|Tue|Wed|Thu|Fri|Sat|Sun) /.test(line))
  expect(week.map((line) => line.slice(6).length)).toEqual(Array(7).fill(24))
  expect(week.join('')).toContain('█')
  const json = await within(['baselines', 'show', agent, ...FILE, '--json'], cwd)
  expect(JSON.parse(json.out)).toMatchObject({ agent, events, week: expect.any(Array) })
})

it('exports one or all, and says who is not there', async () => {
  const all = await overviews()
  const file = await within(['baselines', 'export', ...FILE, '--out', 'all.json'], cwd)
  expect(file).toMatchObject({ code: 0, out: '', err: '' })
  expect(readExported(await readFile(join(cwd, 'all.json'), 'utf8'))).toHaveLength(all.length)
  const one = await within(['baselines', 'export', all[0]!.agent, ...FILE], cwd)
  expect(readExported(one.out).map(({ key }) => key)).toEqual([`7:default${all[0]!.agent}`])
  const none = await within(['baselines', 'show', 'nobody', ...FILE], cwd)
  expect(none).toMatchObject({ code: 1, out: '' })
  expect(none.err).toBe(
    'perimeter: There is no agent "nobody": agents list shows those there are.\n',
  )
})

it('wants a date to go back to and a reason, and files that are what they should be', async () => {
  await writeFile(join(cwd, 'none.gz'), 'no gzip')
  const runs = [
    ['baselines', 'revert', 'a', '--to', '2026-03-01'],
    ['baselines', 'revert', 'a', '--to', 'yesterday', '--why', 'x'],
    ['learn', 'x', '--before', 'yesterday'],
    ['agents', 'list', '--baselines', 'none.gz'],
    ['agents', 'list', '--baselines', 'missing.gz'],
  ]
  const codes: (number | null)[] = []
  for (const words of runs) codes.push((await within(words, cwd)).code)
  expect(codes).toEqual([2, 2, 2, 1, 1])
})
