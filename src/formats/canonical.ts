/** Canonical events, one JSON object each: what our own tools write and what a user may send. */
import type { RawEvent } from '../event/event.ts'
import type { Format } from './format.ts'
import { isFields } from './text/fields.ts'

/** A record is taken for an event if it has this many of the five required fields. */
const REQUIRED_SEEN_MIN = 3

export const canonical: Format = {
  name: 'canonical',
  title: 'Perimeter canonical events',

  /** `{"events":[…]}`, the body some clients prefer to a bare array. */
  unwrap(document) {
    if (!isFields(document) || document.id !== undefined) return undefined
    return Array.isArray(document.events) ? document.events : undefined
  },

  recognises(record) {
    if (!isFields(record)) return false
    let seen = 0
    if (typeof record.id === 'string') seen++
    if (typeof record.time === 'string' || typeof record.time === 'number') seen++
    if (isFields(record.agent)) seen++
    if (typeof record.action === 'string') seen++
    if (isFields(record.resource)) seen++
    return seen >= REQUIRED_SEEN_MIN
  },

  /** The record is the event; whether it is a valid one, the gate of the engine says. */
  translate(record) {
    return { kind: 'events', events: [record as RawEvent] }
  },
}
