/** A source is read for events where nobody posts them, and is told once they are taken in. */
import { z } from 'zod'
import type { RuntimeLog } from '../runtime/connection.ts'
import type { RedisAddress } from '../runtime/redis-address.ts'

/** Something that was read. */
export type Arrival = {
  /** Where it stands in the source, for whoever looks for it there; nothing of what is in it. */
  readonly place: string
} & (
  | {
      /** As the body of POST /v1/events, or a document that was parsed already. */
      readonly body: Buffer | object
      /** Where it names one itself. @default the one of the source */
      readonly format?: string | undefined
    }
  | {
      /** Why there is no body to be had: what was expected, and what is there. */
      readonly problem: string
    }
)

/** What came of something that was read. */
export interface Outcome {
  readonly accepted: number
  readonly skipped: number
  /** Set aside. */
  readonly rejected: number
  /** Why the first of them was. */
  readonly reason: string | undefined
}

/** Takes what a source has read. */
export interface Inlet {
  /**
   * Resolves once every event is in Redis and all that cannot be used is set aside: then it may be
   * acknowledged. While nothing can be taken in, it waits and tries again, in the same order. Answers what
   * came of each.
   *
   * Throws when the source is to stop meanwhile, and what `beat` throws: nothing is to be acknowledged then.
   *
   * @param beat called every few seconds while it waits, to keep hold of what was read
   */
  take(arrivals: readonly Arrival[], beat?: () => Promise<unknown>): Promise<readonly Outcome[]>
  /** Counts what had come, could not be taken in or held, and will not come again. */
  lost(count: number): void
}

export interface Source {
  /** What the operator calls it; unique among the sources of an installation. */
  readonly name: string
  /**
   * Reads until the signal comes, whatever the other side does; resolves once what was under way is
   * taken in or let go of, and nothing is open any more.
   */
  read(inlet: Inlet, signal: AbortSignal): Promise<void>
  /** Whether it can be read, reading nothing: undefined, or what stands in the way. */
  check(): Promise<string | undefined>
  /** How much waits there that is not taken in; undefined where that cannot be known. */
  lag(): Promise<number | undefined>
}

/** What a source is opened with. */
export interface SourceParts {
  /** The Redis of the pipeline; undefined while there is none. */
  readonly address: RedisAddress | undefined
  readonly log: RuntimeLog
}

/** One kind of source, as the shelf lists it. */
export interface SourceKind<Config extends { readonly type: string }> {
  /** What a configuration says under `type`. */
  readonly type: Config['type']
  /** What those call it who run it. */
  readonly title: string
  /** Reads the part of the configuration that describes one such source. */
  readonly schema: z.ZodType<Config>
  /** Connects to nothing yet. Throws CONFIG_INVALID. */
  open(config: Config, parts: SourceParts): Source
}

/** The options every source has. */
export function sourceOptions<const Type extends string>(type: Type) {
  return {
    type: z.literal(type).describe('One of the kinds above.'),
    name: z
      .string()
      .min(1)
      .max(64)
      .default(type)
      .describe('What the operator calls it; unique among the sources.'),
    tenant: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('Whose events they are; those of another are set aside. Without it anybody’s.'),
    format: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('The format of what is read; without it, it is found out.'),
  }
}
