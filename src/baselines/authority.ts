/**
 * Authority: by what right an agent acts. The scopes it uses, what sets it off and when, for whom it
 * acts, whether it is let, and which release of it acts.
 *
 * Seven facets: permission used, kind of trigger with the action it leads to, user, outcome, the agent
 * that called it, the minute of the hour at which its scheduled sessions begin, version with model. Each is a
 * faded tally with the blueprint's and the tenant's as prior.
 * Source    Teh (2006), ACL; see math/novelty.
 * Departs   Ids of triggers that are no agents, and digests, are not counted: prompts seldom repeat.
 * Cost      At most 1.6 KB an agent; O(1) a facet.
 * Blind to  A right that is used as always for another end.
 */
import { HOUR_MS, MINUTE_MS } from '../agent/context.ts'
import type { Event } from '../event/event.ts'
import type { Moment } from './baseline.ts'
import { facetsBaseline } from './facets.ts'

/** Three minutes are told apart no further: a schedule starts late now and then. */
const BEAT_MINUTES = 3
const BEATS = HOUR_MS / MINUTE_MS / BEAT_MINUTES
/** What runs by a timetable; where logs name no trigger, anything may. */
const SCHEDULE = 'schedule'

export const authority = facetsBaseline('authority', 4, {
  permission: {
    agentMax: 32,
    groupMax: 512,
    key: (keys) => keys.permission,
    name: (event) => event.permission?.used,
  },
  trigger: {
    agentMax: 48,
    groupMax: 512,
    key: (keys) => keys.trigger,
    name: (event) => `${event.action} on ${event.trigger?.kind ?? 'no trigger'}`,
  },
  user: {
    agentMax: 64,
    groupMax: 1024,
    key: (keys) => keys.user,
    name: (event) => event.onBehalfOf,
  },
  outcome: {
    agentMax: 4,
    groupMax: 4,
    key: (keys) => keys.outcome,
    name: (event) => event.outcome,
  },
  caller: {
    agentMax: 32,
    groupMax: 512,
    key: (keys) => keys.caller,
    name: (event) => event.trigger?.id,
  },
  beat: {
    agentMax: BEATS,
    groupMax: BEATS,
    key: (_keys, moment) => (hasBeat(moment) ? beatOf(moment.event) : 0),
    name: ({ atMs }) => `:${String(minuteOf(atMs)).padStart(2, '0')}`,
  },
  release: {
    agentMax: 8,
    groupMax: 64,
    key: (keys) => keys.release,
    name: ({ agent }) => releaseName(agent),
  },
})

/** Whether a timetable may have begun a session with the event: what follows keeps no beat of its own. */
function hasBeat({ event: { trigger }, session }: Moment): boolean {
  return session.cells[0] === 1 && (trigger?.kind ?? SCHEDULE) === SCHEDULE
}

/** From 1; the minutes of every zone that is in use turn over together with UTC's or by half an hour. */
function beatOf({ atMs }: Event): number {
  return 1 + Math.floor(minuteOf(atMs) / BEAT_MINUTES)
}

/** Minutes past the hour, whole, also before 1970. */
export function minuteOf(atMs: number): number {
  return Math.floor((((atMs % HOUR_MS) + HOUR_MS) % HOUR_MS) / MINUTE_MS)
}

/** As a reader would write it: 'version 1.5.0, claude-haiku-4-5'. */
export function releaseName({ version, model }: Event['agent']): string {
  const named = version === undefined ? undefined : `version ${version}`
  return [named, model].filter((part) => part !== undefined).join(', ')
}
