/**
 * New user: the agent acted on behalf of someone it does not usually serve.
 *
 * Reads     authority
 * Blind to  A user's own session that was taken over.
 */
import { unfamiliar } from './familiar.ts'

export const newUser = unfamiliar({
  name: 'new-user',
  aspect: 'cause',
  title: 'acted for a user it does not serve',
  things: 'users',
  facets: [(readings) => readings.authority.user],
  seen: (event) => event.onBehalfOf ?? 'nobody',
})
