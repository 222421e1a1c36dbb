/**
 * New origin: the agent called from a country or an autonomous system it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own region and provider.
 */
import { placeOf, unfamiliar } from './familiar.ts'

export const newOrigin = unfamiliar({
  name: 'new-origin',
  aspect: 'origin',
  title: 'called from an unfamiliar country or provider',
  things: 'origins',
  facets: [({ origin }) => origin.asn, ({ origin }) => origin.country],
  isAskedOfNew: false, // a new agent has to come from somewhere
  seen: placeOf,
})
