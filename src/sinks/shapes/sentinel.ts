/**
 * Sentinel: the alert as a row of a table of one's own.
 *
 * Column names avoid those that Log Analytics keeps for itself, such as TenantId and Title. A value of
 * more than 64 KB would be cut in the middle, so lists end before.
 */
import type { Alert } from '../../alert/alert.ts'
import { clip } from '../../event/text.ts'
import { scales } from './severity.ts'
import { listWithin } from './shortened.ts'

/** Of one value; longer ones are cut by the receiver. */
const VALUE_BYTES_MAX = 65_536
/** Of a text, of whose characters each takes up to four bytes. */
const TEXT_LENGTH_MAX = 16_384

export type ColumnType = 'datetime' | 'string' | 'int' | 'real' | 'dynamic'

interface Column {
  readonly type: ColumnType
  of(alert: Alert): unknown
}

const text = (of: (alert: Alert) => string | undefined): Column => ({
  type: 'string',
  of: (alert) => clip(of(alert) ?? '', TEXT_LENGTH_MAX),
})
const list = (of: (alert: Alert) => readonly unknown[]): Column => ({
  type: 'dynamic',
  of: (alert) => listWithin(of(alert), VALUE_BYTES_MAX),
})

/** In the order the table shows them. */
export const sentinelColumns: Readonly<Record<string, Column>> = {
  TimeGenerated: { type: 'datetime', of: ({ lastTime }) => lastTime },
  AlertId: text(({ id }) => id),
  Revision: { type: 'int', of: ({ revision }) => revision },
  AlertSeverity: text(({ severity }) => scales[severity].sentinel),
  AlertTitle: text(({ title }) => title),
  Score: { type: 'real', of: ({ score }) => score },
  Severity: text(({ severity }) => severity),
  SeverityWhy: list(({ severityWhy }) => severityWhy),
  Confidence: text(({ confidence }) => confidence.level),
  ConfidenceWhy: list(({ confidence }) => confidence.why),
  AgentId: text(({ agent }) => agent.id),
  AgentName: text(({ agent }) => agent.name),
  AgentBlueprint: text(({ agent }) => agent.blueprint),
  AgentSponsor: text(({ agent }) => agent.sponsor),
  AgentCriticality: text(({ agent }) => agent.criticality),
  PerimeterTenant: text(({ tenant }) => tenant),
  FirstTime: { type: 'datetime', of: ({ time }) => time },
  LastTime: { type: 'datetime', of: ({ lastTime }) => lastTime },
  Reasons: list(({ reasons }) => reasons),
  Evidence: list(({ evidence }) => evidence),
  Candidates: list(({ candidates }) => candidates),
  Techniques: list(({ techniques }) => techniques.attackV18),
  NextSteps: list(({ nextSteps }) => nextSteps),
  Links: list(({ links }) => links),
  EventIds: list(({ events }) => events),
  EventCount: { type: 'int', of: ({ eventCount }) => eventCount },
  Sessions: list(({ sessions }) => sessions),
  ScoredWith: text(({ scoredWith }) => scoredWith),
}

export function rowOf(alert: Alert): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sentinelColumns).map(([name, column]) => [name, column.of(alert)]),
  )
}
