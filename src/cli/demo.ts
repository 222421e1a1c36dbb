/** `perimeter demo`: the sample through the whole live path, and what came of it. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Alert } from '../alert/alert.ts'
import { hashKey } from '../api/keys.ts'
import { type SenderOptions, sendEvents } from '../api/sender.ts'
import { type Config, parseConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { scan } from '../offline/scan.ts'
import { type AcquiredRedis, acquireRedis } from '../runtime/redis.ts'
import { chosenModel } from './model.ts'
import { wholeNumber } from './numbers.ts'
import type { Pipeline } from './pipeline.ts'
import { openProgress, type Progress } from './progress.ts'
import { openReceiver } from './receiver.ts'
import { readRegistry } from './registry.ts'
import { EXIT_INTERRUPTED, openLog, untilSignal } from './run.ts'
import { readSample, report, SAMPLE_REGISTRY, type Sample, type Told } from './sample.ts'
import { count } from './show-alerts.ts'

/** Events in one request: what a shipper sends at a time. */
const BATCH_EVENTS = 2_000

interface Options {
  readonly stay?: boolean
  readonly events?: number
}

export function demo(program: Command): void {
  program
    .command('demo')
    .description('feed the sample through Redis, service, worker and webhook, and show the alerts')
    .option('--stay', 'leave it running afterwards, to send it events of your own')
    .option('--events <number>', 'feed only so many of its events', wholeNumber(1, 1_000_000))
    .action(async (options: Options) => {
      const stopped = untilSignal()
      const dataDir = await mkdtemp(join(tmpdir(), 'perimeter-demo-'))
      try {
        await show(dataDir, options, stopped)
      } finally {
        await rm(dataDir, { recursive: true, force: true })
      }
    })
}

async function show(
  dataDir: string,
  { stay = false, events: eventsMax }: Options,
  stopped: Promise<undefined>,
): Promise<void> {
  const sample = await readSample(eventsMax)
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const key = `pk_${randomBytes(24).toString('base64url')}`
  const told = new Map<string, { alert: Alert; events: Set<string> }>()
  const receiver = await openReceiver(secret, (alert) => remember(told, alert))
  const config = parseConfig({
    dataDir,
    redis: { prefix: `perimeter-demo-${randomBytes(4).toString('hex')}` },
    http: { port: 0, keys: [{ name: 'demo', role: 'admin', hash: hashKey(key) }] },
    sinks: [
      {
        type: 'webhook',
        url: receiver.url,
        secrets: [secret],
        allowHttp: true,
        allowPrivate: ['127.0.0.1'],
      },
    ],
    registry: SAMPLE_REGISTRY,
    log: { level: 'error' },
  })
  try {
    const redis = await redisFor(config)
    if (redis === undefined) return await showOffline(config, sample)
    try {
      await showLive(config, redis, {
        sample,
        key,
        receiverUrl: receiver.url,
        told,
        stay,
        stopped,
      })
    } finally {
      if (!redis.isPrivate) {
        const { sweep } = await import('../runtime/sweep.ts')
        await sweep(redis.connection, config.redis.prefix, openLog(config))
      }
      await redis.stop()
    }
  } finally {
    await receiver.close()
  }
}

/** The Redis of REDIS_URL or a private one; says why where there is none. */
async function redisFor({ dataDir }: Config): Promise<AcquiredRedis | undefined> {
  const log = { info() {}, warn: (_: unknown, text?: string) => say(text ?? '') }
  try {
    return await acquireRedis({ dataDir, install: true, log: log as never })
  } catch (error) {
    const isExpected =
      error instanceof EngineError &&
      (error.code === 'REDIS_UNAVAILABLE' || error.code === 'STORE_UNREACHABLE')
    if (!isExpected) throw error
    say(`${error.message}\n\nSo without the live queue, the same sample through \`scan\`:\n`)
    return undefined
  }
}

interface Live {
  readonly sample: Sample
  readonly key: string
  readonly receiverUrl: string
  readonly told: ReadonlyMap<string, Told>
  readonly stay: boolean
  readonly stopped: Promise<undefined>
}

async function showLive(config: Config, redis: AcquiredRedis, live: Live): Promise<void> {
  const { lines, labels } = live.sample
  const progress = openProgress('scored', { isToldPlainly: true })
  let scored = 0
  const left = new AbortController()
  const { startPipeline } = await import('./pipeline.ts')
  const pipeline = await startPipeline(config, {
    log: openLog(config),
    redis,
    committed(what) {
      scored += what.scored + what.duplicates + what.quarantined
      progress.update(
        scored,
        lines.length,
        `${count(scored, 'event')}, ${count(live.told.size, 'alert')}`,
      )
    },
  })
  try {
    const url = pipeline.url! // it takes events in, so it listens
    say(`Redis     ${pipeline.redis} (version ${redis.version})`)
    say(`service   ${url}, with one worker in the same process`)
    say(`webhook   ${live.receiverUrl}, which checks every signature`)
    say(`sample    ${count(lines.length, 'event')} of a simulated company\n`)
    const startMs = performance.now()
    const ended = await Promise.race([
      feed({ url, key: live.key, signal: left.signal }, lines, pipeline).then(
        () => 'done' as const,
      ),
      pipeline.failed,
      live.stopped,
    ])
    progress.stop()
    if (ended instanceof EngineError) throw ended
    if (ended === undefined) {
      process.exitCode = EXIT_INTERRUPTED
      return
    }
    const seconds = (performance.now() - startMs) / 1_000
    say(report([...live.told.values()], labels))
    say(`${count(lines.length, 'event')} sent, scored and alerted on in ${seconds.toFixed(1)} s`)
    if (live.stay) await stay(url, live)
  } finally {
    progress.stop()
    left.abort()
    await pipeline.stop()
  }
}

/** Sends everything in order, and resolves when the last alert has arrived. */
async function feed(
  to: SenderOptions,
  lines: readonly string[],
  pipeline: Pipeline,
): Promise<void> {
  for (let at = 0; at < lines.length; at += BATCH_EVENTS) {
    const batch = lines.slice(at, at + BATCH_EVENTS)
    const sent = await sendEvents(
      batch.map((line) => JSON.parse(line)),
      to,
    )
    if (sent !== undefined && sent.rejected > 0) {
      throw new EngineError('INPUT_UNREADABLE', `The sample: ${sent.errors[0]?.message}`)
    }
  }
  await pipeline.drained(to.signal)
}

async function stay(url: string, { key, stopped }: Live): Promise<void> {
  say('\nIt stays up until Ctrl-C. Send it events of your own:')
  say(`  curl -H "Authorization: Bearer ${key}" --data-binary @events.ndjson ${url}/v1/events`)
  await stopped
}

async function showOffline(config: Config, { lines, labels }: Sample): Promise<void> {
  const { registry } = await readRegistry(SAMPLE_REGISTRY)
  const { threshold, stream } = config
  const progress: Progress = openProgress('scanned', { isToldPlainly: true })
  const file = join(config.dataDir, 'sample.ndjson')
  await writeFile(file, `${lines.join('\n')}\n`)
  const { alerts } = await scan([file], {
    threshold,
    partitions: stream.partitions,
    registry,
    model: await chosenModel(config.model),
    progress: ({ bytesRead, totalBytes, events }) =>
      progress.update(bytesRead, totalBytes, count(events, 'event')),
  })
  progress.stop()
  const told = alerts.map((alert) => ({ alert, events: new Set(alert.events) }))
  say(report(told, labels))
}

/** Revisions may overtake one another on their way here. */
function remember(told: Map<string, { alert: Alert; events: Set<string> }>, alert: Alert): void {
  const known = told.get(alert.id)
  if (known === undefined) {
    told.set(alert.id, { alert, events: new Set(alert.events) })
    return
  }
  if (alert.revision > known.alert.revision) known.alert = alert
  for (const id of alert.events) known.events.add(id)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
