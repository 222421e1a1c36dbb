/**
 * Threshold: what counts as an alert, in the analyst's own unit: false alarms he can afford.
 *
 * A verdict is as remarkable as the share of agent-days that hold nothing like it. The budget is the
 * number of agent-days in a thousand that may be alerted on though nothing was wrong; severity says
 * how far inside the budget a verdict lies.
 */
import { z } from 'zod'
import type { Judgement } from './score.ts'

/** Grades of an alert, mildest first. */
export const severities = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

export const thresholdSchema = z.strictObject({
  /**
   * Agent-days in a thousand that may be alerted on though nothing was wrong. 0.01 to 1000. An upper
   * bound: far tails are estimated with caution, and fewer come. More finds subtler incidents and
   * costs the analyst's time.
   */
  falseAgentDaysPerThousand: z.number().min(0.01).max(1000).default(20),
})
export type Threshold = z.infer<typeof thresholdSchema>

/** What the event's own p adds: it tells apart the events that leave the evidence as it was. */
const EVENT_SHARE = 0.01
/** Evidence at which a score reaches 50, in nats: so much lies behind most alerts. */
const HALF_SCORE_NATS = 7

/** A score from 0 to 100 that never saturates, so that the strangest stay apart. */
export function scoreOf({ evidence, p }: Pick<Judgement, 'evidence' | 'p'>): number {
  const nats = evidence - EVENT_SHARE * Math.log(p)
  return (100 * nats) / (nats + HALF_SCORE_NATS)
}

export function isAlert({ falseAgentDaysPerThousand }: Threshold, dayTail: number): boolean {
  return dayTail * 1000 <= falseAgentDaysPerThousand
}

/**
 * How far inside the budget each grade begins, as a part of it. Of 489 cases in five simulated tenants
 * no honest one came as far as critical, and 3 % as far as high; of the attacks 50 % came that far.
 */
const GRADES = [
  { severity: 'critical', part: 0.05 },
  { severity: 'high', part: 0.15 },
  { severity: 'medium', part: 0.4 },
] as const

export function severityOf(threshold: Threshold, dayTail: number): Severity {
  const part = (dayTail * 1000) / threshold.falseAgentDaysPerThousand
  return GRADES.find((grade) => part <= grade.part)?.severity ?? 'low'
}
