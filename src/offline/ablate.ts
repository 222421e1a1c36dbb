/** Ablation: everything is scored again without each detector, to see what is lost with it. */
import { detectors } from '../detectors/index.ts'
import { type Evaluation, evaluateGathered } from './evaluate.ts'
import { gatherScores } from './gather-scores.ts'
import type { Labels } from './read-labels.ts'
import { type Ablation, REPORT_BUDGETS } from './report.ts'
import { type ScanOptions, scan } from './scan.ts'
import { scoreTable } from './score-table.ts'

/**
 * One scan for each detector: calibration and fusion learn anew without it, and nothing is taken from
 * the scores that were made with it.
 *
 * @param whole what all of them together are worth on the same files
 */
export async function ablate(
  paths: readonly string[],
  { attacks, sessions, sessionOf }: Labels,
  options: ScanOptions,
  whole: Evaluation,
  before: (detector: string, nth: number, of: number) => void = () => {},
): Promise<Ablation[]> {
  const { threshold, partitions, registry, history, isFrozen, format, signal } = options
  const ablations: Ablation[] = []
  for (const [nth, { name: detector }] of detectors.entries()) {
    if (signal?.aborted) break
    before(detector, nth, detectors.length)
    const table = scoreTable()
    const scores: number[] = []
    await scan(paths, {
      ...{ threshold, partitions, registry, history, isFrozen, format, signal },
      muted: new Set([detector]),
      taken({ id, agent, atMs, session }, verdict, isHistory) {
        if (isHistory) return
        table.add({ id, agent: agent.id, time: atMs, session: session ?? sessionOf.get(id) })
        scores.push(verdict.score)
      },
    })
    const gathered = gatherScores(table.scoredBy(scores), attacks, sessions)
    const evaluation = evaluateGathered(gathered, attacks, REPORT_BUDGETS)
    const { budgets, averagePrecision, rocAuc } = evaluation
    const missed = missedIn(evaluation)
    const missedWith = missedIn(whole)
    ablations.push({
      detector,
      found: budgets.map(({ found }) => found),
      averagePrecision,
      rocAuc,
      lost: missed.filter((incident) => !missedWith.includes(incident)),
      gained: missedWith.filter((incident) => !missed.includes(incident)),
    })
  }
  return ablations
}

const missedIn = ({ budgets: [first] }: Evaluation): string[] =>
  (first?.findings ?? [])
    .filter(({ timeToDetectMs }) => timeToDetectMs === undefined)
    .map(({ incident }) => incident)
