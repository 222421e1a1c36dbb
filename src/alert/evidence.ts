/**
 * Evidence: the anomalous events of a case, as far as an analyst needs to see them.
 *
 * The first, and the strangest of the others: what they did, to what, how it ended, in which session
 * and on what trigger, with the event's p and the detectors that spoke. All text is one printable line
 * of bounded length. What the event carries beside, prompts before all, is not kept.
 */
import { z } from 'zod'
import type { Event } from '../event/event.ts'
import { clip, printable } from '../event/text.ts'

/** Events kept: what a person reads in a minute. */
export const SHOWN_EVENTS_MAX = 12
/** Characters of all of them together: an agent's state stays within 16 KB. */
const TEXT_MAX = 2_400
const ACTION_MAX = 64
const RESOURCE_MAX = 120
const WORD_MAX = 64

/** As it is stored: a list, for there are many. */
export const keptEventSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  action: z.string(),
  resource: z.string(),
  sensitivity: z.string().optional(),
  outcome: z.enum(['success', 'failure', 'denied']),
  session: z.string().optional(),
  trigger: z.string().optional(),
  p: z.number(),
  detectors: z.array(z.string()),
})
export type KeptEvent = z.infer<typeof keptEventSchema>

/** As it is shown. */
export const shownEventSchema = z.object({
  event: z.string().describe('Its id.'),
  time: z.string().describe('RFC 3339, UTC.'),
  action: z.string(),
  resource: z.string(),
  sensitivity: z.string().optional(),
  outcome: z.enum(['success', 'failure', 'denied']),
  session: z.string().optional(),
  trigger: z.string().optional().describe('Kind and, where it has one, id: agent planner-01.'),
  p: z.number().min(0).max(1).describe('Calibrated P(an event at least this strange).'),
  detectors: z.array(z.string()).describe('Which spoke, the most surprised first.'),
})
export type ShownEvent = z.infer<typeof shownEventSchema>

/** What is kept of an event. */
export function keptOf(event: Event, p: number, detectors: readonly string[]): KeptEvent {
  const { id, atMs, action, resource, outcome, session, trigger } = event
  const { sensitivity } = resource
  const cause = [trigger?.kind, trigger?.id].filter(Boolean).join(' ')
  return {
    id,
    atMs,
    action: printable(action, ACTION_MAX),
    resource: printable(resource.id, RESOURCE_MAX),
    ...(sensitivity === undefined ? {} : { sensitivity: printable(sensitivity, WORD_MAX) }),
    outcome,
    ...(session === undefined ? {} : { session: printable(session, WORD_MAX) }),
    ...(cause === '' ? {} : { trigger: printable(cause, WORD_MAX) }),
    p,
    detectors: detectors.map((name) => clip(name, WORD_MAX)),
  }
}

/** Keeps an event; where that is too much, the least strange goes, but never the first. */
export function keep(kept: KeptEvent[], event: KeptEvent): void {
  kept.push(event)
  while (kept.length > 1 && (kept.length > SHOWN_EVENTS_MAX || sizeOf(kept) > TEXT_MAX)) {
    let mildest = 1
    for (let at = 2; at < kept.length; at++) if (kept[at]!.p > kept[mildest]!.p) mildest = at
    kept.splice(mildest, 1)
  }
}

function sizeOf(kept: readonly KeptEvent[]): number {
  let size = 0
  for (const { id, action, resource, session = '', trigger = '', detectors } of kept) {
    size += id.length + action.length + resource.length + session.length + trigger.length
    for (const name of detectors) size += name.length
  }
  return size
}

/** By time; of the same moment in the order of arrival. */
export function shownOf(kept: readonly KeptEvent[]): ShownEvent[] {
  return kept
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ id, atMs, ...rest }) => ({ event: id, time: new Date(atMs).toISOString(), ...rest }))
}
