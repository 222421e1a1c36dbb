/** The live store, for those who look at it from outside the workers and give orders to them. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { partitionOf } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Knowledge } from '../scoring/knowledge.ts'
import { type AgentAudit, readAudits } from './audit.ts'
import { closeClient, openClient, type RuntimeLog, storeFailure } from './connection.ts'
import { thaw } from './epochs.ts'
import { type ActedBy, Intake } from './intake.ts'
import { type Keys, keysAt } from './keys.ts'
import { fixPartitions } from './meta.ts'
import type { StreamOptions } from './options.ts'
import type { RedisAddress } from './redis-address.ts'
import { readSnapshots, type Snapshot } from './snapshots.ts'

/** Agents read in one step. */
const AGENTS_PER_SCAN = 200
const POLL_MS = 50

export interface LiveStoreParts {
  readonly address: RedisAddress
  readonly prefix: string
  readonly stream: StreamOptions
  readonly log: RuntimeLog
}

/** An agent as it is stored: its saved state, packed. */
export interface StoredAgent {
  readonly key: string
  readonly state: Buffer
}

export class LiveStore {
  readonly client: Redis
  readonly keys: Keys
  readonly partitions: number
  private readonly parts: LiveStoreParts
  private intakeOpened: Promise<Intake> | undefined

  private constructor(parts: LiveStoreParts) {
    this.parts = parts
    this.client = openClient(parts.address, parts.log)
    this.keys = keysAt({ prefix: parts.prefix, shard: parts.stream.shard })
    this.partitions = parts.stream.partitions
  }

  /** Throws CONFIG_INVALID where Redis holds a stream with another number of partitions. */
  static async open(parts: LiveStoreParts): Promise<LiveStore> {
    const store = new LiveStore(parts)
    try {
      await fixPartitions(store.client, store.keys, store.partitions)
      return store
    } catch (error) {
      await store.close()
      throw storeFailure(error)
    }
  }

  /** Where events and orders are taken in. */
  intake(): Promise<Intake> {
    this.intakeOpened ??= Intake.open(this.parts)
    return this.intakeOpened
  }

  /** Every agent, in no order, as the latest commit left it. */
  async *agents(): AsyncGenerator<StoredAgent, void> {
    for (let partition = 0; partition < this.partitions; partition++) {
      const met = new Set<string>() // a scan may name an agent twice
      let cursor = '0'
      do {
        const [next, found] = await this.client.hscanBuffer(
          this.keys.agents(partition),
          cursor,
          'COUNT',
          AGENTS_PER_SCAN,
        )
        cursor = next.toString()
        for (let at = 0; at < found.length; at += 2) {
          const key = found[at]!.toString() // names and values come in turn
          if (!met.has(key)) yield { key, state: found[at + 1]! }
          met.add(key)
        }
      } while (cursor !== '0')
    }
  }

  snapshots(key: string): Promise<Snapshot[]> {
    return readSnapshots(this.client, this.keys, partitionOf(key, this.partitions), key)
  }

  /** Changes of agents' baselines by hand, latest first. */
  async audits(): Promise<AgentAudit[]> {
    return (await readAudits(this.client, this.keys)).filter((audit) => 'key' in audit)
  }

  /** What tenants and blueprints have in common, as it was known last. */
  async knowledge(): Promise<Knowledge> {
    let epoch = 0
    for (let partition = 0; partition < this.partitions; partition++) {
      epoch = Math.max(
        epoch,
        Number(await this.client.hget(this.keys.position(partition), 'epoch')),
      )
    }
    for (let age = 1; age <= 3 && epoch - age >= 0; age++) {
      const saved = await this.client.getBuffer(this.keys.knowledge(epoch - age))
      if (saved !== null) return thaw(saved)
    }
    return new Map()
  }

  /** Whether any worker has given a sign of life of late. */
  async hasWorkers(leaseMs: number): Promise<boolean> {
    const [seconds] = await this.client.time()
    const sinceMs = Number(seconds) * 1_000 - leaseMs
    return (await this.client.zcount(this.keys.workers, sinceMs, '+inf')) > 0
  }

  /**
   * Has an agent's baselines replaced. Answers what came of it, or undefined where no worker has got
   * to it within `waitMs`: it is done when one does.
   */
  async replace(
    key: string,
    state: Buffer,
    by: Omit<ActedBy, 'id'>,
    waitMs: number,
  ): Promise<AgentAudit | undefined> {
    const id = randomUUID()
    const intake = await this.intake()
    await intake.replace({ kind: 'replace', key, state: state.toString('base64'), id, ...by })
    for (const endMs = performance.now() + waitMs; performance.now() < endMs; ) {
      const audit = (await this.audits()).find((one) => one.id === id)
      if (audit?.problem !== undefined) throw new EngineError('MEMORY_INVALID', audit.problem)
      if (audit !== undefined) return audit
      await sleep(POLL_MS)
    }
    return undefined
  }

  async close(): Promise<void> {
    const intake = await this.intakeOpened?.catch(() => undefined)
    await intake?.close()
    closeClient(this.client)
  }
}
