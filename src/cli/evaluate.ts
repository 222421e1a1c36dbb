/** `perimeter evaluate`: what scores are worth on labelled data, next to what one could pick instead. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { type EvaluatedFiles, evaluateFiles } from '../offline/evaluate-files.ts'
import { unwritable } from '../offline/output.ts'
import type { Reject } from '../offline/read.ts'
import { chosenFormat } from './format.ts'
import { chosenModel } from './model.ts'
import { wholeNumber } from './numbers.ts'
import { openProgress } from './progress.ts'
import { readRegistry } from './registry.ts'
import { withConfig } from './run.ts'
import { count } from './show-alerts.ts'
import { shownReport } from './show-report.ts'
import { REJECTS_SHOWN_MAX, tellRejects } from './tell.ts'

interface Options {
  readonly config?: string
  readonly labels: string
  readonly registry?: string
  readonly history?: string[]
  readonly freeze?: boolean
  readonly format: string
  readonly alerts?: string
  readonly scores?: string
  readonly ablate?: boolean
  readonly seed: number
  readonly out?: string
  readonly json?: boolean
}

export function evaluate(program: Command): void {
  const command = withConfig(program.command('evaluate'))
  command
    .description('say what scores are worth on labelled events, and what each detector adds')
    .argument('<files...>', 'events, or scores that scan wrote; gzip too')
    .requiredOption('--labels <file>', 'what is malicious: attacks, events or sessions, one a line')
    .option('--registry <file>', 'the agents there ought to be; others are shadow agents')
    .option('--history <file...>', 'learn from these first; they are not evaluated')
    .option('--freeze', 'learn nothing more once the history is learned')
    .option('--format <name>', 'the format of the events', 'auto')
    .option('--scores <file>', 'write one line per event, with its score')
    .option('--alerts <file>', 'write one line per alert')
    .option('--ablate', 'score everything again without each detector: takes a scan each')
    .option('--seed <number>', 'seed of intervals and chance', wholeNumber(0, 2 ** 32), 1)
    .option('--out <folder>', 'write report.json and report.html into it')
    .option('--json', 'print the report for machines')
    .action(async (paths: string[], options: Options) => {
      if (options.freeze && options.history === undefined) {
        command.error('error: --freeze needs --history: without one nothing would ever be learned')
      }
      await run(paths, options)
    })
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  if (options.out !== undefined) await makeFolder(options.out)
  const { report } = await withProgress(paths, options)
  if (options.out !== undefined) {
    // Loaded only here: what draws the plots is larger than all else the command needs.
    const { reportPage } = await import('../offline/report-page.ts')
    await write(join(options.out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`)
    await write(join(options.out, 'report.html'), reportPage(report))
  }
  const text = options.json ? `${JSON.stringify(report)}\n` : shownReport(report)
  process.stdout.write(text)
}

async function withProgress(paths: readonly string[], options: Options): Promise<EvaluatedFiles> {
  const { config } = await readConfig(options.config)
  const file = options.registry ?? config.registry
  const known = file === undefined ? undefined : await readRegistry(file)
  const model = await chosenModel(config.model)
  const rejects: Reject[] = []
  let progress = openProgress('evaluating')
  try {
    const evaluated = await evaluateFiles(paths, {
      threshold: config.threshold,
      partitions: config.stream.partitions,
      registry: known?.registry,
      model,
      labels: options.labels,
      history: options.history,
      isFrozen: options.freeze,
      format: chosenFormat(options.format, config),
      scores: options.scores,
      alerts: options.alerts,
      isAblating: options.ablate,
      seed: options.seed,
      progress: ({ events, bytesRead, totalBytes }) =>
        progress.update(bytesRead, totalBytes, count(events, 'event')),
      ablating(detector, nth, of) {
        if (nth === 0) {
          progress.stop()
          progress = openProgress('ablating', { isToldPlainly: true })
        }
        progress.update(nth, of, detector)
      },
      rejected(reject) {
        if (rejects.length < REJECTS_SHOWN_MAX) rejects.push(reject)
      },
    })
    tellRejects(rejects, evaluated.scan?.rejected ?? 0)
    return evaluated
  } finally {
    progress.stop()
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw unwritable(folder, cause)
  })
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: Error) => {
    throw unwritable(path, cause)
  })
}
