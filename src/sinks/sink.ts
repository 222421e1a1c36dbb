/** A sink takes one alert to one place outside, and says what became of it. */
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { whenSchema } from './when.ts'

/**
 * What came of one attempt. Nothing is thrown for what the other side does: that it is down, slow
 * or will not have the alert is expected, and the queue in front of the sink decides what follows.
 */
export type Delivery =
  | { readonly kind: 'delivered' }
  | {
      /** Worth trying again: the other side was busy, down or out of reach. */
      readonly kind: 'retry'
      readonly reason: string
      /** Not before this many milliseconds have passed, where the other side said so. */
      readonly afterMs?: number
    }
  | {
      /** Trying again cannot help until somebody changes something. */
      readonly kind: 'refused'
      readonly reason: string
      /** The other side wants no alerts any more (HTTP 410): stop sending until an operator acts. */
      readonly isGone?: boolean
      /** It is for what was sent, and not for who sent it or where to. */
      readonly isOfContent?: boolean
    }

export interface Attempt {
  /** 1 for the first attempt at this revision of the alert. */
  readonly number: number
  /** Gives up early; the delivery is then a retry. */
  readonly signal?: AbortSignal
  /** By which the receiver can go on with the trace (W3C Trace Context). */
  readonly traceparent?: string | undefined
  /** Told what came back, for whoever watches: status and first words, one call an answer. */
  readonly heard?: ((said: string) => void) | undefined
  /** Told what was not done as it is configured, though the alert went its way. */
  readonly noticed?: ((what: string) => void) | undefined
}

/** At most so many alerts in so long, in one worker. */
export interface Rate {
  readonly alerts: number
  readonly perMs: number
}

export interface Sink {
  /** What the operator calls it; unique among the sinks of an installation. */
  readonly name: string
  /** Whether it is to get the alert; without it, every one. */
  readonly wants?: (alert: Alert) => boolean
  /** How fast it may be sent to; without it, as fast as they come. */
  readonly rate?: Rate | undefined
  /** How many it sends in one request, if so many are sent at once; without it, one. */
  readonly batch?: { readonly alerts: number } | undefined
  /** May be called again for an alert that arrived before: the receiver can tell by its key. */
  send(alert: Alert, attempt: Attempt): Promise<Delivery>
  /** Whether alerts could be delivered now, sending none: undefined, or what stands in the way. */
  check(): Promise<string | undefined>
  close(): Promise<void>
}

/** One kind of sink, as the shelf lists it. */
export interface SinkKind<Config extends { readonly type: string }> {
  /** What a configuration says under `type`. */
  readonly type: Config['type']
  /** What those call it who run it. */
  readonly title: string
  /** Reads the part of the configuration that describes one such sink. */
  readonly schema: z.ZodType<Config>
  open(config: Config): Sink
}

export const rateSchema = z.strictObject({
  alerts: z.number().int().min(1).max(10_000).describe('How many.'),
  perMs: z.number().int().min(1).max(86_400_000).describe('In how many ms.'),
})

/** The options every sink has. */
export function sinkOptions<const Type extends string>(type: Type) {
  return {
    type: z.literal(type).describe('One of the kinds above.'),
    name: z
      .string()
      .min(1)
      .max(64)
      .default(type)
      .describe('What the operator calls it; unique among the sinks.'),
    rate: rateSchema
      .optional()
      .describe('At most so many alerts in so long, from one worker; the others wait.'),
    when: whenSchema.prefault({}).describe('Which alerts it gets; without it all.'),
  }
}

/** The key by which a receiver knows a revision of an alert again. */
export function deliveryKey({ id, revision }: Pick<Alert, 'id' | 'revision'>): string {
  return `${id}.${revision}`
}
