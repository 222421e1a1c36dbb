/**
 * Odd start: a session begins with an action that the agent's sessions do not usually begin with.
 *
 * Apart from odd-step, for honest errands begin so: what changes course midway is of more concern.
 * Reads     actions
 * Blind to  Harm done in the usual order, and logs whose sessions cannot be told apart.
 */
import { stepDetector } from './odd-step.ts'

export const oddStart = stepDetector({
  name: 'odd-start',
  title: 'opened a session in an unusual way',
  isStart: true,
  where: 'to begin with',
})
