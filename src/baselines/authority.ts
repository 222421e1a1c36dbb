/**
 * Authority: by what right an agent acts. The scopes it uses, what sets it off and when, for whom it
 * acts, whether it is let, and which release of it acts.
 *
 * Seven facets: permission used, kind of trigger with the action it leads to, user, outcome, the agent
 * that called it, the minute of the hour at which its scheduled sessions begin, version with model. Each is a
 * faded tally with the blueprint's and the tenant's as prior. And how many of its peers fail when it does.
 * Source    Teh (2006), ACL; see math/novelty.
 * Departs   Ids of triggers that are no agents, and digests, are not counted: prompts seldom repeat.
 * Cost      At most 1.6 KB an agent; O(1) a facet.
 * Blind to  A right that is used as always for another end.
 */
import { z } from 'zod'
import { HOUR_MS, MINUTE_MS } from '../agent/context.ts'
import type { Event } from '../event/event.ts'
import type { Baseline, Moment } from './baseline.ts'
import { type Facets, plainFacet, plainTally } from './facet.ts'
import { type FacetReadings, facetsBaseline } from './facets.ts'
import { learnTrouble, TROUBLE_KEYS_MAX, troubleOf } from './trouble.ts'

/** Three minutes are told apart no further: a schedule starts late now and then. */
const BEAT_MINUTES = 3
const BEATS = HOUR_MS / MINUTE_MS / BEAT_MINUTES
/** What runs by a timetable; where logs name no trigger, anything may. */
const SCHEDULE = 'schedule'

const facets = facetsBaseline(
  'authority',
  5,
  {
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
  },
  { agent: [], group: [TROUBLE_KEYS_MAX] },
)

/** The place of a group's tally of troubles, behind its facets. */
const TROUBLE = facets.blank('group').layout.othersAt

type FacetNames = 'permission' | 'trigger' | 'user' | 'outcome' | 'caller' | 'beat' | 'release'

export interface AuthorityReading extends FacetReadings<FacetNames> {
  /** Which part of its peers met of late what the event met, or failure, beyond the usual, in [0, 1]. */
  trouble: number
}

/** Until v4 its facets were plain, and groups had no tally of troubles. */
const plainAuthority = z.array(z.union([plainFacet, plainTally])).min(1)

export const authority: Baseline<Facets, AuthorityReading> = {
  ...facets,
  schema: z.union([z.instanceof(Uint8Array), plainAuthority]),
  blankReading,

  read(own, kin, moment, into = blankReading()) {
    facets.read(own, kin, moment, into)
    into.trouble = troubleOf(kin, moment, TROUBLE)
    return into
  },

  learn(own, groups, moment, trust, reading) {
    facets.learn(own, groups, moment, trust, reading)
    learnTrouble(groups, moment, TROUBLE, moment.gain * trust)
  },
}

function blankReading(): AuthorityReading {
  return { ...facets.blankReading(), trouble: 0 }
}

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
