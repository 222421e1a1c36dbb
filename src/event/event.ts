/** The canonical event: one thing one agent did, as every format delivers it. */
import { z } from 'zod'

/** Longest identifier of an event, in UTF-16 code units. */
export const ID_LENGTH_MAX = 256
/** Longest name or label; agent names in the wild are ARNs and UPNs, well under this. */
export const NAME_LENGTH_MAX = 512
/** Longest resource identifier; a URL or an object key with its container. */
export const RESOURCE_LENGTH_MAX = 2048
/** Longest error text kept; what follows is cut by the format, not by us. */
export const ERROR_LENGTH_MAX = 4096
/** Most scopes an event may list as granted. */
export const GRANTED_MAX = 1000
/** Amounts above this, 2⁶³, count as this: no sum of them becomes infinite. */
export const AMOUNT_MAX = 2 ** 63
/** Earliest and latest time an event may carry: 1990 to 2200. A time outside is a unit mistake. */
export const TIME_MS_MIN = Date.UTC(1990, 0, 1)
export const TIME_MS_MAX = Date.UTC(2200, 0, 1)

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/

const TIME_EXPECTED = 'expected an RFC 3339 time with a zone, or epoch milliseconds'

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const amount = z.number().nonnegative().finite()

/** Reads a canonical time. Answers undefined where it is none; milliseconds since the epoch else. */
export function timeToMs(time: string | number): number | undefined {
  const ms =
    typeof time === 'number'
      ? Math.floor(time)
      : RFC_3339.test(time)
        ? Date.parse(time)
        : Number.NaN
  return ms >= TIME_MS_MIN && ms <= TIME_MS_MAX ? ms : undefined
}

export const eventSchema = z.looseObject({
  /** Unique per tenant; the key by which a second delivery is known. */
  id: z.string().min(1).max(ID_LENGTH_MAX),
  /** When it happened, not when it was shipped. */
  time: z
    .union([z.string(), z.number()], { error: TIME_EXPECTED })
    .refine((time) => timeToMs(time) !== undefined, { error: TIME_EXPECTED }),
  tenant: name.default('default'),
  agent: z.looseObject({
    id: name,
    name: name.optional(),
    /** The kind of agent it is an instance of; its peers share it. */
    blueprint: name.optional(),
    version: name.optional(),
    model: name.optional(),
    sponsor: name.optional(),
  }),
  /** The user it acted for. */
  onBehalfOf: name.optional(),
  /** Dotted, from the general to the particular: `files.read`. */
  action: z.string().min(1).max(ID_LENGTH_MAX),
  resource: z.looseObject({
    /** `/`-separated where it has a hierarchy. */
    id: z.string().min(1).max(RESOURCE_LENGTH_MAX),
    type: name.optional(),
    sensitivity: name.optional(),
  }),
  outcome: z.enum(['success', 'failure', 'denied']).default('success'),
  error: z.string().max(ERROR_LENGTH_MAX).optional(),
  volume: z.looseObject({ bytes: amount.optional(), records: amount.optional() }).optional(),
  source: z
    .looseObject({
      ip: name.optional(),
      asn: name.optional(),
      country: name.optional(),
      userAgent: z.string().min(1).max(RESOURCE_LENGTH_MAX).optional(),
    })
    .optional(),
  /** One run, conversation or trace. */
  session: name.optional(),
  trigger: z
    .looseObject({
      /** `schedule`, `prompt`, `event`, `agent`, or another word: what set the agent off. */
      kind: name.optional(),
      id: name.optional(),
      /** A hash of the prompt; its text is never stored. */
      digest: name.optional(),
    })
    .optional(),
  permission: z
    .looseObject({ used: name.optional(), granted: z.array(name).max(GRANTED_MAX).optional() })
    .optional(),
})

/** What a format may write and a user may send. */
export type RawEvent = z.input<typeof eventSchema>

/** What the engine reads: the canonical event with its defaults filled and its time as a number. */
export type Event = z.output<typeof eventSchema> & {
  /** Milliseconds since the epoch, UTC. */
  readonly atMs: number
}
