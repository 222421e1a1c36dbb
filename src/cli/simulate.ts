/** `perimeter simulate`: writes the events of a made-up company's agents, with attacks among them. */
import { type Command, InvalidArgumentError } from 'commander'
import { unwritable } from '../offline/output.ts'
import { type Manifest, writeSimulation } from '../offline/simulate/write.ts'
import { wholeNumber } from './numbers.ts'
import { openProgress } from './progress.ts'
import { count } from './show-alerts.ts'

const DAY_MS = 86_400_000
/** Bounds within which the simulator's plans fit into memory. */
const AGENTS_MAX = 100_000
const DAYS_MAX = 3_650
const ATTACKS_MAX = 10_000

interface Options {
  readonly out: string
  readonly seed: number
  readonly agents: number
  readonly days: number
  readonly attacks: number
  readonly start: string
  readonly gzip: boolean
}

export function simulate(program: Command): void {
  program
    .command('simulate')
    .description('write the events of a made-up company, its registry, and the truth about attacks')
    .requiredOption('--out <folder>', 'where to; what is in the way is overwritten')
    .option('--seed <number>', 'another seed, another company', wholeNumber(0, 2 ** 32), 1)
    .option('--agents <number>', 'agents at the start', wholeNumber(1, AGENTS_MAX), 120)
    .option('--days <number>', 'days', wholeNumber(1, DAYS_MAX), 42)
    .option('--attacks <number>', 'attacks to plan', wholeNumber(0, ATTACKS_MAX), 40)
    .option('--start <date>', 'first day, UTC', date, '2026-02-02')
    .option('--no-gzip', 'do not compress the events')
    .action(run)
}

async function run({ out, ...options }: Options): Promise<void> {
  const startMs = Date.parse(`${options.start}T00:00:00Z`)
  const progress = openProgress('simulating')
  let written: Manifest
  try {
    written = await writeSimulation(out, {
      ...options,
      progress(events, latest) {
        const doneMs = new Date(latest).getTime() - startMs
        progress.update(Math.max(0, doneMs), options.days * DAY_MS, count(events, 'event'))
      },
    })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause
    throw unwritable(out, cause)
  } finally {
    progress.stop()
  }
  const { events, malicious, agents, attacks, oddities } = written
  const facts = [
    count(events, 'event'),
    count(agents, 'agent'),
    `${count(attacks, 'attack')} with ${count(malicious, 'event')}`,
    count(oddities, 'honest oddity', 'honest oddities'),
  ]
  process.stdout.write(`${out}: ${facts.join(' · ')}\n`)
}

function date(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (ms >= Date.UTC(1990, 0, 1) && ms < Date.UTC(2190, 0, 1)) return text
  throw new InvalidArgumentError('Expected a date such as 2026-02-02.')
}
