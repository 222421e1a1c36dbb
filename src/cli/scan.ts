/** `perimeter scan`: scores files of events and shows the alerts. Needs neither Redis nor network. */
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { Reject } from '../offline/read.ts'
import { type Scan, scan as scanFiles } from '../offline/scan.ts'
import { severities } from '../scoring/threshold.ts'
import { chosenFormat } from './format.ts'
import { chosenModel, NO_MODEL } from './model.ts'
import { wholeNumber } from './numbers.ts'
import { openProgress, type Progress } from './progress.ts'
import { readRegistry } from './registry.ts'
import { EXIT_INTERRUPTED, withConfig } from './run.ts'
import { count, gravestFirst, oneLine, shownAll } from './show-alerts.ts'
import { percent } from './show-report.ts'
import { REJECTS_SHOWN_MAX, tell, tellRejects } from './tell.ts'

/** Alerts shown, unless told otherwise: about what a person reads before he narrows it down. */
const TOP_DEFAULT = 20
/** Kinds of skipped records shown. */
const SKIPS_SHOWN_MAX = 10

interface Options {
  readonly config?: string
  readonly history?: string[]
  readonly freeze?: boolean
  readonly registry?: string
  /** A folder; false for no model. */
  readonly model?: string | boolean
  readonly format: string
  readonly scores?: string
  readonly alerts?: string
  readonly baselines?: string
  readonly saveBaselines?: string
  readonly top: number
  readonly json?: boolean
}

export function scan(program: Command): void {
  const command = withConfig(program.command('scan'))
  command
    .description('score files of events and show the alerts')
    .argument('[events...]', 'files, gzip too, or - for standard input')
    .option('--history <file...>', 'learn from these first, without alerting')
    .option('--baselines <file>', 'go on with what --save-baselines has written')
    .option('--save-baselines <file>', 'write all that is learned by the end')
    .option('--freeze', 'learn nothing more once the history is learned')
    .option('--registry <file>', 'the agents there ought to be; others are shadow agents')
    .option('--model <folder>', 'the model to score with, in place of the one that is shipped')
    .option('--no-model', 'score without a model')
    .option('--format <name>', 'the format of the events', 'auto')
    .option('--scores <file>', 'write one line per event, with its score')
    .option('--alerts <file>', 'write one line per alert')
    .option('--top <number>', 'show at most so many alerts', wholeNumber(0, 1_000_000), TOP_DEFAULT)
    .option('--json', 'show a summary for machines instead of the alerts')
    .action(async (paths: string[], options: Options) => {
      const hasPast = options.history !== undefined || options.baselines !== undefined
      if (options.freeze && !hasPast) {
        const why = 'without one nothing would ever be learned'
        command.error(`error: --freeze needs --history or --baselines: ${why}`)
      }
      if (paths.length === 0 && !(options.history && options.saveBaselines)) {
        command.error("error: missing required argument 'events'")
      }
      await run(paths, options)
    })
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const { config } = await readConfig(options.config)
  const file = options.registry ?? config.registry
  const known = file === undefined ? undefined : await readRegistry(file)
  for (const { entry, path, reason } of known?.rejects.slice(0, REJECTS_SHOWN_MAX) ?? []) {
    tell(`${file}: entry ${entry} is left out: ${path}: ${reason}`)
  }
  const model = await chosenModel(modelFolder(options) ?? config.model)
  const interrupt = new AbortController()
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(EXIT_INTERRUPTED)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const rejects: Reject[] = []
  const progress = phases()
  const startMs = performance.now()
  let result: Scan
  try {
    result = await scanFiles(paths, {
      threshold: config.threshold,
      partitions: config.stream.partitions,
      registry: known?.registry,
      model,
      history: options.history,
      baselines: options.baselines,
      saveBaselines: options.saveBaselines,
      isFrozen: options.freeze,
      format: chosenFormat(options.format, config),
      scores: options.scores,
      alerts: options.alerts,
      signal: interrupt.signal,
      progress({ isHistory, events, bytesRead, totalBytes }) {
        progress.at(isHistory).update(bytesRead, totalBytes, count(events, 'event'))
      },
      rejected(reject) {
        if (rejects.length < REJECTS_SHOWN_MAX) rejects.push(reject)
      },
    })
  } finally {
    progress.stop()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
  const seconds = (performance.now() - startMs) / 1_000
  tellRejects(rejects, result.rejected)
  tellSkips(result)
  if (result.rejected > 0 && result.events + result.historyEvents === 0) {
    const records = count(result.rejected, 'record')
    throw new EngineError('INPUT_UNREADABLE', `Nothing can be used: ${records} rejected.`)
  }
  for (const [tenant, { holds, met, promised }] of result.validity) {
    if (holds !== false) continue
    const shares = `${percent(met)} of its agent-days are as odd as ${percent(promised)} ought to be`
    tell(`tenant ${oneLine(tenant)}: the alert budget does not hold of late: ${shares}`)
  }
  process.stdout.write(options.json ? summaryOf(result, seconds) : pageOf(result, options, seconds))
  if (!result.isPartial) return
  tell('interrupted; this is what had been read until then')
  process.stdin.destroy() // it may never end
  process.exitCode = EXIT_INTERRUPTED
}

function modelFolder({ model }: Options): string | undefined {
  if (model === false) return NO_MODEL
  return typeof model === 'string' ? model : undefined
}

/** One bar for the history, then one for the events. */
function phases(): { at(isHistory: boolean): Progress; stop(): void } {
  let phase: boolean | undefined
  let current: Progress | undefined
  return {
    at(isHistory) {
      if (current !== undefined && isHistory === phase) return current
      current?.stop()
      phase = isHistory
      current = openProgress(isHistory ? 'learning' : 'scanning')
      return current
    },
    stop: () => current?.stop(),
  }
}

function tellSkips({ skips }: Scan): void {
  const ordered = [...skips].sort(([, a], [, b]) => b - a)
  for (const [reason, skipped] of ordered.slice(0, SKIPS_SHOWN_MAX)) {
    tell(`${count(skipped, 'record')} skipped: ${oneLine(reason)}`)
  }
  const rest = ordered.slice(SKIPS_SHOWN_MAX).reduce((sum, [, skipped]) => sum + skipped, 0)
  if (rest > 0) tell(`${count(rest, 'record')} skipped for other reasons`)
}

function summaryOf(result: Scan, seconds: number): string {
  const bySeverity = Object.fromEntries(
    severities.map((grade) => [
      grade,
      result.alerts.filter(({ severity }) => severity === grade).length,
    ]),
  )
  const { events, historyEvents, agents, duplicates, rejected, skips, isPartial } = result
  const summary = {
    events,
    historyEvents,
    agents,
    alerts: { total: result.alerts.length, ...bySeverity },
    rejected,
    skipped: Object.fromEntries(skips),
    duplicates,
    changes: result.changes,
    validity: Object.fromEntries(result.validity),
    isPartial,
    seconds: Math.round(seconds * 1_000) / 1_000,
  }
  return `${JSON.stringify(summary, null, 2)}\n`
}

function pageOf(result: Scan, { top, alerts: file }: Options, seconds: number): string {
  const { alerts, events, historyEvents, agents, rejected, duplicates } = result
  const lines = shownAll(gravestFirst(alerts).slice(0, top), alerts)
  if (alerts.length > top) {
    const where = file === undefined ? '--alerts FILE writes all' : `all are in ${oneLine(file)}`
    lines.push(`and ${(alerts.length - top).toLocaleString('en')} more; ${where}`)
  }
  const facts = [
    count(alerts.length, 'alert'),
    count(events, 'event'),
    ...(historyEvents > 0 ? [`${historyEvents.toLocaleString('en')} of history`] : []),
    count(agents, 'agent'),
    ...told(result.changes, 'release', 'new release'),
    ...told(result.changes, 'prompt', 'new prompt'),
    ...told(result.changes, 'tool', 'new tool'),
    ...(rejected > 0 ? [`${rejected.toLocaleString('en')} rejected`] : []),
    ...(duplicates > 0 ? [`${duplicates.toLocaleString('en')} seen before`] : []),
    `${seconds.toFixed(1)} s`,
  ]
  return `${[...lines, facts.join(' · ')].join('\n')}\n`
}

/** How many changes are of a kind, where there are any. */
function told(
  changes: Scan['changes'],
  kind: 'release' | 'prompt' | 'tool',
  name: string,
): string[] {
  const its = changes.filter((change) => change[kind] !== undefined)
  return its.length > 0 ? [count(its.length, name)] : []
}
