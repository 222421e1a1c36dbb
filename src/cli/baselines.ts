/** `perimeter baselines`: what was learned of agents, to look at, keep, bring back and undo. */
import { writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { exportedJson } from '../alert/exported.ts'
import { portraitOf } from '../alert/portrait.ts'
import { readConfig } from '../config.ts'
import { bytes } from '../detectors/words.ts'
import { unwritable } from '../offline/output.ts'
import { namesOf } from '../scoring/knowledge.ts'
import { type ChangeOptions, importBaselines, revertBaselines } from './change-baselines.ts'
import { findAgent, type KnownAgents, openKnownAgents } from './known-agents.ts'
import { withConfig, withReason } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { portraitPage } from './show-portrait.ts'
import { table } from './table.ts'

/** Changes by hand shown of an agent. */
const AUDITS_SHOWN_MAX = 5

interface Options {
  readonly config?: string
  readonly baselines?: string
  readonly tenant?: string
  readonly json?: boolean
}

export function baselines(program: Command): void {
  const command = program
    .command('baselines')
    .description('look at what was learned, and change it')
  const reading = (name: string, about: string) =>
    withConfig(command.command(name))
      .description(about)
      .option('--baselines <file>', 'of a file of scan --save-baselines, not of the live store')
      .option('--tenant <name>', 'whose agents; needed where several tenants have one of that id')
  const changing = (name: string, about: string) =>
    withReason(
      withConfig(command.command(name))
        .description(about)
        .option('--tenant <name>', 'whose agent; needed where several tenants have one of that id'),
    )

  reading('list', 'list them with their size and the days one can go back to')
    .option('--json', 'for machines')
    .action((options: Options) => within(options, (known) => list(known, options)))
  reading('show', 'show what was learned of an agent, in words and numbers')
    .argument('<agent>', 'its id')
    .option('--json', 'for machines')
    .action((id: string, options: Options) => within(options, (known) => show(known, id, options)))
  reading('export', 'write agents’ baselines as one JSON document')
    .argument('[agents...]', 'their ids; all where none is named')
    .option('--out <file>', 'where to; standard output where it is not said')
    .action((ids: string[], options: Options & { out?: string }) =>
      within(options, (known) => exportAll(known, ids, options)),
    )
  changing('import', 'give agents the baselines of an export')
    .argument('<file>', 'what export has written')
    .action((file: string, options: ChangeOptions & Options) =>
      within(options, (known) => importBaselines(known, file, options)),
    )
  changing('revert', 'go back to an agent’s baselines as they were at the end of a day')
    .argument('<agent>', 'its id')
    .requiredOption(
      '--to <date>',
      'a date of baselines list, or "replaced": before the last change',
      date,
    )
    .action((id: string, options: ChangeOptions & Options & { to: string }) =>
      within(options, (known) => revertBaselines(known, id, options)),
    )
}

async function within(
  { config: file, baselines }: Options,
  act: (known: KnownAgents) => Promise<void>,
): Promise<void> {
  const { config } = await readConfig(file)
  const known = await openKnownAgents(config, baselines)
  try {
    await act(known)
  } finally {
    await known.close()
  }
}

async function list(known: KnownAgents, { tenant, json }: Options): Promise<void> {
  const found = []
  for await (const { key, state, sizeBytes } of known.all()) {
    const names = namesOf(key)
    if (tenant !== undefined && names.tenant !== tenant) continue
    const days = await daysOf(known, key)
    const last = new Date(state.context.lastMs).toISOString()
    found.push({ ...names, events: state.events, last, sizeBytes, days })
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1))
  if (json) {
    say(
      JSON.stringify(
        found.map(({ name, ...rest }) => ({ agent: name, ...rest })),
        null,
        2,
      ),
    )
    return
  }
  const rows = found.map(({ name, events, last, sizeBytes, days }) => [
    name,
    events.toLocaleString('en'),
    last.slice(0, 10),
    bytes(sizeBytes),
    days.join(' '),
  ])
  if (rows.length > 0)
    say(table(['agent', 'events', 'last', 'size', 'can go back to'], rows).join('\n'))
  say(count(found.length, 'agent'))
}

async function show(known: KnownAgents, id: string, { tenant, json }: Options): Promise<void> {
  const { key, state, sizeBytes } = await findAgent(known, id, tenant)
  const portrait = portraitOf(state)
  const days = await daysOf(known, key)
  const audits = ((await known.store?.audits()) ?? []).filter((audit) => audit.key === key)
  const changes = audits.slice(0, AUDITS_SHOWN_MAX)
  if (json) {
    say(
      JSON.stringify(
        { agent: id, events: state.events, sizeBytes, days, changes, ...portrait },
        null,
        2,
      ),
    )
    return
  }
  const kind = state.blueprint === undefined ? '' : ` (${oneLine(state.blueprint)})`
  const since = new Date(state.firstMs).toISOString().slice(0, 10)
  say(
    `${oneLine(id)}${kind} · ${count(state.events, 'event')} since ${since} · ${bytes(sizeBytes)}\n`,
  )
  say(portraitPage(portrait).join('\n'))
  if (days.length > 0) say(`One can go back to: ${days.join(', ')}.`)
  for (const { atMs, what, ofMs, by, why } of changes) {
    const [at, of] = [atMs, ofMs].map((ms) => new Date(ms).toISOString().slice(0, 16))
    say(`${at} ${what} by ${oneLine(by)}, to baselines of ${of}: ${oneLine(why)}`)
  }
}

async function exportAll(
  known: KnownAgents,
  ids: readonly string[],
  { tenant, out }: Options & { out?: string },
): Promise<void> {
  const chosen = []
  for (const id of ids) chosen.push(await findAgent(known, id, tenant))
  if (ids.length === 0) {
    for await (const agent of known.all()) {
      if (tenant === undefined || namesOf(agent.key).tenant === tenant) chosen.push(agent)
    }
  }
  const document = exportedJson(chosen)
  if (out === undefined) process.stdout.write(document)
  else {
    await writeFile(out, document).catch((cause: Error) => {
      throw unwritable(out, cause)
    })
  }
}

async function daysOf({ store }: KnownAgents, key: string): Promise<string[]> {
  if (store === undefined) return []
  const { dateOf } = await import('../runtime/snapshots.ts')
  return (await store.snapshots(key)).map(dateOf)
}

function date(text: string): string {
  if (text === 'replaced' || /^\d{4}-\d{2}-\d{2}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a date such as 2026-03-01, or the word "replaced".')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
