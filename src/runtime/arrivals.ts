/**
 * Arrivals: tells the partitions of a worker that a job has come, over one connection for all of them.
 *
 * BullMQ keeps a marker beside each queue, which appears with a job and is taken by whoever waits for
 * one. A worker of BullMQ waits on a connection of its own; with a partition each, that would be up to
 * 256. Here one call waits for the markers of all partitions, and a marker that comes while its
 * partition is busy is remembered. One that another process has taken meanwhile is not missed for long:
 * nobody waits longer than `WAIT_MS_MAX` before looking by himself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { closeClient, openClient, type RuntimeLog } from './connection.ts'
import { eventQueueName, type Keys } from './keys.ts'
import type { RedisAddress } from './redis-address.ts'

/** Longest wait, in ms; short, for a wait on a dead connection is for nothing. */
const WAIT_MS_MAX = 1_000
/** An answer that is so late, in ms, will not come: the connection is begun anew. */
const LATE_MS = 3_000
/** Before asking again where Redis does not answer, or there is nothing to ask for. */
const PAUSE_MS = 50

export interface ArrivalParts {
  readonly address: RedisAddress
  readonly keys: Keys
  readonly log: RuntimeLog
}

interface Expected {
  readonly marker: string
  /** One came while nobody waited. */
  hasCome: boolean
  /** Ends the wait, where there is one. */
  wake: (() => void) | undefined
}

export class Arrivals {
  private readonly parts: ArrivalParts
  private readonly client: Redis
  private readonly expected = new Map<number, Expected>()
  private readonly byMarker = new Map<string, Expected>()
  private isClosing = false
  private readonly asking: Promise<void>

  constructor(parts: ArrivalParts) {
    this.parts = parts
    this.client = openClient(parts.address, parts.log)
    this.asking = this.ask()
  }

  /** From the next call on, within `WAIT_MS_MAX`, jobs of the partition are heard of. */
  add(partition: number): void {
    const marker = `${this.parts.keys.root}:${eventQueueName(partition)}:marker`
    const one: Expected = { marker, hasCome: false, wake: undefined }
    this.expected.set(partition, one)
    this.byMarker.set(marker, one)
  }

  remove(partition: number): void {
    const one = this.expected.get(partition)
    if (one === undefined) return
    this.expected.delete(partition)
    this.byMarker.delete(one.marker)
    one.wake?.()
  }

  /** Resolves when a job may have come, or after `WAIT_MS_MAX`; at once for a partition not added. */
  async wait(partition: number): Promise<void> {
    const one = this.expected.get(partition)
    if (one === undefined || one.hasCome) {
      if (one !== undefined) one.hasCome = false
      return
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS_MAX)
      one.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    one.wake = undefined
  }

  /** Ends the wait of a partition. */
  wake(partition: number): void {
    const one = this.expected.get(partition)
    if (one === undefined) return
    if (one.wake === undefined) one.hasCome = true
    else one.wake()
  }

  async close(): Promise<void> {
    this.isClosing = true
    for (const partition of [...this.expected.keys()]) this.remove(partition)
    closeClient(this.client)
    await this.asking
  }

  private async ask(): Promise<void> {
    while (!this.isClosing) {
      if (this.byMarker.size === 0) {
        await sleep(PAUSE_MS)
        continue
      }
      const late = setTimeout(() => this.client.disconnect(true), WAIT_MS_MAX + LATE_MS)
      try {
        const markers = [...this.byMarker.keys()]
        const answer = await this.client.bzpopmin(...markers, WAIT_MS_MAX / 1_000)
        const one = answer === null ? undefined : this.byMarker.get(answer[0])
        if (one?.wake !== undefined) one.wake()
        else if (one !== undefined) one.hasCome = true
      } catch (error) {
        if (this.isClosing) return
        this.parts.log.debug({ err: error }, 'waiting for jobs')
        await sleep(PAUSE_MS)
      } finally {
        clearTimeout(late)
      }
    }
  }
}
