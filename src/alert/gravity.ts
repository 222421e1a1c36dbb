/**
 * Gravity: the severity of a case, from the grade of its strangest event and from what is at stake.
 *
 * The grade says how rare such a day is. One step more where many independent aspects of the agent are
 * clearly odd at once: of 489 cases in five simulated tenants, 39 % of the attacks' and 5 % of the
 * honest ones showed five or more. From high to critical where the agent is registered as of high
 * criticality, or touched data of the gravest class: harm does not make anything likelier, so it never
 * lifts what is not high already.
 */
import { z } from 'zod'
import { detectors } from '../detectors/index.ts'
import { type Severity, severities } from '../scoring/threshold.ts'

/** Independent aspects that lift the grade by a step. */
const ASPECTS_MANY = 5
/** A reason is clear from this p on: one in a thousand. */
const CLEAR_P = 1e-3
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

/** How many aspects of the agent its reasons show to be clearly odd. */
export function aspectsIn(reasons: readonly { detector: string; p: number }[]): number {
  const clear = reasons.filter(({ p }) => p <= CLEAR_P)
  return new Set(clear.flatMap(({ detector }) => aspectOf.get(detector) ?? [])).size
}

export interface Gravity {
  readonly severity: Severity
  readonly why: readonly string[]
}

/** `aspects` as `aspectsIn` counts them. */
export function gravityOf(grade: Severity, aspects: number, stakes: Stakes): Gravity {
  const why = [`graded ${grade} by how rare such a day is`]
  let at = severities.indexOf(grade)
  const high = severities.indexOf('high')
  if (aspects >= ASPECTS_MANY && at < severities.length - 1) {
    at++
    why.push(`one step more for ${aspects} independent aspects`)
  }
  const { criticality, sensitivity } = stakes
  const isCritical = criticality !== undefined && CRITICALITIES.has(criticality)
  if (grade === 'high' && at === high && (isCritical || sensitivity !== undefined)) {
    at++
    why.push(
      sensitivity === undefined
        ? `critical because the agent is of ${criticality} criticality`
        : `critical because ${sensitivity} data was touched`,
    )
  }
  return { severity: severities[at]!, why } // never beyond the last
}
