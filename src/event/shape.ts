/**
 * Shape: every event in the one shape that the engine looks at.
 *
 * Events come with their fields in any order and any of them left out. V8 sees dozens of kinds of
 * object in that, and takes many times longer to find a field in one of dozens than in always the same.
 */
import type { Event } from './event.ts'

/** An event whose fields may be written over. */
type Writable = { -readonly [Field in keyof Event]: Event[Field] }

/** What the engine asks of an event, each field in its place whether the event says it or not. */
export function blankShape(): Writable {
  return {
    id: '',
    time: '',
    atMs: Number.NaN, // a number with a fraction from the first: so V8 keeps its place as it is
    tenant: '',
    agent: { id: '' },
    action: '',
    resource: { id: '' },
    outcome: 'success',
    volume: undefined,
    source: undefined,
    session: undefined,
    trigger: undefined,
    permission: undefined,
    onBehalfOf: undefined,
  }
}

/** Writes an event over `into`, and answers it. */
export function shaped(event: Event, into = blankShape()): Event {
  into.id = event.id
  into.time = event.time
  into.atMs = event.atMs
  into.tenant = event.tenant
  into.agent = event.agent
  into.action = event.action
  into.resource = event.resource
  into.outcome = event.outcome
  into.volume = event.volume
  into.source = event.source
  into.session = event.session
  into.trigger = event.trigger
  into.permission = event.permission
  into.onBehalfOf = event.onBehalfOf
  return into
}
