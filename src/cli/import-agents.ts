/** `perimeter agents import`: takes an inventory of agents into the registry, and says what it changed. */
import { type Command, InvalidArgumentError } from 'commander'
import { importFields } from '../agent/agent-columns.ts'
import { type MergedRegistry, mergeRegistry } from '../agent/merge-registry.ts'
import { type Config, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { type Inventory, readInventory } from '../offline/read-inventory.ts'
import { readWrittenRegistry, writeRegistry } from './registry.ts'
import { withConfig } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { REJECTS_SHOWN_MAX, tell, tellRejects } from './tell.ts'

/** Agents named one by one; a first import has thousands. */
const NAMED_MAX = 20

interface Options {
  readonly config?: string
  readonly registry?: string
  readonly source?: string
  readonly field?: ReadonlyMap<string, string>
  readonly all?: boolean
  readonly partial?: boolean
  readonly prune?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function importAgents(command: Command): void {
  withConfig(command.command('import'))
    .description('take an inventory of agents into the registry: Graph pages, CSV or JSON')
    .argument('<places...>', 'files, - for standard input, or addresses of Microsoft Graph')
    .option('--registry <file>', "the registry to change, in place of the configuration's")
    .option('--source <name>', 'the inventory it is, whose agents may be gone')
    .option('--field <name=column>', `where a field stands: ${importFields.join(', ')}`, fieldNamed)
    .option('--all', 'take every service principal for an agent')
    .option('--partial', 'it is not all there is: whoever is not in it is not gone')
    .option('--prune', 'take out agents that are gone, in place of marking them')
    .option('--dry-run', 'change nothing, and say what would be changed')
    .option('--json', 'say it for machines')
    .action(run)
}

async function run(places: readonly string[], options: Options): Promise<void> {
  const { config } = await readConfig(options.config)
  const file = registryFile(options, config)
  const { text, agents: before } = await readWrittenRegistry(file)
  const inventory = await readInventory(places, {
    graph: config.graph,
    named: options.field ?? new Map(),
    isAll: options.all === true,
  })
  const { rejects } = inventory
  tellRejects(rejects.slice(0, REJECTS_SHOWN_MAX), rejects.length)
  if (inventory.agents.length === 0) {
    throw new EngineError('REGISTRY_INVALID', `${places.join(', ')}: no agent is in it.`)
  }
  if (inventory.gap !== undefined) tell(`no agent counts as gone: ${inventory.gap}`)
  if (inventory.unnamed.length > 0) tell(unnamed(inventory.unnamed))
  const source = options.source ?? sourceOf(inventory)
  const merged = mergeRegistry(
    before,
    { ...inventory, source, isWhole: inventory.gap === undefined && options.partial !== true },
    { isPruning: options.prune },
  )
  const isChanged = merged.added.length + merged.changed.length + merged.gone.length > 0
  const isWritten = isChanged && options.dryRun !== true
  if (isWritten) await writeRegistry(file, merged.agents, text)
  const said = { ...merged, agents: merged.agents.length, others: inventory.others }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ registry: file, isWritten, ...said, rejects })}\n`)
  } else process.stdout.write(pageOf(file, merged, inventory, isWritten, options))
}

function registryFile({ registry: named }: Options, { registry }: Config): string {
  const file = named ?? registry
  if (file !== undefined) return file
  const message =
    'No registry is configured: expected --registry, or registry in the configuration.'
  throw new EngineError('CONFIG_INVALID', message)
}

/** What came in one kind is known by it; of a mixture nobody could tell later which it was. */
function sourceOf({ kinds }: Inventory): string {
  const [kind, other] = [...kinds]
  if (other === undefined) return kind! // there are agents, so they came in some kind
  const message = `${[...kinds].join(' and ')} at once: expected --source to say which inventory it is.`
  throw new EngineError('CONFIG_INVALID', message)
}

function unnamed(ids: readonly string[]): string {
  const who = `${count(ids.length, 'agent')}, first ${oneLine(ids[0]!)}` // there is one
  const missing = 'the service principal that offers a role of theirs is not among it'
  return `nothing is said of what was granted to ${who}: ${missing}`
}

function pageOf(
  file: string,
  { added, changed, unchanged, gone, agents }: MergedRegistry,
  { others, rejects }: Inventory,
  isWritten: boolean,
  { prune, dryRun }: Options,
): string {
  const lines = [
    ...listed('added', added),
    ...listed(
      'changed',
      changed.map(({ id, fields }) => `${id}: ${fields.join(', ')}`),
    ),
    ...listed(prune ? 'gone, taken out' : 'gone, marked as deleted', gone),
  ]
  const facts = [
    `${added.length} added`,
    `${changed.length} changed`,
    `${unchanged} unchanged`,
    `${gone.length} gone`,
    ...(others > 0 ? [`${others} no agents`] : []),
    `${rejects.length} rejected`,
  ]
  const fate = dryRun ? 'nothing was written' : isWritten ? 'written' : 'as it was'
  const sum = `${oneLine(file)}: ${count(agents.length, 'agent')}, ${fate}`
  return `${[...lines, facts.join(' · '), sum].join('\n')}\n`
}

function listed(what: string, names: readonly string[]): string[] {
  const shown = names.slice(0, NAMED_MAX).map((name) => `${what}  ${oneLine(name)}`)
  return names.length > NAMED_MAX ? [...shown, `and ${names.length - NAMED_MAX} more`] : shown
}

function fieldNamed(text: string, before?: ReadonlyMap<string, string>): Map<string, string> {
  const at = text.indexOf('=')
  const field = text.slice(0, Math.max(at, 0))
  const column = text.slice(at + 1)
  if (importFields.includes(field) && column !== '') return new Map(before).set(field, column)
  throw new InvalidArgumentError(`Expected FIELD=COLUMN with one of ${importFields.join(', ')}.`)
}
