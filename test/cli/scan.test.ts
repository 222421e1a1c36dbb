import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeSimulation } from '../../src/offline/simulate/write.ts'
import { perimeter, type Ran, within } from './command.ts'

let cwd: string
let events: number
/** Every event alerts, however the detectors are tuned. */
const EAGER = { PERIMETER_THRESHOLD_FALSE_AGENT_DAYS_PER_THOUSAND: '1000' }

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-scan-'))
  const options = { seed: 3, agents: 6, days: 6, attacks: 2, pace: 0.2, gzip: false }
  events = (await writeSimulation(cwd, options)).events
  const text = await readFile(join(cwd, 'events.ndjson'))
  await writeFile(join(cwd, 'events.gz'), gzipSync(text))
  await writeFile(join(cwd, 'empty.ndjson'), '')
  await writeFile(join(cwd, 'binary'), Buffer.from([0, 1, 2, 255, 254, 0, 7]))
  const bad = Array.from({ length: 12 }, (_, at) => `{"id":"bad-${at}"}\n`).join('')
  await writeFile(join(cwd, 'half-bad.ndjson'), bad + text.subarray(0, 5_000))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

it('scores a file, a gzip file and standard input alike', async () => {
  const [file, gzip, piped] = await Promise.all([
    perimeter(['scan', 'events.ndjson', '--json'], { cwd }),
    perimeter(['scan', 'events.gz', '--json'], { cwd }),
    perimeter(['scan', '-', '--json'], { cwd, input: await readFile(join(cwd, 'events.ndjson')) }),
  ])
  const summary = JSON.parse(file.out)
  expect(summary).toMatchObject({ historyEvents: 0, rejected: 0, skipped: {}, isPartial: false })
  expect(summary.events + summary.duplicates).toBe(events)
  for (const ran of [file, gzip, piped]) {
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect({ ...JSON.parse(ran.out), seconds: 0 }).toEqual({ ...summary, seconds: 0 })
  }
})

it('writes scores and alerts, and shows the gravest', async () => {
  const words = ['events.gz', '--registry', 'registry.json', '--top', '2']
  const files = ['--scores', 'scores.ndjson', '--alerts', 'alerts.ndjson']
  const ran = await perimeter(['scan', ...words, ...files], { cwd, env: EAGER })
  expect(ran).toMatchObject({ code: 0, err: '' })
  const lines = async (name: string) =>
    (await readFile(join(cwd, name), 'utf8')).trimEnd().split('\n')
  const alerts = (await lines('alerts.ndjson')).map((line) => JSON.parse(line))
  const scores = await lines('scores.ndjson')
  expect(Object.keys(JSON.parse(scores[0]!))).toEqual(
    ['id', 'agent', 'time', 'score', 'p', 'top'], //
  )
  expect(alerts.length).toBeGreaterThan(2)
  expect(alerts[0]).toMatchObject({ agent: { id: expect.any(String) }, events: expect.any(Array) })
  expect(ran.out).toContain(`and ${alerts.length - 2} more; all are in alerts.ndjson`)
  expect(ran.out).toMatch(/^(critical|high|medium|low) +\d+ {2}\S+.* events?$/m)
  expect(ran.out).toMatch(/ \(expected /)
  expect(ran.out).toMatch(/^[\d,]+ alerts · [\d,]+ events · [\d,]+ agents · .*[\d.]+ s$/m)
})

it('learns the history without alerting, and nothing after it where it is frozen', async () => {
  const words = ['scan', 'empty.ndjson', '--history', 'events.gz', '--json']
  for (const ran of [await within(words, cwd), await within([...words, '--freeze'], cwd)]) {
    expect(ran).toMatchObject({ code: 0, err: '' })
    const summary = JSON.parse(ran.out)
    expect(summary).toMatchObject({ events: 0, alerts: { total: 0 } })
    expect(summary.historyEvents + summary.duplicates).toBe(events)
  }
})

it('tells rejected lines with their place, the first ten of them', async () => {
  const ran = await within(['scan', 'half-bad.ndjson'], cwd)
  expect(ran.code).toBe(0)
  const told = ran.err.trim().split('\n')
  expect(told).toHaveLength(11)
  expect(told[0]).toMatch(/^perimeter: half-bad\.ndjson:1 \$\.\w+: expected /)
  expect(told[10]).toBe('perimeter: and 3 more rejects') // with the line that was cut
  expect(ran.out).toContain(' · 13 rejected · ')
})

it('ends with 2 where it is used wrongly', async () => {
  const wrong = [['scan'], ['scan', 'events.gz', '--freeze'], ['scan', 'events.gz', '--top', 'x']]
  const runs: Ran[] = []
  for (const words of wrong) runs.push(await within(words, cwd))
  expect(runs.map(({ code }) => code)).toEqual([2, 2, 2])
})

it('ends with 1 and one line where input, output or configuration are bad', async () => {
  const wrong = [
    ['scan', 'nowhere.ndjson'],
    ['scan', 'events.gz', '--scores', 'nowhere/scores.ndjson'],
    ['scan', 'events.gz', '--format', 'nonsense'],
    ['scan', 'events.gz', '--registry', 'nowhere.json'],
    ['scan', 'events.gz', '--config', 'nowhere.json'],
    ['scan', 'events.ndjson', '--alerts', 'events.ndjson'],
  ]
  const runs: Ran[] = []
  for (const words of wrong) runs.push(await within(words, cwd))
  for (const ran of runs) {
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(/^perimeter: [^\n]+\.\n$/)
  }
  expect((await readFile(join(cwd, 'events.ndjson'))).length).toBeGreaterThan(1_000)
})

it('takes an empty file for what it is, and refuses one that is no text', async () => {
  const empty = await within(['scan', 'empty.ndjson'], cwd)
  const binary = await within(['scan', 'binary'], cwd)
  expect(empty).toMatchObject({ code: 0, err: '' })
  expect(empty.out).toMatch(/^no alerts · no events · no agents · [\d.]+ s\n$/)
  expect(binary).toMatchObject({ code: 1, out: '' })
  expect(binary.err).toContain('binary:1 $: expected text, got binary data')
})

it('survives a reader that closes the pipe, and stops in good order when interrupted', async () => {
  const [closed, interrupted] = await Promise.all([
    perimeter(['scan', 'events.gz'], { cwd, meanwhile: ({ stdout }) => stdout?.destroy() }),
    perimeter(['scan', '-', '--scores', 'partial.ndjson'], {
      cwd,
      input: null,
      async meanwhile(child) {
        child.stdin?.write(await readFile(join(cwd, 'events.ndjson')))
        // It opens the file once it listens to signals, and has read what there is soon after.
        while (!existsSync(join(cwd, 'partial.ndjson'))) await sleep(100)
        await sleep(1_000)
        child.kill('SIGINT')
      },
    }),
  ])
  expect(closed).toMatchObject({ code: 0, err: '' })
  expect(interrupted.code).toBe(130)
  expect(interrupted.err).toContain('interrupted')
  expect(interrupted.out).toMatch(/[\d,]+ events/)
  const scored = (await readFile(join(cwd, 'partial.ndjson'), 'utf8')).trimEnd().split('\n')
  expect(() => scored.map((line) => JSON.parse(line))).not.toThrow()
})
