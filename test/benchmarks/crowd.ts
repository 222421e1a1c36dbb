/** Crowd: any number of agents that work in sessions, some at a time, each in its own steady way. */
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { hash } from '../../src/math/random.ts'

/** Agents at work in a round, and what each of them does in it. */
export const AGENTS_PER_ROUND = 1_024
const EVENTS_PER_SESSION = 16
export const EVENTS_PER_ROUND = AGENTS_PER_ROUND * EVENTS_PER_SESSION
const KINDS = 16
const ACTIONS = [
  'files.read',
  'files.list',
  'mail.read',
  'records.update',
  'files.write',
  'index.query',
]
const ITEMS = 24
const SESSION_MS_MAX = 300_000
const UNITS = 2 ** 32

export interface Round {
  /** How manieth it is; another one has other sessions. */
  readonly nth: number
  /** The first of its agents; the others follow. */
  readonly first: number
  readonly agents: number
  readonly atMs: number
  /** Until the next. */
  readonly lastsMs: number
}

/** A round's events, in order of time: those of its agents take turns. */
export function eventsOf({ nth, first, agents, atMs, lastsMs }: Round): Event[] {
  const events: Event[] = []
  const stepMs = Math.min(lastsMs, SESSION_MS_MAX) / EVENTS_PER_SESSION
  for (let step = 0; step < EVENTS_PER_SESSION; step++) {
    for (let turn = 0; turn < AGENTS_PER_ROUND; turn++) {
      const agent = (first + turn) % agents
      const time = Math.floor(atMs + stepMs * (step + turn / AGENTS_PER_ROUND))
      events.push(eventOf(agent, nth, step, time))
    }
  }
  return events
}

function eventOf(agent: number, session: number, step: number, time: number): Event {
  const chance = hash(agent, session, step)
  const kind = agent % KINDS
  const item = Math.floor((chance / UNITS) ** 2 * ITEMS) // some far more often than others
  const parsed = parseEvent({
    id: `${agent}-${session}-${step}`,
    time,
    agent: { id: nameOf(agent), blueprint: `kind-${kind}` },
    action: ACTIONS[(step + kind + (chance % 8 === 0 ? 1 : 0)) % ACTIONS.length],
    resource: { id: `shares/team-${agent % 64}/item-${item}`, type: 'file' },
    volume: { bytes: 1_000 * (kind + 1) + (chance % 4_000) },
    source: { ip: `10.0.${kind}.${agent % 200}` },
    session: `${agent}-${session}`,
    trigger: { kind: 'schedule', id: `job-${kind}` },
  })
  if ('reject' in parsed) throw new RangeError(parsed.reject.reason)
  return parsed.event
}

export function nameOf(agent: number): string {
  return `worker-${agent}`
}
