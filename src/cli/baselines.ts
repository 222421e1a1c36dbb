/** `perimeter baselines`: what was learned of agents, to look at, keep, bring back and undo. */
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { pack, unpack } from 'msgpackr'
import { loadState, saveState } from '../alert/agent-state.ts'
import { exportedJson, readExported } from '../alert/exported.ts'
import { namesOf } from '../alert/overview.ts'
import { portraitOf } from '../alert/portrait.ts'
import { readConfig } from '../config.ts'
import { bytes } from '../detectors/words.ts'
import { EngineError } from '../errors.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import { findAgent, type KnownAgents, openKnownAgents } from './known-agents.ts'
import { withConfig } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { portraitPage } from './show-portrait.ts'
import { table } from './table.ts'

/** How long an order is waited for; without a worker it takes effect when one runs. */
const ORDER_WAIT_MS = 15_000
/** Changes by hand shown of an agent. */
const AUDITS_SHOWN_MAX = 5

interface Options {
  readonly config?: string
  readonly baselines?: string
  readonly tenant?: string
  readonly json?: boolean
}
interface ChangeOptions extends Options {
  readonly by: string
  readonly why: string
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
    withConfig(command.command(name))
      .description(about)
      .option('--tenant <name>', 'whose agent; needed where several tenants have one of that id')
      .option('--by <name>', 'who wants it, for the audit', userInfo().username)
      .requiredOption('--why <text>', 'why, for the audit')

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
    .action((file: string, options: ChangeOptions) =>
      within(options, (known) => importAll(liveOf(known), file, options)),
    )
  changing('revert', 'go back to an agent’s baselines as they were at the end of a day')
    .argument('<agent>', 'its id')
    .requiredOption(
      '--to <date>',
      'a date of baselines list, or "replaced": before the last change',
      date,
    )
    .action((id: string, options: ChangeOptions & { to: string }) =>
      within(options, (known) => revert(known, id, options)),
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
      const message = `${out} cannot be written: ${cause.message}.`
      throw new EngineError('OUTPUT_UNWRITABLE', message, { cause })
    })
  }
}

async function importAll(
  store: LiveStore,
  file: string,
  { by, why, tenant }: ChangeOptions,
): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new EngineError('INPUT_UNREADABLE', `${file} cannot be read: ${cause.message}.`, {
      cause,
    })
  })
  for (const { key, ofMs, state } of readExported(text)) {
    const { tenant: its, name } = namesOf(key)
    if (tenant !== undefined && its !== tenant) continue
    const order = { what: 'import', by, why, ofMs } as const
    tellOutcome(name, await store.replace(key, pack(saveState(state)), order, ORDER_WAIT_MS))
  }
}

async function revert(
  known: KnownAgents,
  id: string,
  { tenant, to, by, why }: ChangeOptions & { to: string },
): Promise<void> {
  const store = liveOf(known)
  const { dateOf } = await import('../runtime/snapshots.ts')
  const { key } = await findAgent(known, id, tenant)
  const snapshots = await store.snapshots(key)
  const wanted = snapshots.find((snapshot) => dateOf(snapshot) === to)
  if (wanted === undefined) {
    const there = snapshots.map(dateOf).join(', ') || 'none yet'
    throw new EngineError('CONFIG_INVALID', `${id} cannot go back to ${to}: there is ${there}.`)
  }
  const ofMs = loadState(unpack(wanted.state)).context.lastMs
  const order = { what: 'revert', by, why, ofMs } as const
  tellOutcome(id, await store.replace(key, wanted.state, order, ORDER_WAIT_MS))
}

async function daysOf({ store }: KnownAgents, key: string): Promise<string[]> {
  if (store === undefined) return []
  const { dateOf } = await import('../runtime/snapshots.ts')
  return (await store.snapshots(key)).map(dateOf)
}

function liveOf({ store }: KnownAgents): LiveStore {
  if (store !== undefined) return store
  throw new EngineError('CONFIG_INVALID', 'Baselines of a file cannot be changed.')
}

function tellOutcome(id: string, outcome: { readonly ofMs: number } | undefined): void {
  const name = oneLine(id)
  if (outcome === undefined) say(`${name}: ordered; it takes effect as soon as a worker runs`)
  else say(`${name}: has the baselines of ${new Date(outcome.ofMs).toISOString().slice(0, 16)} UTC`)
}

function date(text: string): string {
  if (text === 'replaced' || /^\d{4}-\d{2}-\d{2}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a date such as 2026-03-01, or the word "replaced".')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
