/**
 * Partition store: everything a partition must remember, read when it is claimed and written in one
 * transaction for each batch, with the alerts the batch raised.
 *
 * A commit counts only while the partition is ours and where we left it; otherwise nothing is written
 * and PARTITION_LOST is thrown. So a batch that is delivered twice has its effects once.
 */
import { Job, type Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { type AgentState, loadState, saveState } from '../alert/agent-state.ts'
import type { Alert } from '../alert/alert.ts'
import { EngineError } from '../errors.ts'
import { Seen } from '../event/seen.ts'
import type { Group, Knowledge } from '../scoring/knowledge.ts'
import { type Audit, keepAudits } from './audit.ts'
import { alertJobOptions, answersTo, beginOn } from './connection.ts'
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts'
import { type DueChanges, keepDue } from './due.ts'
import { type Epochs, freeze, thaw } from './epochs.ts'
import type { Keys } from './keys.ts'
import { laneOf } from './lanes.ts'
import type { DeliveryOptions } from './options.ts'
import { keepSamples, type SampleEffects } from './samples.ts'
import { keepSnapshots, type Snapshot } from './snapshots.ts'
import { giveRoomBack, type TenantRoom } from './tenant-room.ts'
import type { TransactionPlace, Transactions } from './transactions.ts'

/** Alerts kept for those who look; sinks have queues of their own. */
const ALERTS_MAX = 10_000
/** Agents read in one command, so that no answer grows past a few MB. */
const AGENTS_PER_READ = 500

/** How far a partition has come. */
export interface Position {
  /** The event with this number is the first that is not done; those below are. */
  readonly number: number
  /** The job with this order is the latest that is done. */
  readonly order: number
  /** Events given to the partition up to that job, as the job says. */
  readonly given: number
  /** The epoch it is in. */
  readonly epoch: number
  /** Of the identities it has seen. */
  readonly generation: number
  /** Of those seen in history. */
  readonly past: number
}

/** The job behind an effect. */
export interface Cause {
  /** When the intake took it, epoch ms by its own clock. */
  readonly acceptedMs: number
  /** As a trace refers to it; undefined where nothing is traced. */
  readonly traceparent: string | undefined
}

/** An alert, and which job's doing it is. */
export interface Raised extends Cause {
  readonly alert: Alert
}

/** What a batch changed. */
export interface Effects {
  readonly position: Position
  readonly agents: ReadonlyMap<string, AgentState>
  /** What history tells of agents; of those joined it is in their state by now. */
  readonly past: ReadonlyMap<string, AgentState>
  readonly joined: ReadonlySet<string>
  /** When agents are to be looked after. */
  readonly due: DueChanges
  readonly seen: readonly Identity[]
  readonly seenPast: readonly Identity[]
  /** Groups whose share in the current epoch has changed. */
  readonly gathered: Knowledge
  /** The share in the epoch that has ended, to be handed in. */
  readonly ended?: { readonly epoch: number; readonly share: Knowledge } | undefined
  readonly raised: readonly Raised[]
  readonly letters: readonly DeadLetter[]
  readonly audits: readonly Audit[]
  readonly snapshots: readonly Snapshot[]
  readonly snapshotsMax: number
  readonly samples: SampleEffects
  /** What the jobs that are done took of the queue. */
  readonly room: TenantRoom
}

export interface Identity {
  readonly generation: number
  readonly identity: number
}

/** Remembers what is new to it, so that only that needs to be written. */
export class JournaledSeen extends Seen {
  private fresh: Identity[] = []

  override add(identity: number): boolean {
    const isNew = super.add(identity)
    if (isNew) this.fresh.push({ generation: this.generation, identity })
    return isNew
  }

  /** What was added since the last call. */
  takeFresh(): readonly Identity[] {
    const { fresh } = this
    this.fresh = []
    return fresh
  }
}

export interface SinkQueue {
  /** The sink's. */
  readonly name: string
  readonly queue: Queue
}

export interface PartitionPlace {
  readonly partition: number
  /** Who may write; see `leases.ts`. */
  readonly token: string
  readonly keys: Keys
  /** For reading: it is shared, so nothing is watched on it. */
  readonly client: Redis
  readonly transactions: Pick<Transactions, 'run' | 'breaks'>
  readonly epochs: Pick<Epochs, 'handIn'>
  /** Breaks of the connections when reading began, see `transactions.ts`. */
  readonly since: number
  /** One for each sink; each alert goes to all of them. */
  readonly sinkQueues: readonly SinkQueue[]
  readonly delivery: DeliveryOptions
}

export interface Loaded {
  readonly position: Position
  readonly seen: JournaledSeen
  readonly seenPast: JournaledSeen
  readonly gathered: Knowledge
  /** Whether history has told of an agent whose past is not joined yet. */
  readonly hasPast: boolean
  /** Tenants that samples of behaviour are kept of. */
  readonly sampled: readonly string[]
  /** Tenants whose agents are looked after. */
  readonly dueTenants: readonly string[]
}

/** Reads everything but agents. Throws PARTITION_LOST where another has claimed it. */
export async function loadPartition({ partition, token, keys, client }: PartitionPlace) {
  const [owner, saved, gathered, pasts, sampled, dueTenants] = await Promise.all([
    client.get(keys.owner(partition)),
    client.hgetall(keys.position(partition)),
    client.hgetallBuffer(keys.gathered(partition)),
    client.hlen(keys.past(partition)),
    client.smembers(keys.sampled(partition)),
    client.smembers(keys.dueTenants(partition)),
  ])
  if (owner !== token) throw lost(partition)
  const position = readPosition(saved)
  const { generation, past } = position
  const [older, newer, olderPast, newerPast] = await Promise.all([
    client.getBuffer(keys.seen(partition, generation - 1)),
    client.getBuffer(keys.seen(partition, generation)),
    client.getBuffer(keys.seenPast(partition, past - 1)),
    client.getBuffer(keys.seenPast(partition, past)),
  ])
  const seen = new JournaledSeen(generation, numbersIn(older), numbersIn(newer))
  const seenPast = new JournaledSeen(past, numbersIn(olderPast), numbersIn(newerPast))
  const groups: [string, Group][] = Object.values(gathered).flatMap((saved) => [...thaw(saved)])
  const hasPast = pasts > 0
  const shared = { gathered: new Map(groups), sampled, dueTenants }
  return { position, seen, seenPast, hasPast, ...shared } satisfies Loaded
}

/**
 * Reads agents' states; those never seen are not in the answer. A state that cannot be read is there
 * as the error. Throws MEMORY_NEWER: then a later build is at work, and this one must not be.
 */
export async function loadAgents(
  { partition, keys, client }: PartitionPlace,
  agents: readonly string[],
  lives: 'agents' | 'past',
): Promise<Map<string, AgentState | EngineError>> {
  const states = new Map<string, AgentState | EngineError>()
  for (let at = 0; at < agents.length; at += AGENTS_PER_READ) {
    const some = agents.slice(at, at + AGENTS_PER_READ)
    const saved = await client.hmgetBuffer(keys[lives](partition), ...some)
    for (const [index, bytes] of saved.entries()) {
      if (bytes !== null) states.set(some[index]!, readState(bytes)) // as many answers as questions
    }
  }
  return states
}

/** Some of the agents whose past is not joined yet, at most so many. */
export async function somePast(
  { partition, keys, client }: PartitionPlace,
  count: number,
): Promise<string[]> {
  return (await client.hrandfield(keys.past(partition), count)) as string[]
}

/** Writes the effects of a batch, all or none. */
export async function commit(
  place: PartitionPlace,
  from: Position,
  effects: Effects,
): Promise<void> {
  await place.transactions.run(place.partition, place.since, (on) =>
    write(place, on, from, effects),
  )
}

async function write(
  { partition, token, keys, sinkQueues, delivery }: PartitionPlace,
  { client, queue }: TransactionPlace,
  from: Position,
  effects: Effects,
): Promise<void> {
  const { position, seen, seenPast, gathered, ended, raised, letters, joined } = effects
  const saved = packed(effects.agents)
  const past = packed(effects.past)
  const groups = [...gathered].map(
    ([key, group]) => [key, freeze(new Map([[key, group]]))] as const,
  )
  const share = ended && freeze(ended.share)

  const guard = client.pipeline().watch(keys.owner(partition), keys.position(partition))
  guard.get(keys.owner(partition)).hgetall(keys.position(partition))
  const [, owner, found] = await answersTo(guard)
  if (owner !== token || !isSame(readPosition(found as Record<string, string>), from)) {
    await client.unwatch()
    throw lost(partition)
  }
  const { multi, exec } = await beginOn(queue)
  multi.hset(keys.position(partition), { ...position })
  if (saved.length > 0) multi.hset(keys.agents(partition), Object.fromEntries(saved))
  if (past.length > 0) multi.hset(keys.past(partition), Object.fromEntries(past))
  if (joined.size > 0) multi.hdel(keys.past(partition), ...joined)
  for (const [generation, bytes] of byGeneration(seen)) {
    multi.append(keys.seen(partition, generation), bytes)
  }
  for (const [generation, bytes] of byGeneration(seenPast)) {
    multi.append(keys.seenPast(partition, generation), bytes)
  }
  for (let old = from.generation - 1; old <= position.generation - 2; old++) {
    multi.del(keys.seen(partition, old))
  }
  for (let old = from.past - 1; old <= position.past - 2; old++) {
    multi.del(keys.seenPast(partition, old))
  }
  if (position.order !== from.order) {
    giveRoomBack(multi, keys, partition, position.order, effects.room)
  }
  keepDue(multi, keys, partition, effects.due)
  keepSnapshots(multi, keys, partition, effects.snapshots, effects.snapshotsMax)
  keepSamples(multi, keys, partition, effects.samples)
  keepAudits(multi, keys, effects.audits)
  if (ended !== undefined && share !== undefined) {
    multi.hset(keys.shares(ended.epoch), { [partition]: share })
    multi.del(keys.gathered(partition))
  }
  if (groups.length > 0) multi.hset(keys.gathered(partition), Object.fromEntries(groups))
  for (const { alert, acceptedMs, traceparent } of raised) {
    multi.xadd(keys.alerts, 'MAXLEN', '~', ALERTS_MAX, '*', 'alert', JSON.stringify(alert))
    const jobId = `${alert.id}-${alert.revision}`
    for (const { name, queue: sinkQueue } of sinkQueues) {
      multi.rpush(laneOf(keys, name, alert), jobId)
      const options = {
        ...(traceparent && { telemetry: { metadata: JSON.stringify({ traceparent }) } }),
        timestamp: acceptedMs, // so that a sink's delay is counted from there
        ...alertJobOptions(delivery),
      }
      await new Job(sinkQueue, 'alert', alert, options, jobId).addJob(multi as never)
    }
  }
  keepDeadLetters(multi, keys, letters)
  if (!(await exec())) throw lost(partition)
}

function readPosition(saved: Readonly<Record<string, string>>): Position {
  const { number = 0, order = 0, given = 0, epoch = 0, generation = 0, past = 0 } = saved
  return {
    number: Number(number),
    order: Number(order),
    given: Number(given),
    epoch: Number(epoch),
    generation: Number(generation),
    past: Number(past),
  }
}

function isSame(a: Position, b: Position): boolean {
  return a.number === b.number && a.order === b.order && a.epoch === b.epoch
}

function readState(bytes: Buffer): AgentState | EngineError {
  try {
    return loadState(unpack(bytes))
  } catch (error) {
    if (error instanceof EngineError) {
      if (error.code === 'MEMORY_NEWER') throw error
      return error
    }
    const why = error instanceof Error ? error.message : String(error)
    return new EngineError('MEMORY_INVALID', `Agent state is unreadable: ${why}.`, { cause: error })
  }
}

function numbersIn(bytes: Buffer | null): Float64Array {
  // Copied: a buffer of the driver may begin anywhere, a Float64Array only at a multiple of 8.
  return new Float64Array(Uint8Array.from(bytes ?? []).buffer)
}

function byGeneration(seen: readonly Identity[]): Map<number, Buffer> {
  const groups = new Map<number, number[]>()
  for (const { generation, identity } of seen) {
    const group = groups.get(generation)
    if (group === undefined) groups.set(generation, [identity])
    else group.push(identity)
  }
  const bytes = ([generation, identities]: [number, number[]]): [number, Buffer] => [
    generation,
    Buffer.from(Float64Array.from(identities).buffer),
  ]
  return new Map([...groups].map(bytes))
}

function packed(states: ReadonlyMap<string, AgentState>): (readonly [string, Buffer])[] {
  return [...states].map(([agent, state]) => [agent, pack(saveState(state))] as const)
}

function lost(partition: number): EngineError {
  const message = `Partition ${partition} is worked on by another worker now.`
  return new EngineError('PARTITION_LOST', message)
}
