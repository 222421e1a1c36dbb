/**
 * Odd step: an action that does not usually follow the one before it in a session.
 *
 * Reads     actions
 * Blind to  Harm done in the usual order.
 */
import type { Detector } from './detector.ts'

export const oddStep: Detector = {
  name: 'odd-step',
  aspect: 'deed',
  title: 'took an unusual next step',
  judge: ({ actions }) => actions.stepNats,
  explain({ actions }, event) {
    const share = Math.exp(-actions.stepNats)
    const odds = share >= 0.01 ? `${Math.round(100 * share)} in 100` : 'fewer than 1 in 100'
    const never = actions.isNewStep ? ', which it was never seen to do' : ''
    return { expected: `${odds} steps at this point`, seen: `${event.action} next${never}` }
  },
}
