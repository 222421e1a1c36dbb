/**
 * Heavy session: the calls of a session are larger than usual all together, though none need be a
 * record.
 *
 * How many deviations each call of a session lies above the agent's usual for its action, summed and
 * compared with what as many calls would come to by chance.
 * Reads     sizes
 * Source    Stouffer et al. (1949), "The American Soldier", vol. 1: the sum of n deviations over √n.
 * Blind to  Logs that carry no volumes, and many calls of usual size; see repeated-action.
 */
import type { Detector } from './detector.ts'
import { count } from './words.ts'

export const heavySession: Detector = {
  name: 'heavy-session',
  aspect: 'call',
  title: 'moved more with every call than it usually does',
  judge: ({ sizes }, { volume }) => (volume === undefined ? undefined : sizes.sessionNats),
  explain({ sizes }) {
    const deviations = sizes.sessionDeviations.toFixed(1)
    return {
      expected: 'calls as large as usual on average',
      seen: `${count(sizes.sessionCalls)} calls in a session, ${deviations} deviations above usual on average`,
    }
  },
  suppositions: () => [
    {
      kind: 'otherwise',
      had: 'the calls of its session been as large as usual on average',
      suppose({ sizes }) {
        sizes.sessionNats = 0
      },
    },
  ],
}
