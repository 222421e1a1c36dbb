/** What the commands that run until they are told to stop have in common. */
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { type DestinationStream, type Logger, pino } from 'pino'
import { type Config, readConfig } from '../config.ts'
import { type LocalKey, localKey } from './local-key.ts'
import { loggedError } from './logged-error.ts'
import type { Pipeline, PipelineOptions } from './pipeline.ts'

const STDERR = 2
/** What a shell answers for a process that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130

/** What is closed and still open after so long is left behind. */
const LINGER_MS = 1_000

export interface RunOptions {
  readonly config?: string
  /** Makes a new local key in place of the one there is. */
  readonly newKey?: boolean
}

/** Adds the options that all of them know. */
export function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'read the configuration from this file')
}

/** Adds who wants a change, and why: both are kept in the audit. */
export function withReason(command: Command): Command {
  return command
    .option('--by <name>', 'who wants it, for the audit', thisUser())
    .requiredOption('--why <text>', 'why, for the audit')
}

/** Their name, or their number: a container may run as somebody whom no file names. */
function thisUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

export function withNewKey(command: Command): Command {
  return command.option('--new-key', 'make a new local API key in place of the one there is')
}

/** Runs a pipeline until SIGINT or SIGTERM; a second one ends the process at once. */
export async function runPipeline(
  { config: file, newKey }: RunOptions,
  parts: Pick<PipelineOptions, 'ingest' | 'work'>,
): Promise<void> {
  const { config, strays } = await readConfig(file)
  const log = openLog(config)
  for (const name of strays) log.warn({ variable: name }, 'no option is named by this variable')
  const isKeyless = parts.ingest !== false && config.http.keys.length === 0
  const key = isKeyless ? await localKey(config.dataDir, newKey) : undefined
  const stopped = untilSignal()
  // Loaded only here: server and queues are most of the program, and other commands need neither.
  const [{ startPipeline }, { exportTraces }] = await Promise.all([
    import('./pipeline.ts'),
    import('../runtime/trace-export.ts'),
  ])
  const endTraces = await exportTraces(config.tracing, log)
  try {
    const pipeline = await startPipeline(config, { ...parts, log, keys: key ? [key.config] : [] })
    tell(pipeline, key)
    const ended = await Promise.race([stopped, pipeline.failed])
    if (ended === undefined) log.info('stopping; a second signal ends the process at once')
    await pipeline.stop()
    if (ended !== undefined) throw ended
  } finally {
    await endTraces()
    // A connection that BullMQ had begun to open while Redis was away may go on trying for good.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
  log.info('stopped')
}

export function openLog({ log: { level } }: Config, to?: DestinationStream): Logger {
  const serializers = { err: (error: unknown) => loggedError(error) }
  return pino(
    { level, base: {}, serializers },
    to ?? pino.destination({ dest: STDERR, sync: true }),
  )
}

/** What a person wants to see once everything is up. */
function tell({ url, redis }: Pipeline, key: LocalKey | undefined): void {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  say(`Perimeter is up. Redis: ${redis}${url === undefined ? '' : `; HTTP: ${url}`}`)
  if (url === undefined || key === undefined) return
  if (key.created === undefined) {
    say(`It takes the API key it showed at the first start; --new-key makes another.`)
    return
  }
  say(`API key, shown this once: ${key.created}`)
  say(`Send events:  curl -H "Authorization: Bearer ${key.created}" \\`)
  say(`                --data-binary @events.ndjson ${url}/v1/events`)
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = () => {
      if (isStopping) process.exit(EXIT_INTERRUPTED)
      isStopping = true
      resolve(undefined)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
