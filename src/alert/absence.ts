/**
 * Absence: what a silent agent would be judged by if it came back now with an event ordinary in all else.
 *
 * So that its silence is told of when it can be known and not when it ends: the same question, put to
 * the same memories, by the same calibration and budget. Of all detectors gone-quiet alone is asked.
 */
import { type FacetReading, silentReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import { goneQuiet } from '../detectors/gone-quiet.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import { namesOf } from '../scoring/knowledge.ts'
import { facetsOf, type Situation } from '../scoring/score.ts'
import type { AgentState } from './agent-state.ts'

/** What is looked at where a detector is not asked: with so little to say it abstains. */
export const NOTHING_TO_SEE: readonly FacetReading[] = [silentReading()]

/** What each detector looks at: gone-quiet at what it always does, the others at nothing. */
export function absenceFacets(readings: Readings): Situation['facets'] {
  return facetsOf(readings).map((its, at) => (detectors[at] === goneQuiet ? its : NOTHING_TO_SEE))
}

/** The event it is supposed to come back with: of what it does nothing is looked at but the time. */
export function absenceEvent(
  key: string,
  { latestId, blueprint }: Pick<AgentState, 'latestId' | 'blueprint'>,
  atMs: number,
): Event {
  const { tenant, name } = namesOf(key)
  return {
    id: latestId,
    time: new Date(atMs).toISOString(),
    atMs,
    tenant,
    agent: blueprint === undefined ? { id: name } : { id: name, blueprint },
    action: '',
    resource: { id: '' },
    outcome: 'success',
  }
}
