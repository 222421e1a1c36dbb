/**
 * Wide reach: more different resources in a window or a session than the agent usually touches.
 *
 * Reads     volume
 * Blind to  A search spread over days.
 */
import { surge } from './surge.ts'
import { count } from './words.ts'

export const wideReach = surge({
  name: 'wide-reach',
  aspect: 'volume',
  title: 'touched more different resources than it ever does',
  measures: [3],
  inWords: (_, total) => `${count(total)} different resources`,
})
