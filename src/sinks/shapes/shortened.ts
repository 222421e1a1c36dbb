/**
 * An alert that has to fit: some receivers refuse what is longer than they take, or cut it where it
 * hurts. What can be looked up elsewhere goes first; what says who, what and how grave stays.
 */
import type { Alert } from '../../alert/alert.ts'
import { printable } from '../../event/text.ts'

const EVENTS_KEPT = 20
const REASONS_KEPT = 3
const WORDS_KEPT = 120

/** From the one who loses least to the one that is left with the bare facts. */
const STEPS: readonly ((alert: Alert) => Alert)[] = [
  (alert) => alert,
  (alert) => ({ ...alert, reasons: alert.reasons.map((one) => ({ ...one, counterfactuals: [] })) }),
  (alert) => ({ ...alert, links: [], events: alert.events.slice(0, EVENTS_KEPT), sessions: [] }),
  (alert) => ({ ...alert, evidence: alert.evidence.slice(0, 1) }),
  (alert) => ({ ...alert, candidates: [] }),
  (alert) => ({ ...alert, reasons: alert.reasons.slice(0, REASONS_KEPT), evidence: [] }),
  (alert) => ({ ...alert, nextSteps: [], events: alert.events.slice(0, 1) }),
  (alert) => ({ ...alert, reasons: [], title: printable(alert.title, WORDS_KEPT) }),
]

/** Writes the alert with as much of it as fits; with the bare facts even where those are too long. */
export function writtenWithin(
  alert: Alert,
  bytesMax: number,
  write: (alert: Alert) => string,
): string {
  let left = alert
  let text = ''
  for (const step of STEPS) {
    left = step(left)
    text = write(left)
    if (Buffer.byteLength(text) <= bytesMax) break
  }
  return text
}

/** The first of a list whose JSON is no longer than `bytesMax` together. */
export function listWithin<Item>(items: readonly Item[], bytesMax: number): Item[] {
  let sizeBytes = 2
  const fits = items.findIndex((item) => {
    sizeBytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return sizeBytes > bytesMax
  })
  return fits < 0 ? [...items] : items.slice(0, fits)
}
