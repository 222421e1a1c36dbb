/** Events that syslog-ng reads from a file and posts to a pipeline, batched and one by one. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Pipeline, PipelineOptions } from '../../src/cli/pipeline.ts'
import { usePipelines } from '../live/pipelines.ts'
import { useRedis } from '../live/redis.ts'
import { until } from '../live/servers.ts'
import { API_KEY, type PipelineSetting, post, streamOf } from '../live/stream.ts'
import { configOf, haveDaemons, startDaemon, workFolder } from './syslog-daemons.ts'

const open = usePipelines()
const redis = useRedis()
const events = streamOf(40).filter(
  ({ id }, at, all) => all.findIndex((one) => one.id === id) === at,
)
const lines = events.map((event) => `${JSON.stringify(event)}\n`)
const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

let nth = 0
/** A pipeline with a stream of its own. */
async function perimeter(
  setting: Partial<PipelineSetting> = {},
  options: Partial<PipelineOptions> = {},
) {
  let scored = 0
  const prefix = `${redis.prefix}-${++nth}`
  const counted: Partial<PipelineOptions> = {
    committed(what) {
      scored += what.scored
    },
  }
  const start = (more: Partial<PipelineOptions>) =>
    open({ address: redis.address, prefix, ...setting }, { ...counted, ...more })
  return { pipeline: await start(options), start, scored: () => scored }
}

/** syslog-ng, reading `audit.ndjson` of a folder that is there already. */
function syslogNg(url: string, change: (config: string) => string = (config) => config) {
  const folder = workFolder()
  const file = join(folder.path, 'audit.ndjson')
  writeFileSync(file, '')
  const config = configOf('syslog-ng-http.conf', {
    'http://perimeter.example:8787': url,
    '/var/log/agents/audit.ndjson': file,
    '/var/lib/syslog-ng': folder.path,
    'time-reopen(5)': 'time-reopen(1)',
  })
  const start = () => {
    const env = { PERIMETER_KEY: API_KEY }
    const daemon = startDaemon('syslog-ng', change(config), { folder: folder.path, env })
    stops.unshift(() => daemon.stop())
    return daemon
  }
  stops.push(() => folder.remove())
  return { start, append: (some: readonly string[]) => appendFileSync(file, some.join('')) }
}

async function refusedBatches({ metrics }: Pipeline): Promise<number> {
  const { values } = await metrics.getSingleMetric('perimeter_ingest_refused_total')!.get()
  return values.reduce((sum, { value }) => sum + value, 0)
}

describe.skipIf(!haveDaemons)('syslog-ng', () => {
  it.each([
    ['lines', (config: string) => config],
    [
      'arrays',
      (config: string) =>
        config.replace(
          'batch-lines(500)',
          'batch-lines(500) body-prefix("[") delimiter(",") body-suffix("]")',
        ),
    ],
    ['single events', (config: string) => config.replace('batch-lines(500)', 'batch-lines(1)')],
  ])('sends %s, and each counts once', async (_, change) => {
    const { pipeline, scored } = await perimeter()
    const { start, append } = syslogNg(pipeline.url!, change)
    const daemon = start()
    append(lines)
    await until(async () => scored() >= events.length)
    await pipeline.drained()
    expect(scored(), daemon.output()).toBe(events.length)
  })

  it('sends again what was refused because the queue was full', async () => {
    const {
      pipeline,
      start: startAnother,
      scored,
    } = await perimeter({ stream: { queueJobsMax: 3 } }, { work: false })
    await until(async () => (await post(pipeline.url!, events.slice(0, 20))).status === 503)
    const refused = await refusedBatches(pipeline)
    const { start, append } = syslogNg(pipeline.url!)
    const daemon = start()
    append(lines)
    await until(async () => (await refusedBatches(pipeline)) > refused)
    await startAnother({ ingest: false })
    await until(async () => scored() >= events.length)
    expect(scored(), daemon.output()).toBe(events.length)
  })
})
