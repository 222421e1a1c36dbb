import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeSimulation } from '../../src/offline/simulate/write.ts'
import { within } from './command.ts'

let cwd: string
const LABELLED = ['evaluate', 'events.ndjson', '--labels', 'labels.ndjson']

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-evaluate-'))
  await writeSimulation(cwd, { seed: 8, agents: 8, days: 9, attacks: 3, pace: 0.15, gzip: false })
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

it('shows contenders, sessions, scenarios and reliability, in columns', async () => {
  const ran = await within([...LABELLED, '--registry', 'registry.json'], cwd)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toMatch(
    /^[\d,]+ events · \d+ agents · \d+ agent-days · 3 attacks with \d+ events$/m,
  )
  for (const name of ['perimeter', 'isolation forest', 'z-score', 'random', 'constant']) {
    expect(ran.out).toMatch(new RegExp(`^${name} +\\d+ % \\[\\d+–\\d+\\] +\\d+ % `, 'm'))
  }
  expect(ran.out).toMatch(/^As configured: .* of 3 attacks alerted on$/m)
  expect(ran.out).toMatch(/^verdict of day +\d+\.\d\d/m)
  for (const line of ran.out.split('\n')) expect(line.length).toBeLessThan(180)
})

it('writes a report for machines and a page that needs no network', async () => {
  const ran = await within([...LABELLED, '--json', '--out', 'made/report'], cwd)
  expect(ran.code).toBe(0)
  const printed = JSON.parse(ran.out)
  const written = JSON.parse(await readFile(join(cwd, 'made/report/report.json'), 'utf8'))
  expect(written).toEqual(printed)
  const page = await readFile(join(cwd, 'made/report/report.html'), 'utf8')
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|<script|<link|@import/,
  )
  const plots = [...page.matchAll(/<svg [^>]*>/g)].map(([tag]) => tag)
  expect(plots.length).toBe(4 + printed.missed.length)
  for (const tag of plots) expect(tag).toMatch(/role="img" aria-label="[^"]{20,}"/)
  expect(page).toContain('prefers-color-scheme: dark')
  expect(page).toContain('width=device-width')
})

it('ends with 1 and one line where labels or outputs are bad', async () => {
  await writeFile(join(cwd, 'bad-labels'), '{"id":"e1","malicious":true}\nno label\n')
  const ran = await within(['evaluate', 'events.ndjson', '--labels', 'bad-labels'], cwd)
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toBe('perimeter: bad-labels:2 is no label: expected a JSON object.\n')
  const onto = await within([...LABELLED, '--out', 'events.ndjson'], cwd)
  expect(onto).toMatchObject({ code: 1, out: '' })
  expect(onto.err).toMatch(/^perimeter: events\.ndjson cannot be written: [^\n]+\.\n$/)
})

it('ends with 2 where it is used wrongly', async () => {
  const wrong = [
    ['evaluate', 'events.ndjson'],
    [...LABELLED, '--freeze'],
    [...LABELLED, '--seed', 'x'],
  ]
  for (const words of wrong) expect((await within(words, cwd)).code).toBe(2)
})
