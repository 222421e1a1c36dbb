/**
 * New caller: an agent that does not usually call on this one did.
 *
 * Reads     authority
 * Blind to  Logs that do not name the calling agent, and a caller that was taken over.
 */
import { unfamiliar } from './familiar.ts'

export const newCaller = unfamiliar({
  name: 'new-caller',
  aspect: 'cause',
  title: 'was called by an agent that does not call it',
  things: 'calling agents',
  facets: [(readings) => readings.authority.caller],
  isAskedOfNew: false,
  seen: ({ trigger }) => `called by ${trigger?.id ?? 'an agent'}`,
})
