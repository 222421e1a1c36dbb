/**
 * Evaluates files against labels: what the engine is worth on them, next to what one could pick instead.
 *
 * Events are scanned as `perimeter scan` does; competitors take the same events in the same order.
 * Scores that were written before are evaluated as they are, next to the floors alone.
 */
import { SCORED_WITH } from '../alert/raise.ts'
import { EngineError } from '../errors.ts'
import { ablate } from './ablate.ts'
import { type Competitor, constant, randomly, zScore } from './competitors.ts'
import { isolationForest } from './isolation-forest.ts'
import { type Labels, readLabels } from './read-labels.ts'
import { isOfScores, readScores } from './read-scores.ts'
import { countReliability } from './reliability.ts'
import { contenderOf, evaluateAlerts, missedBy, type Report } from './report.ts'
import { type Scan, type ScanOptions, scan } from './scan.ts'
import { type ScoreTable, scoreTable } from './score-table.ts'

export interface EvaluateOptions extends Omit<ScanOptions, 'taken' | 'replay' | 'muted'> {
  /** File with the truth; see readLabels for its forms. */
  readonly labels: string
  /** Whether everything is scored again without each detector: one scan each. @default false */
  readonly isAblating?: boolean | undefined
  /** @default 1 */
  readonly seed?: number | undefined
  /** Told which detector is left out next. */
  readonly ablating?: ((detector: string, nth: number, of: number) => void) | undefined
}

export interface EvaluatedFiles {
  readonly report: Report
  /** What the scan came to; undefined where scores were given. */
  readonly scan: Scan | undefined
}

/**
 * @param paths files of events, or files of scores
 * @throws EngineError as `scan` does; INPUT_UNREADABLE where the labels are none, or label nothing
 */
export async function evaluateFiles(
  paths: readonly string[],
  options: EvaluateOptions,
): Promise<EvaluatedFiles> {
  const labels = await readLabels(options.labels)
  return (await isOfScores(paths[0]!)) // the command asks for one at least
    ? { report: await evaluateScores(paths, labels, options), scan: undefined }
    : evaluateEvents(paths, labels, options)
}

async function evaluateScores(
  paths: readonly string[],
  labels: Labels,
  options: EvaluateOptions,
): Promise<Report> {
  const { seed = 1, labels: file, isAblating, history, isFrozen, scores: onto, alerts } = options
  if (isAblating || isFrozen || history !== undefined || (onto ?? alerts) !== undefined) {
    const message = `${paths[0]} holds scores: history, alerts and ablation need the events themselves.`
    throw new EngineError('INPUT_UNREADABLE', message)
  }
  const table = scoreTable()
  const scores: number[] = []
  await readScores(paths, ({ score, session, ...event }) => {
    table.add({ ...event, session: session ?? labels.sessionOf.get(event.id) })
    scores.push(score)
  })
  const floors = { random: randomly(seed), constant: constant() }
  const nothing = { id: '', time: 0, agent: { id: '' }, action: '', resource: { id: '' } }
  for (const floor of Object.values(floors)) for (const _ of scores) floor.take(nothing)
  const columns: [string, ArrayLike<number>][] = [
    ['scores', scores],
    ...Object.entries(floors).map(([name, floor]): [string, number[]] => [
      name,
      [...floor.scores()],
    ]),
  ]
  return reportOf(paths, file, labels, table, columns, { seed })
}

async function evaluateEvents(
  paths: readonly string[],
  labels: Labels,
  options: EvaluateOptions,
): Promise<EvaluatedFiles> {
  const { seed = 1, isAblating, history = [], isFrozen } = options
  if (isAblating && [...paths, ...history].includes('-')) {
    const message = 'Standard input can be read only once: name a file to score without detectors.'
    throw new EngineError('INPUT_UNREADABLE', message)
  }
  const table = scoreTable()
  const scores: number[] = []
  const competitors: Record<string, Competitor> = {
    'isolation forest': isolationForest(seed),
    'z-score': zScore(),
    random: randomly(seed),
    constant: constant(),
  }
  const reliability = countReliability(new Set(labels.attacks.flatMap(({ events }) => events)))
  const result = await scan(paths, {
    ...options,
    taken(event, verdict, isHistory) {
      for (const name in competitors) competitors[name]!.take(event)
      if (isHistory) return
      const { id, agent, atMs } = event
      table.add({ id, agent: agent.id, time: atMs, session: sessionOf(labels, id, event.session) })
      scores.push(verdict.score)
      reliability.take(event, verdict)
    },
  })
  const columns: [string, ArrayLike<number>][] = [['perimeter', scores]]
  for (const [name, competitor] of Object.entries(competitors)) {
    columns.push([name, [...competitor.scores()].slice(result.historyEvents)])
  }
  const report = reportOf(paths, options.labels, labels, table, columns, {
    seed,
    history,
    isFrozen,
  })
  const { evaluation } = report.contenders[0]!
  const { agentDays, maliciousAgentDays } = evaluation
  return {
    scan: result,
    report: {
      ...report,
      scoredWith: SCORED_WITH,
      alerts: evaluateAlerts(result.alerts, labels.attacks, agentDays - maliciousAgentDays),
      reliability: reliability.result(),
      ablation: isAblating
        ? await ablate(paths, labels, options, evaluation, options.ablating)
        : undefined,
    },
  }
}

const sessionOf = ({ sessionOf: labelled }: Labels, id: string, own: string | undefined) =>
  own ?? labelled.get(id)

function reportOf(
  events: readonly string[],
  labelFile: string,
  labels: Labels,
  table: ScoreTable,
  columns: readonly (readonly [name: string, scores: ArrayLike<number>])[],
  {
    seed,
    history = [],
    isFrozen = false,
  }: Pick<EvaluateOptions, 'history' | 'isFrozen'> & { seed: number },
): Report {
  if (table.length === 0) {
    throw new EngineError(
      'INPUT_UNREADABLE',
      `${events[0]} holds no event that could be evaluated.`,
    )
  }
  const contenders = columns.map(([name, scores]) => contenderOf(name, table, scores, labels, seed))
  const { attacks } = labels
  const [, own] = columns[0]!
  if (contenders[0]!.evaluation.events === 0 || !isAnyLabelled(labels, table)) {
    const message = `${labelFile} labels none of the events: do the two belong together?`
    throw new EngineError('INPUT_UNREADABLE', message)
  }
  return {
    scoredWith: undefined,
    events,
    history,
    labels: labelFile,
    isFrozen,
    seed,
    counts: {
      events: table.length,
      agents: new Set(table.agents).size,
      attacks: attacks.length,
    },
    contenders,
    alerts: undefined,
    reliability: undefined,
    ablation: undefined,
    missed: missedBy(contenders[0]!, table, own, attacks),
  }
}

function isAnyLabelled({ attacks }: Labels, { ids }: ScoreTable): boolean {
  const malicious = new Set(attacks.flatMap(({ events }) => events))
  return ids.some((id) => malicious.has(id))
}
