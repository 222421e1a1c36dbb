/** `perimeter learn`: teaches the live store from files of history, while its workers go on. */
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { Learned, LearnStage } from '../offline/learn.ts'
import type { Reject } from '../offline/read.ts'
import { chosenFormat } from './format.ts'
import { pastMoment } from './numbers.ts'
import { type OpenedStore, openStore } from './open-store.ts'
import type { Pipeline } from './pipeline.ts'
import { openProgress, type Progress } from './progress.ts'
import { EXIT_INTERRUPTED, openLog, withConfig } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { REJECTS_SHOWN_MAX, tell, tellRejects } from './tell.ts'

interface Options {
  readonly config?: string
  readonly registry?: string
  readonly format: string
  readonly before?: number
  readonly json?: boolean
}

export function learn(program: Command): void {
  withConfig(program.command('learn'))
    .description('learn files of history into the live store, without alerting on them')
    .argument('<events...>', 'files, gzip too, or - for standard input; in any order')
    .option('--registry <file>', 'the agents there ought to be; used where no worker is running')
    .option('--format <name>', 'the format of the events', 'auto')
    .option('--before <time>', 'leave out what happened from this date or time on', pastMoment)
    .option('--json', 'show a summary for machines')
    .action(run)
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const { config: read } = await readConfig(options.config)
  const config = options.registry === undefined ? read : { ...read, registry: options.registry }
  const interrupt = new AbortController()
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(EXIT_INTERRUPTED)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const log = openLog({ ...config, log: { level: 'warn' } })
  const opened = await openStore(config, log)
  const progress = stages()
  const rejects: Reject[] = []
  const startMs = performance.now()
  let own: Pipeline | undefined
  try {
    own = await workerFor(opened, config, options, log)
    const { learn: learnFiles } = await import('../offline/learn.ts')
    const learned = await learnFiles(opened.store, paths, {
      format: chosenFormat(options.format, config),
      beforeMs: options.before ?? Number.POSITIVE_INFINITY,
      latestMs: Date.now() + config.stream.clockSkewMsMax,
      signal: interrupt.signal,
      progress: progress.update,
      rejected(reject) {
        if (rejects.length < REJECTS_SHOWN_MAX) rejects.push(reject)
      },
    })
    progress.stop()
    report(learned, rejects, (performance.now() - startMs) / 1_000, options)
  } catch (error) {
    progress.stop()
    if (!interrupt.signal.aborted) throw error
    tell('interrupted; the same command again goes on from here')
    process.exitCode = EXIT_INTERRUPTED
  } finally {
    await own?.stop()
    await opened.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** Where no worker is running, this process does the work. */
async function workerFor(
  { store, redis }: OpenedStore,
  config: Config,
  { registry }: Options,
  log: ReturnType<typeof openLog>,
): Promise<Pipeline | undefined> {
  if (await store.hasWorkers(config.worker.leaseMs)) {
    if (registry !== undefined) tell('workers are running: they go by their own registry')
    return undefined
  }
  const { startPipeline } = await import('./pipeline.ts')
  const { port: _, ...worker } = config.worker
  const stop = async () => {} // it is ours to stop, and is stopped last
  return startPipeline({ ...config, worker }, { log, ingest: false, redis: { ...redis, stop } })
}

/** A bar for each stage. */
function stages() {
  let stage: LearnStage | undefined
  let current: Progress | undefined
  return {
    update(now: LearnStage, done: number, total: number | undefined) {
      if (now !== stage) {
        current?.stop()
        current = openProgress(now)
        stage = now
      }
      const text = now === 'learning' ? count(done, 'event') : ''
      current?.update(done, total, text)
    },
    stop: () => current?.stop(),
  }
}

function report(learned: Learned, rejects: readonly Reject[], seconds: number, options: Options) {
  const { events, resumedFrom, known, later, rejected, firstMs, lastMs } = learned
  tellRejects(rejects, rejected)
  if (rejected > 0 && events + resumedFrom + later === 0 && known.length === 0) {
    const records = count(rejected, 'record')
    throw new EngineError('INPUT_UNREADABLE', `Nothing can be used: ${records} rejected.`)
  }
  if (options.json) {
    const first = firstMs === undefined ? null : new Date(firstMs).toISOString()
    const last = lastMs === undefined ? null : new Date(lastMs).toISOString()
    const summary = { events, resumedFrom, known, later, rejected, first, last, seconds }
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
    return
  }
  for (const path of known) tell(`${oneLine(path)} was learned before and is left out`)
  const facts = [
    `${count(events, 'event')} learned`,
    ...(resumedFrom > 0 ? [`${resumedFrom.toLocaleString('en')} before the interruption`] : []),
    ...(firstMs === undefined || lastMs === undefined ? [] : [`${day(firstMs)} to ${day(lastMs)}`]),
    ...(later > 0 ? [`${later.toLocaleString('en')} left out as later`] : []),
    ...(rejected > 0 ? [`${rejected.toLocaleString('en')} rejected`] : []),
    `${seconds.toFixed(1)} s`,
  ]
  process.stdout.write(`${facts.join(' · ')}\n`)
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
