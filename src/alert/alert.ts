/** An alert: what is sent when an agent's anomalous events have been gathered into one case. */
import type { Severity } from '../scoring/threshold.ts'

/** One reason for an alert, as an analyst reads it. */
export interface Reason {
  /** The name of the detector that found it. */
  readonly detector: string
  /** What an analyst would call it, after "the agent": 'worked outside its hours'. */
  readonly title: string
  readonly expected: string
  readonly seen: string
  /** Calibrated P(something at least this unusual | usual behaviour), in (0, 1]. */
  readonly p: number
  /** The event that showed it most strongly. */
  readonly event: string
}

export interface Alert {
  /** Stable over all revisions; the key by which a receiver knows it again. */
  readonly id: string
  /** 1 when it is first sent; one more each time the case has grown and is sent again. */
  readonly revision: number
  readonly tenant: string
  readonly agent: {
    readonly id: string
    readonly name?: string | undefined
    readonly blueprint?: string | undefined
    readonly sponsor?: string | undefined
  }
  /** RFC 3339, UTC: when the first anomalous event happened. */
  readonly time: string
  /** RFC 3339, UTC: when the latest anomalous event happened. */
  readonly lastTime: string
  /** The highest score in the case, 0 to 100. */
  readonly score: number
  readonly severity: Severity
  readonly title: string
  /** Strongest first. */
  readonly reasons: readonly Reason[]
  /** Ids of the anomalous events, in order; at most `EVENTS_MAX` of them, the first and the latest. */
  readonly events: readonly string[]
  /** How many anomalous events there were, listed or not. */
  readonly eventCount: number
  /** Sessions the events belong to; at most a few. */
  readonly sessions: readonly string[]
  /** The versions the score was made with. */
  readonly scoredWith: string
}
