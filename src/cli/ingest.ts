/** `perimeter ingest`: sends files to a running Perimeter, and what is appended to them. */
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { sendEvents } from '../api/sender.ts'
import { KEY_VARIABLE, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { Format } from '../formats/format.ts'
import { readFrom } from '../offline/follow.ts'
import { Positions } from '../offline/positions.ts'
import type { Reject } from '../offline/read.ts'
import { chosenFormat } from './format.ts'
import { openProgress } from './progress.ts'
import { EXIT_INTERRUPTED, withConfig } from './run.ts'
import { count } from './show-alerts.ts'
import { REJECTS_SHOWN_MAX, tell, tellRejects } from './tell.ts'

/** Within `dataDir`. */
const POSITIONS_FILE = 'ingest-positions.json'

interface Options {
  readonly config?: string
  readonly follow?: boolean
  readonly url?: string
  readonly key?: string
  readonly format: string
  readonly positions?: string
  readonly json?: boolean
}

export function ingest(program: Command): void {
  withConfig(program.command('ingest'))
    .description('send files to a running Perimeter over HTTP, from where they were left')
    .argument('<files...>', 'files of any format, gzip too')
    .option('-f, --follow', 'go on with what is appended to files of lines, through rotation')
    .option('--url <url>', 'where Perimeter listens; without it, where the configuration says')
    .addOption(new Option('--key <key>', 'the API key').env(KEY_VARIABLE))
    .option('--format <name>', 'the format of the files', 'auto')
    .option(
      '--positions <file>',
      'keeps how far each file was sent; without it, in the data folder',
    )
    .option('--json', 'show a summary for machines')
    .action(run)
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const { config } = await readConfig(options.config)
  const { key } = options
  if (key === undefined) {
    throw new EngineError('CONFIG_INVALID', `An API key is needed: --key or ${KEY_VARIABLE}.`)
  }
  const url = options.url ?? `http://${config.http.host}:${config.http.port}`
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new EngineError(
      'CONFIG_INVALID',
      '--url: expected an address that begins http:// or https://.',
    )
  }
  const positions = await Positions.open(options.positions ?? join(config.dataDir, POSITIONS_FILE))
  const stop = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED)
    stop.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const sending = new Sending({
    positions,
    url,
    key,
    format: chosenFormat(options.format, config),
    isFollowing: options.follow === true,
    stop,
  })
  try {
    await sending.send(files)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
  sending.report(options.json === true)
  if (stop.signal.aborted && !options.follow) process.exitCode = EXIT_INTERRUPTED
}

interface SendingParts {
  readonly positions: Positions
  readonly url: string
  readonly key: string
  readonly format: Format | undefined
  readonly isFollowing: boolean
  readonly stop: AbortController
}

/** Files on their way, and what has come of them so far. */
class Sending {
  private readonly parts: SendingParts
  private readonly progress = openProgress('sending')
  private readonly rejects: Reject[] = []
  private accepted = 0
  private skipped = 0
  private rejected = 0
  private delay = ''

  constructor(parts: SendingParts) {
    this.parts = parts
  }

  /** One after the other; those that are followed, all at once. */
  async send(files: readonly string[]): Promise<void> {
    try {
      if (!this.parts.isFollowing) for (const file of files) await this.sendFile(file)
      else await Promise.all(files.map((file) => this.sendFile(file)))
    } catch (error) {
      this.parts.stop.abort() // or the others would go on
      throw error
    } finally {
      this.progress.stop()
    }
  }

  private async sendFile(file: string): Promise<void> {
    const { positions, stop, format, isFollowing, url, key } = this.parts
    const { signal } = stop
    const path = resolve(file)
    const missed = () =>
      tell(`${file} was rotated, and what was left of the old one is not to be found beside it`)
    const from = positions.of(path)
    for await (const stretch of readFrom(path, from, { format, isFollowing, signal, missed })) {
      const delayed = (why: string) => this.tellDelay(why)
      const sent = await sendEvents(stretch.events, { url, key, signal, delayed })
      if (sent === undefined) return // interrupted; the next time goes on from before these
      await positions.keep(path, stretch.position)
      this.delay = ''
      this.accepted += sent.accepted
      this.skipped += stretch.skipped
      this.rejected += stretch.rejects.length + sent.rejected
      const refused = sent.errors.map(({ path: place, message }) => ({
        ...{ file, line: stretch.position.lines, path: place, reason: message },
      }))
      const room = REJECTS_SHOWN_MAX - this.rejects.length
      this.rejects.push(...[...stretch.rejects, ...refused].slice(0, room))
      this.progress.update(0, undefined, count(this.accepted, 'event'))
    }
  }

  /** Once for each reason. */
  private tellDelay(why: string): void {
    if (why !== this.delay) tell(`${why}; it is tried again until it succeeds`)
    this.delay = why
  }

  report(isJson: boolean): void {
    const { accepted, skipped, rejected } = this
    tellRejects(this.rejects, rejected)
    if (isJson) process.stdout.write(`${JSON.stringify({ accepted, skipped, rejected })}\n`)
    else {
      const facts = [
        `${count(accepted, 'event')} sent`,
        `${skipped} skipped`,
        `${rejected} rejected`,
      ]
      process.stdout.write(`${facts.join(' · ')}\n`)
    }
  }
}
