import type { z } from 'zod'
import type { Closing, Context, Session } from '../agent/context.ts'
import type { Event } from '../event/event.ts'
import type { EventKeys } from '../event/keys.ts'

/** An event at the moment it is judged: with its keys, what the agent is in the middle of. */
export interface Moment {
  event: Event
  keys: EventKeys
  /** Already includes the event. */
  context: Context
  session: Session
  /** Windows and sessions that ended before the event. */
  closings: readonly Closing[]
  /** The event's weight under forward decay, relative to the memories' common landmark. */
  gain: number
}

/** What the agent's peers know: its blueprint's memory, if it names one, and its tenant's. */
export interface Kin<Memory> {
  blueprint: Memory | undefined
  tenant: Memory
}

/**
 * A baseline learns what is normal for one agent, and for the groups it belongs to.
 *
 * Nothing else learns while the engine runs. A group's memory has the same shape as an agent's, so
 * that one can be the other's prior. Memories are updated in place; all that are read together have
 * the same landmark of forward decay.
 */
export interface Baseline<Memory, Reading> {
  /** The name of its file, and of its field in the store. */
  readonly name: string
  /** Stored beside the memory. Raised when the saved form changes shape. */
  readonly version: number
  /** The saved form: plain data that survives JSON and MessagePack. */
  readonly schema: z.ZodType
  /** The memory of one who has done nothing. A group's may hold more. */
  blank(holder: Holder): Memory
  /** Makes a memory blank again: to use it anew is cheaper than to make one. */
  clear(memory: Memory): void
  /** A reading to be written over, event after event, so that reading leaves nothing to collect. */
  blankReading(): Reading
  /**
   * How the event looks to an agent with this memory and this kin. Leaves them as they were, writes
   * over `into` and answers it.
   */
  read(own: Memory, kin: Kin<Memory>, moment: Moment, into?: Reading): Reading
  /**
   * Takes the event in, with a weight in (0, 1] that says how far it is trusted. What the groups
   * are to learn from it goes to `groups`. `reading` is what `read` answered before.
   */
  learn(
    own: Memory,
    groups: readonly Memory[],
    moment: Moment,
    trust: number,
    reading: Reading,
  ): void
  /**
   * Takes `from` into `into`, as if one had lived both lives. Order does not matter. `gain` is that
   * of the latest moment of the two.
   */
  merge(into: Memory, from: Memory, gain?: number): void
  /** Moves the landmark of forward decay: every weight is multiplied by `factor`. */
  scale(memory: Memory, factor: number): void
  save(memory: Memory): Uint8Array
  /**
   * Reads what `save` wrote; the caller has checked it against `schema`. `version` is that of the build
   * that wrote it. @default this one's
   */
  load(saved: unknown, holder: Holder, version?: number): Memory
}

export type Holder = 'agent' | 'group'
