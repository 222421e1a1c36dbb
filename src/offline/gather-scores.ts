/**
 * Gathers scores with the truth: reads them once and keeps what the metrics are worked out from.
 *
 * Cost      12 bytes per event; the highest score of every agent-day and of every session.
 */
const DAY_MS = 86_400_000
const ROOM_FIRST = 1024

/** One scored event; `time` in milliseconds since the epoch, higher scores are stranger. */
export interface ScoredEvent {
  readonly id: string
  readonly agent: string
  readonly time: number
  readonly score: number
  /** The run or conversation it belongs to. */
  readonly session?: string | undefined
}

/** The truth about one attack: the ids of its events, and of what kind it was. */
export interface Attack {
  readonly incident: string
  readonly scenario: string
  readonly events: readonly string[]
}

/** A malicious event that was scored. */
export interface MaliciousEvent {
  /** Places of its attacks among those given. */
  readonly attacks: readonly number[]
  readonly time: number
  readonly score: number
}

/** One agent on one UTC day, or one session: its highest score. */
export interface Span {
  readonly agent: number
  max: number
  isMalicious: boolean
}

export interface Gathered {
  /** Scores of honest events in order of arrival, and the places of their agents. */
  readonly honest: Float64Array
  readonly honestAgents: Int32Array
  readonly malicious: readonly MaliciousEvent[]
  /** Labelled events that were never scored. */
  readonly unscored: number
  readonly days: readonly Span[]
  readonly sessions: readonly Span[]
  readonly agents: number
}

/** `sessionTruth` says of whole sessions whether they are malicious, and then no others count. */
export function gatherScores(
  scores: Iterable<ScoredEvent>,
  attacks: readonly Attack[],
  sessionTruth?: ReadonlyMap<string, boolean>,
): Gathered {
  const attacksOf = new Map<string, number[]>()
  attacks.forEach(({ events }, index) => {
    for (const id of events) attacksOf.set(id, [...(attacksOf.get(id) ?? []), index])
  })
  const unseen = new Set(attacksOf.keys())
  const agents = new Map<string, number>()
  const days = new Map<string, Span>()
  const sessions = new Map<string, Span>()
  const malicious: MaliciousEvent[] = []
  let honest = new Float64Array(ROOM_FIRST)
  let honestAgents = new Int32Array(ROOM_FIRST)
  let count = 0
  for (const { id, agent, time, score: given, session } of scores) {
    const score = Number.isNaN(given) ? -Infinity : given
    let place = agents.get(agent)
    if (place === undefined) {
      place = agents.size
      agents.set(agent, place)
    }
    const part = attacksOf.get(id)
    const isMalicious = part !== undefined
    put(days, `${Math.floor(time / DAY_MS)} ${agent}`, place, score, isMalicious)
    const said = session === undefined ? undefined : sessionTruth?.get(session)
    if (session !== undefined && (sessionTruth === undefined || said !== undefined)) {
      put(sessions, session, place, score, said ?? isMalicious)
    }
    if (part === undefined) {
      if (count === honest.length) {
        honest = grown(honest, new Float64Array(count * 2))
        honestAgents = grown(honestAgents, new Int32Array(count * 2))
      }
      honest[count] = score
      honestAgents[count++] = place
      continue
    }
    unseen.delete(id)
    malicious.push({ attacks: part, time, score })
  }
  return {
    honest: honest.subarray(0, count),
    honestAgents: honestAgents.subarray(0, count),
    malicious,
    unscored: unseen.size,
    days: [...days.values()],
    sessions: [...sessions.values()],
    agents: agents.size,
  }
}

function put(
  spans: Map<string, Span>,
  key: string,
  agent: number,
  score: number,
  isMalicious: boolean,
): void {
  const span = spans.get(key)
  if (span === undefined) spans.set(key, { agent, max: score, isMalicious })
  else {
    if (score > span.max) span.max = score
    if (isMalicious) span.isMalicious = true
  }
}

function grown<T extends Float64Array | Int32Array>(small: T, large: T): T {
  large.set(small)
  return large
}
