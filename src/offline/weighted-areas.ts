/** Weighted areas: average precision and area under the ROC curve where each cluster counts so often. */
import type { Gathered, Span } from './gather-scores.ts'

/** Scores in falling order, with the cluster each is drawn with; malicious ones as −1 − cluster. */
export interface Ranked {
  readonly scores: Float64Array
  readonly clusters: Int32Array
}

export function rankEvents({ honest, honestAgents, malicious }: Gathered): Ranked {
  const scores = new Float64Array(honest.length + malicious.length)
  const clusters = new Int32Array(scores.length)
  scores.set(honest)
  clusters.set(honestAgents)
  malicious.forEach(({ score, attacks }, at) => {
    scores[honest.length + at] = score
    clusters[honest.length + at] = -1 - attacks[0]!
  })
  return ranked(scores, clusters)
}

export function rankSpans(spans: readonly Span[]): Ranked {
  return ranked(
    Float64Array.from(spans, ({ max }) => max),
    Int32Array.from(spans, ({ agent, isMalicious }) => (isMalicious ? -1 - agent : agent)),
  )
}

function ranked(scores: Float64Array, clusters: Int32Array): Ranked {
  const order = Uint32Array.from(scores, (_, at) => at).sort((a, b) => scores[b]! - scores[a]!)
  return {
    scores: Float64Array.from(order, (at) => scores[at]!),
    clusters: Int32Array.from(order, (at) => clusters[at]!),
  }
}

/** Average precision and area under the ROC curve of one draw; a tie counts half in the area. */
export function weightedAreas(
  { scores, clusters }: Ranked,
  honestWeights: Int32Array,
  maliciousWeights: Int32Array,
  unscored: number,
): { precision: number; area: number } {
  let honest = 0
  let malicious = 0
  let precision = 0
  let losses = 0 // pairs in which the honest one scores higher
  for (let at = 0; at < scores.length; ) {
    const score = scores[at]!
    let honestHere = 0
    let maliciousHere = 0
    for (; at < scores.length && scores[at] === score; at++) {
      const cluster = clusters[at]!
      if (cluster >= 0) honestHere += honestWeights[cluster]!
      else maliciousHere += maliciousWeights[-1 - cluster]!
    }
    losses += maliciousHere * (honest + honestHere / 2)
    honest += honestHere
    malicious += maliciousHere
    if (maliciousHere > 0) precision += (maliciousHere * malicious) / (malicious + honest)
  }
  return { precision: precision / (malicious + unscored), area: 1 - losses / (honest * malicious) }
}
