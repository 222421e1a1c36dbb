/** `perimeter agents`: which agents there are, how far each is known, and which there ought to be. */
import { type Command, Option } from 'commander'
import type { Registry } from '../agent/registry.ts'
import { type Overview, overviewOf, type Watch } from '../alert/overview.ts'
import { type Config, readConfig } from '../config.ts'
import { duration } from '../detectors/words.ts'
import { importAgents } from './import-agents.ts'
import { openKnownAgents } from './known-agents.ts'
import { wholeNumber } from './numbers.ts'
import { readRegistry } from './registry.ts'
import { withConfig } from './run.ts'
import { count } from './show-alerts.ts'
import { table } from './table.ts'

const TOP_DEFAULT = 100
const WATCHES: readonly Watch[] = ['learning', 'by peers', 'watched']
/** By what agents can be put in order. */
const ORDERS: Readonly<Record<string, (a: Overview, b: Overview) => number>> = {
  agent: (a, b) => (a.agent < b.agent ? -1 : 1),
  events: (a, b) => b.events - a.events,
  first: (a, b) => b.firstMs - a.firstMs,
  last: (a, b) => b.lastMs - a.lastMs,
  left: (a, b) => b.eventsLeft - a.eventsLeft || b.daysLeft - a.daysLeft,
}

interface Options {
  readonly config?: string
  readonly baselines?: string
  readonly registry?: string
  readonly tenant?: string
  readonly blueprint?: string
  readonly watch?: Watch
  readonly shadow?: boolean
  readonly overdue?: boolean
  readonly sort: string
  readonly top: number
  readonly json?: boolean
}

export function agents(program: Command): void {
  const command = program
    .command('agents')
    .description('show the agents that are known, and import those there ought to be')
  withConfig(command.command('list'))
    .description('list them: kind, events, since when, and whether they are still being learned')
    .option('--baselines <file>', 'those of a file of scan --save-baselines, not of the live store')
    .option('--registry <file>', 'the agents there ought to be; others are shadow agents')
    .option('--tenant <name>', 'only those of this tenant')
    .option('--blueprint <name>', 'only those of this kind')
    .addOption(new Option('--watch <how>', 'only those watched so').choices([...WATCHES]))
    .option('--shadow', 'only those that the registry does not have')
    .option('--overdue', 'only those that are silent while they are usually active')
    .addOption(
      new Option('--sort <by>', 'in which order').choices(Object.keys(ORDERS)).default('agent'),
    )
    .option('--top <number>', 'show at most so many', wholeNumber(0, 1_000_000), TOP_DEFAULT)
    .option('--json', 'show all of them for machines')
    .action(list)
  importAgents(command)
}

async function list(options: Options): Promise<void> {
  const { config } = await readConfig(options.config)
  const registry = await registryOf(config, options)
  const known = await openKnownAgents(config, options.baselines)
  const found: Overview[] = []
  try {
    const knowledge = await known.knowledge()
    for await (const { key, state } of known.all()) {
      const overview = overviewOf(key, state, knowledge, registry)
      if (isAsked(overview, options)) found.push(overview)
    }
  } finally {
    await known.close()
  }
  found.sort(ORDERS[options.sort])
  process.stdout.write(options.json ? jsonOf(found) : pageOf(found, options.top))
}

async function registryOf(config: Config, options: Options): Promise<Registry | undefined> {
  const file = options.registry ?? config.registry
  return file === undefined ? undefined : (await readRegistry(file)).registry
}

function isAsked(agent: Overview, { tenant, blueprint, watch, shadow, overdue }: Options): boolean {
  return (
    (tenant === undefined || agent.tenant === tenant) &&
    (blueprint === undefined || agent.blueprint === blueprint) &&
    (watch === undefined || agent.watch === watch) &&
    (!shadow || agent.standing === 'shadow') &&
    (!overdue || agent.overdue !== undefined)
  )
}

function jsonOf(found: readonly Overview[]): string {
  const dated = found.map(({ firstMs, lastMs, ...rest }) => ({
    ...rest,
    first: new Date(firstMs).toISOString(),
    last: new Date(lastMs).toISOString(),
  }))
  return `${JSON.stringify(dated, null, 2)}\n`
}

function pageOf(found: readonly Overview[], top: number): string {
  const rows = found
    .slice(0, top)
    .map((agent) => [
      agent.agent,
      agent.blueprint ?? '',
      agent.events.toLocaleString('en'),
      day(agent.firstMs),
      day(agent.lastMs),
      agent.watch,
      left(agent),
      agent.standing ?? '',
      missed(agent),
    ])
  const head = [
    'agent',
    'blueprint',
    'events',
    'first',
    'last',
    'watched',
    'still',
    'standing',
    'overdue',
  ]
  const learning = found.filter(({ watch }) => watch === 'learning').length
  const more =
    found.length > top ? [`and ${count(found.length - top, 'more agent')}; --top shows more`] : []
  const sum = `${count(found.length, 'agent')} · ${learning} still learned`
  return `${[...(found.length > 0 ? table(head, rows) : []), ...more, sum].join('\n')}\n`
}

/** What learning still takes; nothing where it is over. */
function left({ watch, eventsLeft, daysLeft }: Overview): string {
  if (watch === 'watched') return ''
  const days = daysLeft > 0 ? [count(Math.ceil(daysLeft), 'day')] : []
  const events = eventsLeft > 0 ? [count(eventsLeft, 'event')] : []
  return [...days, ...events].join(', ')
}

/** What a silent agent has missed; nothing where it is not overdue. */
function missed({ overdue }: Overview): string {
  if (overdue === undefined) return ''
  const { silentHours, missedHours, missedHoursMax } = overdue
  const hours = count(Math.round(missedHours), 'usual hour')
  return `${hours} missed in ${duration(silentHours)}, at most ${Math.round(missedHoursMax)} so far`
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
