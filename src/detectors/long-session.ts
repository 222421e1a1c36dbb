/**
 * Long session: a session that lasts longer than the agent's sessions do.
 *
 * Reads     volume
 * Blind to  Harm done at the pace of the work, and logs whose sessions cannot be told apart.
 */
import { surge } from './surge.ts'
import { duration, MINUTES_PER_HOUR } from './words.ts'

export const longSession = surge({
  name: 'long-session',
  aspect: 'duration',
  title: 'stayed in a session longer than it ever does',
  measures: [6],
  inWords: (_, minutes) => duration(minutes / MINUTES_PER_HOUR),
})
