/**
 * Odd step: an action that does not usually follow the one before it in a session.
 *
 * Reads     actions
 * Blind to  Harm done in the usual order.
 */
import type { Detector } from './detector.ts'
import { expectedOf, seenOf } from './familiar.ts'
import { asHabit } from './supposition.ts'

export const oddStep: Detector = {
  name: 'odd-step',
  aspect: 'course',
  title: 'took an unusual next step',
  judge: ({ actions }) => Math.max(actions.step.nats, actions.stepNats),
  explain({ actions }, { action }) {
    if (actions.step.nats > actions.stepNats) {
      const seen = seenOf(actions.step, `${action} at this point`)
      return { expected: expectedOf(actions.step, 'steps'), seen }
    }
    const share = Math.exp(-actions.stepNats)
    const odds = share >= 0.01 ? `${Math.round(100 * share)} in 100` : 'fewer than 1 in 100'
    return { expected: `${odds} steps at this point`, seen: `${action} next` }
  },
  suppositions: (_readings, { action }) => [
    {
      kind: 'otherwise',
      had: `${action} been its usual next step`,
      suppose({ actions }) {
        asHabit(actions.step)
        asHabit(actions.action)
        actions.stepNats = 0
      },
    },
  ],
}
