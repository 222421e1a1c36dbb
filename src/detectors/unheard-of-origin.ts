/**
 * Unheard-of origin: the agent called from where, or with what, no agent of its tenant does.
 *
 * Reads     origin
 * Blind to  Origins that other agents of the tenant share.
 */
import { placeOf } from './familiar.ts'
import { unheard } from './unheard.ts'

export const unheardOfOrigin = unheard({
  name: 'unheard-of-origin',
  aspect: 'unheard origin',
  title: 'called from where no agent here calls from',
  facets: [
    ['a country', ({ origin }) => origin.country],
    ['a provider', ({ origin }) => origin.asn],
    ['a client', ({ origin }) => origin.client],
    ['a network', ({ origin }) => origin.network],
  ],
  isAskedOfNew: false, // a new agent has to come from somewhere
  seen: placeOf,
})
