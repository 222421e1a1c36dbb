/**
 * Odd step: an action that does not usually follow those before it in a session, up to three.
 *
 * Reads     actions
 * Blind to  Harm done in the usual order.
 */
import type { Detector } from './detector.ts'
import { expectedOf, seenOf } from './familiar.ts'
import { asHabit } from './supposition.ts'

interface Question {
  readonly name: string
  readonly title: string
  /** Whether it is asked of the first action of a session, or of those that follow. */
  readonly isStart: boolean
  /** In words. */
  readonly where: string
}

export function stepDetector({ name, title, isStart, where }: Question): Detector {
  return {
    name,
    aspect: 'course',
    title,
    judge: ({ actions }) =>
      actions.isStart === isStart ? Math.max(actions.step.nats, actions.stepNats) : 0,
    explain({ actions }, { action }) {
      if (actions.step.nats > actions.stepNats) {
        const seen = seenOf(actions.step, `${action} ${where}`)
        return { expected: expectedOf(actions.step, 'steps'), seen }
      }
      const share = Math.exp(-actions.stepNats)
      const odds = share >= 0.01 ? `${Math.round(100 * share)} in 100` : 'fewer than 1 in 100'
      const upon = actions.reach > 1 ? `after the ${actions.reach} actions before` : where
      return { expected: `${odds} steps ${upon}`, seen: `${action} ${where}` }
    },
    suppositions: (_readings, { action }) => [
      {
        kind: 'otherwise',
        had: `${action} been usual ${where}`,
        suppose({ actions }) {
          asHabit(actions.step)
          asHabit(actions.action)
          actions.stepNats = 0
        },
      },
    ],
  }
}

export const oddStep = stepDetector({
  name: 'odd-step',
  title: 'took an unusual next step',
  isStart: false,
  where: 'at this point',
})
