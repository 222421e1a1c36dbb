/** The pipeline in one process: Redis if need be, the ways in, the workers, the sinks. */
import type { Logger } from 'pino'
import type { Registry as MetricsRegistry } from 'prom-client'
import type { Registry } from '../agent/registry.ts'
import { createHealthServer } from '../api/health-server.ts'
import type { KeyConfig } from '../api/keys.ts'
import { createMetricsRegistry } from '../api/metrics.ts'
import type { Config } from '../config.ts'
import type { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { closeClient, openClient } from '../runtime/connection.ts'
import { type Backlog, backlogOf, drained } from '../runtime/drained.ts'
import { keysAt } from '../runtime/keys.ts'
import { createRuntimeMetrics } from '../runtime/metrics.ts'
import type { Committed } from '../runtime/partition-state.ts'
import { type AcquiredRedis, acquireRedis } from '../runtime/redis.ts'
import { PipelineWorker } from '../runtime/worker.ts'
import { openSink } from '../sinks/index.ts'
import { listen } from './listen.ts'
import { chosenModel } from './model.ts'
import { loggedRegistry, watchRegistry } from './registry.ts'
import { wantedRedis } from './wanted-redis.ts'
import { openWaysIn, type WaysIn } from './ways-in.ts'

export interface PipelineOptions {
  readonly log: Logger
  /** Whether events are taken in, over HTTP, from sources and by `accept`. @default true */
  readonly ingest?: boolean | undefined
  /** Whether they are worked on and alerts delivered. @default true */
  readonly work?: boolean | undefined
  /** API keys beside those of the configuration. */
  readonly keys?: readonly KeyConfig[] | undefined
  /** In place of the configuration's Redis, which the caller stops himself. */
  readonly redis?: AcquiredRedis | undefined
  /** Called after each commit, with the alerts it holds. */
  readonly committed?: ((what: Committed) => void) | undefined
}

export interface Pipeline {
  /** Where the HTTP interface listens; undefined where there is none. */
  readonly url: string | undefined
  /** Redis, without its password. */
  readonly redis: string
  readonly metrics: MetricsRegistry
  /** Resolves with the error that keeps the workers from going on; otherwise never. */
  readonly failed: Promise<EngineError>
  /** Takes events in without HTTP. Resolves when Redis has them. */
  accept(events: readonly Event[]): Promise<void>
  backlog(): Promise<Backlog>
  /** Resolves once every event is processed and every alert delivered or set aside. */
  drained(signal?: AbortSignal): Promise<void>
  /** Takes nothing new, finishes and writes what was begun, and closes everything. */
  stop(): Promise<void>
}

/** Brings everything up, or, where something is in the way, back down again and throws. */
export async function startPipeline(config: Config, options: PipelineOptions): Promise<Pipeline> {
  const { log, ingest = true, work = true } = options
  const closers: (() => Promise<unknown>)[] = []
  let phase: 'starting' | 'stopping' | undefined = 'starting'
  const stop = once(async () => {
    phase = 'stopping'
    for (const close of closers.reverse()) await close()
  })
  try {
    const registryFile = work ? config.registry : undefined
    const registry =
      registryFile === undefined ? undefined : await loggedRegistry(registryFile, log)
    const model = work ? await chosenModel(config.model) : undefined
    if (model !== undefined) log.info({ model: model.saved.version }, 'model read')
    const redis = options.redis ?? (await acquireRedis(wantedRedis(config, log)))
    if (options.redis === undefined) closers.push(() => redis.stop())
    const { stream } = config
    const { prefix } = config.redis
    const address = redis.connection
    const keys = keysAt({ prefix, shard: stream.shard })
    const metrics = createMetricsRegistry({ withProcess: true })
    const client = openClient(address, log)
    closers.push(async () => closeClient(client))

    const runtimeMetrics = createRuntimeMetrics(metrics)
    let fail: (error: EngineError) => void = () => {}
    const failed = new Promise<EngineError>((resolve) => {
      fail = resolve
    })
    const readiness: Record<string, () => Promise<string | undefined>> = {
      process: async () => (phase === undefined ? undefined : `it is ${phase}`),
    }
    let url: string | undefined
    if (!ingest && config.worker.port !== undefined) {
      // Before the worker, so that it tells of its start and, closed last, of its end.
      const where = { host: config.worker.host, port: config.worker.port }
      const server = createHealthServer({ readiness, registry: metrics })
      closers.push(() => server.close())
      url = await listen(where, 'worker', () => server.listen(where))
    }
    let worker: PipelineWorker | undefined
    if (work) {
      worker = new PipelineWorker({
        address,
        prefix,
        stream,
        options: config.worker,
        delivery: config.delivery,
        training: config.training,
        engine: { threshold: config.threshold, registry, model },
        sinks: config.sinks.map((sink) => openSink(sink)),
        metrics: runtimeMetrics,
        log,
        committed: options.committed,
        failed: (error) => fail(error),
      })
      const started = worker
      closers.push(() => started.stop())
      await started.start()
      if (registryFile !== undefined) {
        const use = (changed: Registry) => started.useRegistry(changed)
        closers.push(watchRegistry(registryFile, use, log))
      }
      readiness.worker = () => started.check()
    }

    let waysIn: WaysIn | undefined
    if (ingest) {
      waysIn = await openWaysIn(config, {
        ...{ address, client, keys, readiness, metrics, log },
        keyConfigs: options.keys ?? [],
      })
      const opened = waysIn
      closers.push(() => opened.close())
      url = opened.url
    }

    const sinks = config.sinks.map(({ name }) => name)
    const backlog = () => backlogOf(client, keys, stream.partitions, sinks)
    phase = undefined
    return {
      url,
      redis: redis.describe,
      metrics,
      failed,
      async accept(events) {
        if (waysIn === undefined) throw new TypeError('This pipeline takes no events in.')
        await waysIn.intake.accept(events)
      },
      backlog,
      drained: (signal) => drained(backlog, signal),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
