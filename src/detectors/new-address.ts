/**
 * New address: the agent called from an address or a network it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own network.
 */
import { placeOf, unfamiliar } from './familiar.ts'

export const newAddress = unfamiliar({
  name: 'new-address',
  aspect: 'origin',
  title: 'called from an unfamiliar address',
  things: 'addresses',
  facets: [({ origin }) => origin.ip, ({ origin }) => origin.network],
  implied: [({ origin }) => origin.asn, ({ origin }) => origin.country],
  isAskedOfNew: false, // a new agent has to come from somewhere
  seen: placeOf,
})
