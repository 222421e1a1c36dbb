/**
 * New client: the agent's credential was used by other software.
 *
 * Reads     origin
 * Blind to  A client that copies the agent's own name.
 */
import { unfamiliar } from './familiar.ts'

export const newClient = unfamiliar({
  name: 'new-client',
  aspect: 'client',
  title: 'used another client',
  things: 'clients',
  facets: [(readings) => readings.origin.client],
  isAskedOfNew: false, // a new agent has to come from somewhere
  seen: (event) => event.source?.userAgent ?? 'no client',
})
