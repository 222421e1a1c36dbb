import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import type { Status } from '../../src/runtime/status.ts'
import { perimeter, within } from '../cli/command.ts'
import { useRedis } from './redis.ts'
import { PARTITIONS, parsed, pipeline, streamOf } from './stream.ts'
import { urlOf } from './url-of.ts'

const redis = useRedis()
const prefix = `${redis.prefix}-top`
const events = streamOf(600)
let cwd: string
let serve: Pipeline
let worker: Pipeline | undefined

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-top-'))
  const config = {
    redis: { url: urlOf(redis.address), prefix },
    stream: { partitions: PARTITIONS },
    sinks: [{ type: 'file', name: 'kept', path: join(cwd, 'alerts.ndjson') }],
  }
  await writeFile(join(cwd, 'perimeter.json'), JSON.stringify(config))
  serve = await pipeline({ address: redis.address, prefix }, { work: false })
  await serve.accept(parsed(events))
})
afterAll(async () => {
  await worker?.stop()
  await serve.stop()
  await rm(cwd, { recursive: true, force: true })
})

const snapshot = async (...words: string[]): Promise<Status> => {
  const { code, out, err } = await within(['top', '--once', '--json', ...words], cwd)
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as Status
}

it('shows what waits while nobody works, and says so', async () => {
  const status = await snapshot()
  expect(status.accepted).toBe(events.length)
  expect(status.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
  expect(status.partitions.reduce((sum, one) => sum + one.events, 0)).toBe(events.length)
  expect(status.workers).toEqual([])
  const { out } = await within(['top', '--once'], cwd)
  expect(out).toContain('! no worker lives\n! nobody works on partitions 0, 1, 2, 3\n')
  expect(out).toMatch(/^partition +worker +jobs +events +behind +agents$/m)
  expect(out).toMatch(/^ +0 {2}– nobody +\d+ +\d+ {2}\d+ s +0$/m)
})

it('shows who works on what, and what came of it', async () => {
  const file = { type: 'file', name: 'kept', path: join(cwd, 'alerts.ndjson') }
  worker = await pipeline({ address: redis.address, prefix, sinks: [file] }, { ingest: false })
  await worker.drained()
  let status = await snapshot('--alerts', '3')
  for (const endMs = Date.now() + 8_000; Date.now() < endMs; await sleep(100)) {
    if (status.workers[0]?.eventsPerS && status.partitions.every(({ jobs }) => jobs === 0)) break
    status = await snapshot('--alerts', '3')
  }
  expect(status.workers).toHaveLength(1)
  expect(status.workers[0]).toMatchObject({ pid: process.pid, partitions: [0, 1, 2, 3] })
  expect(status.workers[0]!.eventsPerS).toBeGreaterThan(0)
  for (const { worker: name, events: behind, lagMs } of status.partitions) {
    expect([name, behind, lagMs]).toEqual([status.workers[0]!.worker, 0, 0])
  }
  const agents = new Set(parsed(events).map(({ agent }) => agent.id))
  expect(status.partitions.reduce((sum, one) => sum + one.agents, 0)).toBe(agents.size)
  expect(status.sinks).toEqual([{ sink: 'kept', waiting: 0, retrying: 0 }])
  expect(status.alerts).toHaveLength(3)
  expect(status.alerts[0]!.atMs).toBeGreaterThanOrEqual(status.alerts[2]!.atMs)
  const { out } = await within(['top', '--once', '--alerts', '2'], cwd)
  expect(out).not.toMatch(/^!/m)
  expect(out).toMatch(/ events\/s done · no events behind · slowest 0 s · \d+ agents$/m)
  expect(out.match(/ ago /g)).toHaveLength(2)
})

it('goes on in a pipe until it is told to stop, one object a line', async () => {
  const run = await perimeter(['top', '--json', '--interval', '1'], {
    cwd,
    meanwhile: (child) => {
      let lines = 0
      child.stdout!.on('data', (chunk) => {
        lines += String(chunk).split('\n').length - 1
        if (lines >= 2) child.kill('SIGTERM')
      })
    },
  })
  expect(run.err).toBe('')
  expect(run.code).toBe(0)
  const all = run.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Status)
  expect(all.length).toBeGreaterThanOrEqual(2)
  expect(all[1]!.atMs).toBeGreaterThan(all[0]!.atMs)
})
