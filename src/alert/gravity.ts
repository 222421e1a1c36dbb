/**
 * Gravity: the severity of a case, from the grade of its strangest event and from what is at stake.
 *
 * The grade says how rare such a day is. It is lifted by one step where many independent aspects of the
 * agent are clearly odd at once: by all six that a case has reasons for, or by five where much is at
 * stake, because the registry has the agent as of high criticality or data of the gravest class was
 * touched. Harm makes nothing likelier, so by itself it lifts nothing. A silence is as rare as a grade says and
 * mostly a pause that nobody announced: where nothing else is clearly odd, a case is at most medium.
 */
import { z } from 'zod'
import type { Aspect } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import { type Severity, severities } from '../scoring/threshold.ts'

/** Independent aspects that lift the grade by a step, and those that do where much is at stake. */
const ASPECTS_MANY = 6
const ASPECTS_AT_STAKE = 5
/** A reason is clear from this p on: one in a thousand. */
const CLEAR_P = 1e-3
/** The gravest that a silence makes by itself. */
const SILENT_MAX: Severity = 'medium'
/** Classes of data whose loss is grave, as different platforms call them. */
const GRAVE = /\b(?:secret|restricted|regulated|highly confidential|pii|phi|pci)\b/i
const CRITICALITIES = new Set(['high', 'critical'])

export const stakesSchema = z.object({
  criticality: z.string().optional(),
  /** The gravest class of data that was touched, where it is a grave one. */
  sensitivity: z.string().optional(),
})
export type Stakes = z.infer<typeof stakesSchema>

const aspectOf = new Map(detectors.map(({ name, aspect }) => [name, aspect]))

export const isGrave = (sensitivity: string): boolean => GRAVE.test(sensitivity)

/** The aspects of the agent that its reasons show to be clearly odd. */
export function aspectsIn(reasons: readonly { detector: string; p: number }[]): Set<Aspect> {
  const clear = reasons.filter(({ p }) => p <= CLEAR_P)
  return new Set(clear.flatMap(({ detector }) => aspectOf.get(detector) ?? []))
}

export interface Gravity {
  readonly severity: Severity
  readonly why: readonly string[]
}

/** `aspects` as `aspectsIn` counts them. */
export function gravityOf(grade: Severity, aspects: ReadonlySet<Aspect>, stakes: Stakes): Gravity {
  const { criticality, sensitivity } = stakes
  const isCritical = criticality !== undefined && CRITICALITIES.has(criticality)
  const atStake = [
    ...(isCritical ? [`an agent of ${criticality} criticality`] : []),
    ...(sensitivity === undefined ? [] : [`${sensitivity} data`]),
  ]
  const at = severities.indexOf(grade)
  const many = atStake.length > 0 ? ASPECTS_AT_STAKE : ASPECTS_MANY
  const isLifted = at < severities.length - 1 && aspects.size >= many
  const isHeld = at > severities.indexOf(SILENT_MAX) && aspects.size === 1 && aspects.has('silence')
  const why = [
    `graded ${grade} by how rare such a day is`,
    ...(isLifted ? [`one step more for ${aspects.size} independent aspects`] : []),
    ...(isHeld ? [`no more than ${SILENT_MAX} where a silence alone is clearly odd`] : []),
    ...(atStake.length > 0 ? [`at stake: ${atStake.join(', ')}`] : []),
  ]
  if (isHeld) return { severity: SILENT_MAX, why }
  return { severity: severities[isLifted ? at + 1 : at]!, why } // there is a graver one
}
