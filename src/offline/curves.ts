/** Curves: precision over recall and the ROC of events, as few points as a plot can show. */
import type { Gathered } from './gather-scores.ts'

export type Point = readonly [x: number, y: number]

export interface Curves {
  /** Recall, precision; from the highest score to the lowest of a malicious event. */
  readonly precisionRecall: readonly Point[]
  /** Share of honest events, share of malicious events at or above a score. */
  readonly roc: readonly Point[]
}

/** More could not be told apart on a screen. */
const POINTS_MAX = 240

export function curvesOf({ honest, malicious, unscored }: Gathered): Curves {
  const falls = honest.slice().sort().reverse()
  const scores = Float64Array.from(malicious, ({ score }) => score)
    .sort()
    .reverse()
  const all = scores.length + unscored
  const precisionRecall: Point[] = []
  const roc: Point[] = [[0, 0]]
  let alarms = 0
  scores.forEach((score, at) => {
    if (scores[at + 1] === score) return
    while (alarms < falls.length && falls[alarms]! >= score) alarms++
    const taken = at + 1
    precisionRecall.push([taken / all, taken / (taken + alarms)])
    roc.push([alarms / falls.length, taken / all])
  })
  roc.push([1, 1])
  return { precisionRecall: thinned(precisionRecall), roc: thinned(roc) }
}

/** Evenly, with both ends. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= POINTS_MAX) return [...points]
  const step = (points.length - 1) / (POINTS_MAX - 1)
  return Array.from({ length: POINTS_MAX }, (_, n) => points[Math.round(n * step)]!)
}
