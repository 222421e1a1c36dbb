/** Lives of agents, as the engine lives them: events become moments, moments become memories. */
import fc from 'fast-check'
import {
  advance,
  blankContext,
  type Closing,
  HOUR_MS,
  MINUTE_MS,
  proceed,
} from '../../src/agent/context.ts'
import type { Baseline, Kin, Moment } from '../../src/baselines/baseline.ts'
import {
  type BaselineName,
  baselineNames,
  baselines,
  type Readings,
} from '../../src/baselines/index.ts'
import type { Event, RawEvent } from '../../src/event/event.ts'
import { keysOf } from '../../src/event/keys.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { powerOf } from '../../src/event/verbs.ts'
import { gainAt, stretchOf } from '../../src/math/decay.ts'
import { keyOf } from '../../src/math/hash.ts'
import { random } from '../../src/math/random.ts'

/** A Monday morning in the middle of a stretch between two landmarks. */
export const START_MS = Date.UTC(2026, 5, 1, 9)
export const STRETCH = stretchOf(START_MS)

/** A baseline whose memory and reading are not looked into. */
export type AnyBaseline = Baseline<unknown, unknown>
export const shelf: readonly (readonly [BaselineName, AnyBaseline])[] = baselineNames.map(
  (name) => [name, baselines[name] as unknown as AnyBaseline],
)

let made = 0

/** A valid event; what is not given is unremarkable. */
export function eventOf(fields: Partial<RawEvent> & { readonly atMs?: number } = {}): Event {
  const { atMs, ...rest } = fields
  const raw = {
    id: `event-${made++}`,
    time: atMs ?? START_MS,
    agent: { id: 'bot' },
    action: 'files.read',
    resource: { id: 'sites/finance/report.xlsx' },
    ...structuredClone(rest),
  }
  const read = parseEvent(raw)
  if ('reject' in read) throw new Error(`${read.reject.path}: ${read.reject.reason}`)
  return read.event
}

/** What of a reading of sizes goes on with the session. */
type Weighed = Pick<Readings['sizes'], 'deviations'>

/** Calls back with each event's moment, while the context stands where it stood; it may answer what it read. */
export function live(
  events: readonly Event[],
  each: (moment: Moment) => unknown,
  stretch: number = STRETCH,
): void {
  const context = blankContext()
  for (const event of events) {
    const closings: Closing[] = []
    const keys = keysOf(event)
    const sessionKey = event.session === undefined ? 0 : keyOf(event.session)
    const { session } = advance(context, event, keys, sessionKey, closings)
    const gain = gainAt(event.atMs, stretch)
    const read = each({ event, keys, context, session, closings, gain }) as Weighed | undefined
    const isIntake = !powerOf(event.action).isEgress
    proceed(session, keys, isIntake, read?.deviations)
  }
}

/** The moments of a life, each as it stood: they may be learned in any order. */
export function momentsOf(events: readonly Event[], stretch: number = STRETCH): Moment[] {
  const moments: Moment[] = []
  live(
    events,
    (moment) => {
      const { context, session, closings } = structuredClone({
        context: moment.context,
        session: moment.session,
        closings: moment.closings,
      })
      moments.push({ ...moment, context, session, closings })
    },
    stretch,
  )
  return moments
}

export const nobody = (baseline: AnyBaseline): Kin<unknown> => ({
  blueprint: undefined,
  tenant: baseline.blank('group'),
})

/** Of one of whom nothing is known. */
export const blankReadings = (): Readings =>
  Object.fromEntries(
    shelf.map(([name, baseline]) => [name, baseline.blankReading()]),
  ) as unknown as Readings

/** Takes moments into a memory, each trusted in full. */
export function learnAll(
  baseline: AnyBaseline,
  memory: unknown,
  moments: readonly Moment[],
  groups: readonly unknown[] = [],
): unknown {
  const kin = nobody(baseline)
  for (const moment of moments) {
    baseline.learn(memory, groups, moment, 1, baseline.read(memory, kin, moment))
  }
  return memory
}

/** The memory of an agent that has lived these moments. */
export const memoryOf = (baseline: AnyBaseline, moments: readonly Moment[]): unknown =>
  learnAll(baseline, baseline.blank('agent'), moments)

/** Numbers and truths of a reading by path; text is for the reader alone. */
export function numbersIn(reading: unknown, path = '', into = new Map<string, number>()) {
  if (typeof reading === 'number') into.set(path, reading)
  else if (typeof reading === 'boolean') into.set(path, Number(reading))
  else if (typeof reading === 'object' && reading !== null) {
    for (const [key, value] of Object.entries(reading)) numbersIn(value, `${path}.${key}`, into)
  }
  return into
}

const oneOf = (...words: string[]) => fc.option(fc.constantFrom(...words), { nil: undefined })

/** What an agent may do, without its time: few enough words that many come again. */
const deed = fc.record({
  action: fc.constantFrom('files.read', 'files.write', 'mail.send', 'mail.read', 'db.query'),
  resource: fc.nat(12),
  type: oneOf('file', 'mailbox'),
  sensitivity: oneOf('public', 'secret'),
  outcome: fc.constantFrom('success', 'success', 'failure', 'denied'),
  bytes: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
  records: fc.option(fc.integer({ min: 0, max: 1e4 }), { nil: undefined }),
  ip: oneOf('10.1.2.3', '10.1.9.9', '203.0.113.7', '2001:db8:1::5'),
  country: oneOf('DE', 'IE', 'US'),
  userAgent: oneOf('sdk/1.2', 'sdk/1.3', 'curl/8'),
  session: oneOf('s1', 's2', 's3'),
  trigger: oneOf('schedule', 'prompt'),
  used: oneOf('Files.Read', 'Mail.Send'),
  onBehalfOf: oneOf('ann', 'bob'),
})
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never

function eventFrom(one: Deed, atMs: number): Event {
  const { bytes, records } = one
  return eventOf({
    atMs,
    action: one.action,
    resource: pruned({
      id: `area${one.resource % 3}/folder${one.resource % 5}/item${one.resource}`,
      type: one.type,
      sensitivity: one.sensitivity,
    }) as RawEvent['resource'],
    ...(pruned({
      outcome: one.outcome,
      volume: bytes === undefined && records === undefined ? undefined : pruned({ bytes, records }),
      source: pruned({ ip: one.ip, country: one.country, userAgent: one.userAgent }),
      session: one.session,
      trigger: one.trigger === undefined ? undefined : { kind: one.trigger },
      permission: one.used === undefined ? undefined : { used: one.used },
      onBehalfOf: one.onBehalfOf,
    }) as Partial<RawEvent>),
  })
}

const pruned = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** Lives with up to `eventsMax` events, in order. */
export function lives(eventsMax: number, gapMs = { min: 1, max: 6 * HOUR_MS }) {
  return fc
    .array(fc.tuple(deed, fc.integer(gapMs)), { minLength: 1, maxLength: eventsMax })
    .map((steps) => {
      let atMs = START_MS
      return steps.map(([one, gap]) => {
        atMs += gap
        return eventFrom(one, atMs)
      })
    })
}

/** Lives of which no two events fall in the same window of an hour. */
export const sparseLives = (eventsMax: number) =>
  lives(eventsMax, { min: HOUR_MS, max: 2 * HOUR_MS })

/** A routine: the same deeds at the same hours, day by day, with a little chance. */
export function routine(days: number, seed = 1, fields: Partial<RawEvent> = {}): Event[] {
  const chance = random(seed)
  const events: Event[] = []
  for (let day = 0; day < days; day++) {
    for (let at = 0; at < 25; at++) {
      const atMs = START_MS + day * 24 * HOUR_MS + at * 17 * MINUTE_MS
      const isMail = at % 8 === 7
      events.push(
        eventOf({
          atMs: atMs + chance.integer(0, MINUTE_MS),
          action: isMail ? 'mail.read' : at % 3 === 2 ? 'files.write' : 'files.read',
          resource: {
            id: isMail
              ? `mailbox/inbox/${chance.integer(0, 5)}`
              : `sites/finance/folder${at % 4}/item${chance.integer(0, 5)}`,
            type: 'file',
            sensitivity: 'internal',
          },
          volume: { records: chance.integer(1, 5), bytes: Math.round(chance.logNormal(2000, 0.4)) },
          source: { ip: '10.1.2.3', asn: 'AS1', country: 'DE', userAgent: 'sdk/1.2' },
          session: `run-${day}-${at >> 3}`,
          trigger: { kind: 'schedule' },
          permission: { used: 'Files.ReadWrite' },
          onBehalfOf: 'ann@corp.example',
          ...fields,
        }),
      )
    }
  }
  return events
}

/** Valid events at the edge of what may come: sizes, times and names. */
export const extremeEvents = (atMs: { readonly min: number; readonly max: number }) =>
  fc
    .record({
      atMs: fc.oneof(fc.constantFrom(atMs.min, atMs.max), fc.integer(atMs)),
      action: fc.oneof(
        fc.constantFrom('.', '/', '\u0000'),
        fc.string({ minLength: 1, maxLength: 256 }),
      ),
      resource: fc.oneof(
        fc.constantFrom('/', '//', '://', 'a/', 's3://b/c', '\ud800', 'x'.repeat(2048)),
        fc.string({ minLength: 1, maxLength: 64, unit: 'binary' }),
      ),
      amount: fc.constantFrom(undefined, 0, 1, 5e-324, 1e308, Number.MAX_VALUE),
      ip: fc.constantFrom(undefined, '.', ':', '::1', '::ffff:1.2.3.4', '1.2.3.4', 'no address'),
      userAgent: fc.constantFrom(undefined, '1', 'x/1', '9'.repeat(2048)),
      session: fc.constantFrom(undefined, 'a', '\u0000'),
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'denied' as const),
    })
    .map(({ atMs, action, resource, amount, ip, userAgent, session, outcome }) =>
      eventOf({
        atMs,
        action,
        resource: { id: resource },
        outcome,
        ...(pruned({
          volume: amount === undefined ? undefined : { bytes: amount, records: amount },
          source: pruned({ ip, userAgent }),
          session,
        }) as Partial<RawEvent>),
      }),
    )
