/**
 * What a syslog source has received and not handed on yet, in its order and within a bound: whoever
 * reads from connections stops where it is full, and goes on when half of it has been handed on.
 */
import { shown } from '../../event/refusal.ts'
import { readMessage, type SyslogRecord } from './message.ts'

/** Handed on together at most: as many events make a job of the intake. */
const BATCH_MESSAGES_MAX = 512

/** What a message takes in memory beside its text, in bytes, about: small ones are to be few enough too. */
const OVERHEAD_BYTES = 1_024

/** A message as it is handed on. */
export type Kept = SyslogRecord & {
  /** Address of who sent it. */
  readonly from: string
  /** What it takes of the bound. */
  readonly sizeBytes: number
}

/** A message as it came. `isCut` where its connection ended and nothing says that it is whole. */
export function keptOf(bytes: Buffer, from: string, isCut = false): Kept {
  return { ...readMessage(bytes, isCut), from, sizeBytes: OVERHEAD_BYTES + bytes.length }
}

/** One that cannot be had, and how it began. */
export function refusedOf(beginning: Buffer, from: string, why: string): Kept {
  const reason = `${why}; it begins with ${shown(beginning.toString())}`
  return { reason, from, sizeBytes: OVERHEAD_BYTES + beginning.length }
}

export interface Inbox {
  put(message: Kept): void
  isFull(): boolean
  /** Messages that are not handed on yet. */
  waits(): number
  /** The next to hand on, once there are some; none where it is closed and nothing is left. */
  next(): Promise<readonly Kept[]>
  /** They are handed on. Answers whether there is room again for those who wait with theirs. */
  done(messages: readonly Kept[]): boolean
  /** Resolves once all that was put into it so far is handed on. */
  settled(): Promise<void>
  /** Nothing is put into it any more. */
  close(): void
}

export function createInbox(bytesMax: number): Inbox {
  let waiting: Kept[] = []
  let bytes = 0
  let putCount = 0
  let doneCount = 0
  let isClosed = false
  let wake: () => void = () => {}
  let settling: { readonly upTo: number; settle(): void }[] = []

  return {
    put(message) {
      waiting.push(message)
      bytes += message.sizeBytes
      putCount++
      wake()
    },
    isFull: () => bytes >= bytesMax,
    waits: () => putCount - doneCount,
    async next() {
      while (waiting.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const batch = waiting.slice(0, BATCH_MESSAGES_MAX)
      waiting = waiting.slice(BATCH_MESSAGES_MAX)
      return batch
    },
    done(messages) {
      for (const { sizeBytes } of messages) bytes -= sizeBytes
      doneCount += messages.length
      for (const { upTo, settle } of settling) if (upTo <= doneCount) settle()
      settling = settling.filter(({ upTo }) => upTo > doneCount)
      return bytes <= bytesMax / 2
    },
    settled: () =>
      new Promise((settle) => {
        if (doneCount === putCount) settle()
        else settling.push({ upTo: putCount, settle })
      }),
    close() {
      isClosed = true
      wake()
    },
  }
}
