/** `perimeter top`: what the live pipeline is doing, again and again, read from Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Status } from '../runtime/status.ts'
import { wholeNumber } from './numbers.ts'
import { openStore } from './open-store.ts'
import { openLog, untilSignal, withConfig } from './run.ts'
import { statusLines } from './show-status.ts'

const INTERVAL_S_DEFAULT = 2
const ALERTS_DEFAULT = 5
const ALERTS_MAX = 1_000
/** What a terminal is told: another page, no cursor; the first place; clear to the end; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_REST = '\x1b[J'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const CTRL_C = '\x03'

interface Options {
  readonly config?: string
  readonly once?: boolean
  readonly json?: boolean
  readonly interval: number
  readonly alerts: number
}

export function top(program: Command): void {
  withConfig(program.command('top'))
    .description('show partitions, workers, rates, sinks and the latest alerts, refreshed')
    .option('--once', 'show it once and end')
    .option('--json', 'for machines, one object a line')
    .option('--interval <seconds>', 'between two looks', wholeNumber(1, 3_600), INTERVAL_S_DEFAULT)
    .option('--alerts <number>', 'alerts to show', wholeNumber(0, ALERTS_MAX), ALERTS_DEFAULT)
    .action(run)
}

async function run(options: Options): Promise<void> {
  const { config } = await readConfig(options.config)
  const opened = await openStore(config, openLog({ ...config, log: { level: 'error' } }))
  try {
    const { statusOf } = await import('../runtime/status.ts')
    const sinks = config.sinks.map(({ name }) => name)
    // None asked for is one too few for Redis, which takes none as all.
    const read = async () => {
      const status = await statusOf(opened.store, sinks, Math.max(1, options.alerts))
      return { ...status, alerts: status.alerts.slice(0, options.alerts) }
    }
    if (options.once) show(await read(), undefined, options)
    else await watch(read, options)
  } finally {
    await opened.close()
  }
}

/** Until q, Ctrl-C or a signal. Redis that does not answer is told of, and asked again. */
async function watch(read: () => Promise<Status>, options: Options): Promise<void> {
  const isScreen = process.stdout.isTTY === true && !options.json
  const ended = new AbortController()
  const end = () => ended.abort()
  untilSignal().then(end)
  process.stdout.on('close', end)
  const keys = isScreen && process.stdin.isTTY ? process.stdin : undefined
  keys?.setRawMode(true)
  keys?.on('data', (key) => {
    if (['q', CTRL_C].includes(String(key))) end()
  })
  if (isScreen) process.stdout.write(ENTER)
  let before: Status | undefined
  try {
    while (!ended.signal.aborted) {
      try {
        const status = await read()
        if (isScreen) draw(statusLines(status, before))
        else show(status, before, options)
        before = status
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        if (isScreen) draw([`! Redis does not answer: ${why}`])
        else process.stderr.write(`perimeter: Redis does not answer: ${why}\n`)
      }
      const { signal } = ended
      await sleep(options.interval * 1_000, undefined, { signal }).catch(() => {})
    }
  } finally {
    keys?.setRawMode(false)
    keys?.pause()
    if (isScreen) process.stdout.write(LEAVE)
  }
}

function show(status: Status, before: Status | undefined, { json }: Options): void {
  const text = json ? JSON.stringify(status) : `${statusLines(status, before).join('\n')}\n`
  process.stdout.write(`${text}\n`)
}

/** Over what was there, so that nothing flickers; what the window has no room for is left out. */
function draw(lines: readonly string[]): void {
  const { rows = 24, columns = 80 } = process.stdout
  const seen = lines.slice(0, rows - 1).map((line) => line.slice(0, columns) + CLEAR_LINE)
  process.stdout.write(`${HOME}${seen.join('\n')}\n${CLEAR_REST}`)
}
