/**
 * Off beat: a scheduled session began at a minute of the hour at which the agent's sessions do not begin.
 *
 * What runs by a timetable keeps its minutes. Where logs name no trigger, an agent that people or events
 * set off knows all of them soon, and is not asked any more.
 * Reads     authority
 * Blind to  Runs out of turn on the right minute; see off-hours and odd-trigger.
 */
import { minuteOf } from '../baselines/authority.ts'
import { unfamiliar } from './familiar.ts'

export const offBeat = unfamiliar({
  name: 'off-beat',
  aspect: 'time',
  title: 'started off its beat',
  things: 'minutes to begin at',
  facets: [(readings) => readings.authority.beat],
  isAskedOfNew: false,
  seen: ({ atMs }) => `begun ${minuteOf(atMs)} minutes past the hour`,
})
