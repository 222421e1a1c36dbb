/**
 * Unheard-of step: the agent went on as no agent of its tenant has gone on before.
 *
 * Reads     actions
 * Blind to  Harm done in an order that others know.
 */
import { unheard } from './unheard.ts'

export const unheardOfStep = unheard({
  name: 'unheard-of-step',
  aspect: 'unheard step',
  title: 'went on as no agent here has gone on',
  facets: [['a step', ({ actions }) => actions.step]],
  seen: ({ action }) => `${action} at this point`,
})
