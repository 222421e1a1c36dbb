/**
 * Newcomer: the agent was not known until now, and there is no registry to vouch for it.
 *
 * Reads     how many events the agent has had
 * Blind to  Harm done by agents one knows, and everything where a registry is given; see shadow-agent.
 */
import type { Detector } from './detector.ts'
import { count } from './words.ts'

/** An agent is a newcomer for so many events. */
const NEWCOMER_EVENTS = 50
/** As surprising as a thing that happens once in 3,000 events, before calibration. */
const NEWCOMER_NATS = 8

export const newcomer: Detector = {
  name: 'newcomer',
  aspect: 'identity',
  title: 'was never seen before',
  judge(_readings, _event, { registry, events }) {
    if (registry !== undefined) return undefined
    return events < NEWCOMER_EVENTS ? NEWCOMER_NATS : 0
  },
  explain: (_readings, { agent }, { events }) => ({
    expected: 'an agent that has been active before',
    seen: `${agent.id}, ${events === 0 ? 'for the first time' : `${count(events)} events old`}`,
  }),
  suppositions: () => [
    {
      kind: 'otherwise',
      had: `it been active ${NEWCOMER_EVENTS} times before`,
      suppose(_readings, standing) {
        standing.events = NEWCOMER_EVENTS
      },
    },
  ],
}
