/**
 * New address: the agent called from an address or a network it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own network.
 */
import { placeOf, stranger, unfamiliar } from './familiar.ts'

export const newAddress = unfamiliar({
  name: 'new-address',
  aspect: 'origin',
  title: 'called from an unfamiliar address',
  things: 'addresses',
  facet: ({ origin }) => stranger(origin.ip, origin.network),
  isAskedOfNew: false, // a new agent has to come from somewhere
  seen: placeOf,
})
