/**
 * Score table: the events that were judged, by column, and the scores of whoever judged them.
 *
 * Cost      About 50 bytes per event beside its id, and 8 for each further judge.
 */
import type { ScoredEvent } from './gather-scores.ts'

export interface ScoreTable {
  readonly length: number
  readonly times: readonly number[]
  readonly agents: readonly string[]
  readonly ids: readonly string[]
  add(event: Omit<ScoredEvent, 'score'>): void
  /** The events with the scores of one judge, in their order. */
  scoredBy(scores: ArrayLike<number>): Generator<ScoredEvent>
}

export function scoreTable(): ScoreTable {
  const ids: string[] = []
  const agents: string[] = []
  const times: number[] = []
  const sessions: (string | undefined)[] = []
  const kept = new Map<string, string>() // one copy of each name: events bring their own
  const one = (name: string) => {
    const known = kept.get(name)
    if (known === undefined) kept.set(name, name)
    return known ?? name
  }
  return {
    get length() {
      return ids.length
    },
    times,
    agents,
    ids,
    add({ id, agent, time, session }) {
      ids.push(id)
      agents.push(one(agent))
      times.push(time)
      sessions.push(session === undefined ? undefined : one(session))
    },
    *scoredBy(scores) {
      for (let at = 0; at < ids.length; at++) {
        yield {
          id: ids[at]!,
          agent: agents[at]!,
          time: times[at]!,
          score: scores[at]!,
          session: sessions[at],
        }
      }
    },
  }
}
