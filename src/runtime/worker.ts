/** The worker: works on its share of the partitions, takes alerts to the sinks, and has models trained. */
import type { Redis } from 'ioredis'
import type { Registry } from '../agent/registry.ts'
import type { EngineOptions } from '../engine.ts'
import type { EngineError } from '../errors.ts'
import type { Sink } from '../sinks/sink.ts'
import { Arrivals } from './arrivals.ts'
import { closeClient, openClient, openQueue, type RuntimeLog, storeFailure } from './connection.ts'
import { Delivery } from './delivery.ts'
import { type Epochs, openEpochs } from './epochs.ts'
import { Gauges } from './gauges.ts'
import { type Keys, keysAt, sinkQueueName } from './keys.ts'
import { Leases } from './leases.ts'
import { fixPartitions } from './meta.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { openModels } from './model-store.ts'
import type { DeliveryOptions, StreamOptions, TrainingOptions, WorkerOptions } from './options.ts'
import { Partition } from './partition.ts'
import type { Committed } from './partition-state.ts'
import type { SinkQueue } from './partition-store.ts'
import { problemOfWorker } from './readiness.ts'
import type { RedisAddress } from './redis-address.ts'
import { openRegistries, wishRegistry } from './registry-store.ts'
import { Trainer } from './trainer.ts'
import { Transactions } from './transactions.ts'

/** How often gauges are brought up to date. */
const GAUGE_MS = 2_000

export interface WorkerParts {
  readonly address: RedisAddress
  readonly prefix: string
  readonly stream: StreamOptions
  readonly options: WorkerOptions
  readonly delivery: DeliveryOptions
  readonly training: TrainingOptions
  readonly engine: EngineOptions
  readonly sinks: readonly Sink[]
  readonly metrics: RuntimeMetrics
  readonly log: RuntimeLog
  /** Called after each commit, for those who watch the progress. */
  readonly committed?: ((what: Committed) => void) | undefined
  /** It cannot go on; the process should end with this error. */
  readonly failed?: ((error: EngineError) => void) | undefined
}

export class PipelineWorker {
  private readonly parts: WorkerParts
  private readonly keys: Keys
  private readonly client: Redis
  private readonly transactions: Transactions
  private readonly arrivals: Arrivals
  private readonly epochs: Epochs
  private readonly sinkQueues: readonly SinkQueue[]
  private readonly leases: Leases
  private readonly partitions = new Map<number, Partition>()
  /** Partitions that another worker has and that are being let go of. */
  private readonly going = new Set<Promise<void>>()
  private delivery: Delivery | undefined
  private trainer: Trainer | undefined
  private readonly gauges: Gauges
  private measuring: NodeJS.Timeout | undefined

  constructor(parts: WorkerParts) {
    const { address, prefix, stream, options, log } = parts
    this.parts = parts
    this.keys = keysAt({ prefix, shard: stream.shard })
    this.client = openClient(address, log)
    this.transactions = new Transactions({
      address,
      keys: this.keys,
      partitions: stream.partitions,
      reading: this.client,
      log,
    })
    this.arrivals = new Arrivals({ address, keys: this.keys, log })
    const modelOf = openModels(this.client, this.keys, parts.engine.model, log)
    const registryOf = openRegistries(this.client, this.keys, parts.engine.registry, log)
    const versions = { modelOf, registryOf }
    this.epochs = openEpochs(this.client, this.keys, stream.partitions, versions)
    this.sinkQueues = parts.sinks.map(({ name }) => ({
      name,
      queue: openQueue(sinkQueueName(name), this.client, this.keys.root, log),
    }))
    this.leases = new Leases({
      client: this.client,
      keys: this.keys,
      partitions: stream.partitions,
      leaseMs: options.leaseMs,
      log,
      claimed: (partition, token) => this.claim(partition, token),
      leave: async (partition) => {
        await this.partitions.get(partition)?.leave()
        this.partitions.delete(partition)
      },
      lost: (partition) => this.drop(partition),
    })
    this.gauges = new Gauges({
      worker: this.leases.worker,
      client: this.client,
      keys: this.keys,
      sinks: parts.sinks.map(({ name }) => name),
      metrics: parts.metrics,
    })
  }

  /**
   * Throws CONFIG_INVALID where Redis holds a stream with another number of partitions, and
   * STORE_UNREACHABLE. It is to be stopped in any case.
   */
  async start(): Promise<void> {
    try {
      await this.begin()
    } catch (error) {
      throw storeFailure(error)
    }
  }

  private async begin(): Promise<void> {
    const { address, prefix, sinks, delivery, options, metrics, log, stream } = this.parts
    await fixPartitions(this.client, this.keys, stream.partitions)
    await wishRegistry(this.client, this.keys, this.parts.engine.registry)
    this.delivery = new Delivery({
      address,
      keys: this.keys,
      sinks,
      options: delivery,
      jobLockMs: options.jobLockMs,
      metrics,
      log,
    })
    this.trainer = new Trainer({
      ...{ address, prefix, stream, metrics, log },
      options: this.parts.training,
      configured: this.parts.engine.model?.saved,
    })
    await this.trainer.start()
    await this.leases.start()
    const measure = () =>
      this.measure().catch((error) => log.debug({ err: error }, 'the gauges are not up to date'))
    await measure()
    this.measuring = setInterval(measure, GAUGE_MS)
  }

  /** Has the stream go over to another registry at its next epoch. Throws STORE_UNREACHABLE. */
  async useRegistry(registry: Registry): Promise<void> {
    try {
      await wishRegistry(this.client, this.keys, registry)
    } catch (error) {
      throw storeFailure(error)
    }
  }

  /** Which partitions it works on. */
  get held(): readonly number[] {
    return [...this.partitions.keys()].sort((a, b) => a - b)
  }

  /** Undefined, or why nothing is done now. */
  async check(): Promise<string | undefined> {
    const { client, keys, leases, partitions, parts } = this
    return problemOfWorker(client, keys, parts.stream.partitions, leases.worker, partitions)
  }

  /** Finishes what was begun, gives the partitions back and closes the sinks. */
  async stop(): Promise<void> {
    clearInterval(this.measuring)
    await this.leases.stop()
    await Promise.all(this.going)
    await this.closeConnections()
  }

  private claim(partition: number, token: string): void {
    const { client, transactions, arrivals, keys, epochs, sinkQueues, parts } = this
    const { engine, options, delivery, metrics, log, stream, training } = parts
    const one = new Partition({
      partition,
      token,
      keys,
      sinkQueues,
      delivery,
      client,
      transactions,
      arrivals,
      engine,
      options,
      samplesMax: Math.floor(training.samplesMax / stream.partitions),
      epochs,
      metrics,
      log,
      lost: () => this.drop(partition),
      ended: () => {
        this.leases.forget(partition) // free again when the lease runs out
        this.partitions.delete(partition)
      },
      failed: (error) => {
        log.error({ err: error, partition }, 'the worker cannot go on')
        parts.failed?.(error)
      },
      committed: (what) => {
        this.gauges.count(what)
        parts.committed?.(what)
      },
    })
    this.partitions.set(partition, one)
    metrics.partitions.set(this.partitions.size)
    one.start()
  }

  private drop(partition: number): void {
    this.leases.forget(partition)
    const one = this.partitions.get(partition)
    if (one === undefined) return
    this.partitions.delete(partition)
    const { metrics, log } = this.parts
    metrics.partitions.set(this.partitions.size)
    metrics.partitionsLost.inc()
    log.warn({ partition, code: 'PARTITION_LOST' }, 'another worker has taken over the partition')
    const gone = one.abandon().finally(() => this.going.delete(gone))
    this.going.add(gone)
  }

  private async measure(): Promise<void> {
    let agents = 0
    for (const partition of this.partitions.values()) agents += partition.agentCount
    await this.gauges.measure({ partitions: this.held, agents })
  }

  private async closeConnections(): Promise<void> {
    await this.trainer?.close()
    await this.delivery?.close()
    await Promise.all(this.parts.sinks.map((sink) => sink.close()))
    await Promise.all(this.sinkQueues.map(({ queue }) => queue.close()))
    await Promise.all([this.arrivals.close(), this.transactions.close()])
    closeClient(this.client)
  }
}
