/** When a sink gets an alert: all of what its configuration asks for holds. */
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { levels } from '../alert/taxonomy.ts'
import { severities } from '../scoring/threshold.ts'

const NAMES_MAX = 1_000
const names = z.array(z.string().min(1).max(512)).min(1).max(NAMES_MAX).optional()

export const whenSchema = z.strictObject({
  severity: z.enum(severities).optional().describe('At least so grave.'),
  confidence: z.enum(levels).optional().describe('At least so sure.'),
  tenants: names.describe('Of one of these tenants.'),
  blueprints: names.describe('Of an agent of one of these blueprints.'),
  detectors: names.describe('Found by one of these detectors.'),
})
export type When = z.output<typeof whenSchema>

export function isWanted(when: When, { severity, confidence, tenant, agent, reasons }: Alert) {
  const { blueprint } = agent
  return (
    isAtLeast(severities, severity, when.severity) &&
    isAtLeast(levels, confidence.level, when.confidence) &&
    (when.tenants?.includes(tenant) ?? true) &&
    (when.blueprints === undefined ||
      (blueprint !== undefined && when.blueprints.includes(blueprint))) &&
    (when.detectors === undefined ||
      reasons.some(({ detector }) => when.detectors?.includes(detector)))
  )
}

function isAtLeast<Step>(steps: readonly Step[], is: Step, least: Step | undefined): boolean {
  return least === undefined || steps.indexOf(is) >= steps.indexOf(least)
}
