/** `perimeter dead-letters`: what could not be used or delivered, to look at, put in again, or drop. */
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { ownFormats } from '../formats/index.ts'
import type { KeptLetter, LetterBy } from '../runtime/dead-letters.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import { openStore } from './open-store.ts'
import { openLog, withConfig, withReason } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { letterAuditsPage, letterPage, lettersPage } from './show-letters.ts'

const KINDS = ['event', 'record', 'alert'] as const

interface Options {
  readonly config?: string
  readonly json?: boolean
  readonly kind?: string
  readonly all?: boolean
}

export function deadLetters(program: Command): void {
  const command = program
    .command('dead-letters')
    .description('look at what could not be used or delivered, and put it in again or drop it')
  const one = (name: string, about: string) => withConfig(command.command(name)).description(about)
  const choosing = (name: string, about: string) =>
    withReason(
      one(name, about)
        .argument('[ids...]', 'of dead-letters list, or their beginnings')
        .option('--all', 'all of them')
        .option('--kind <kind>', `only ${KINDS.join('s, ')}s`),
    )

  one('list', 'list them, latest first')
    .option('--kind <kind>', `only ${KINDS.join('s, ')}s`)
    .option('--json', 'for machines')
    .action((options: Options) =>
      within(options, async ({ letters }) => {
        if (options.json) say(JSON.stringify(letters.map(shownAsJson), null, 2))
        else say(lettersPage(letters))
      }),
    )
  one('show', 'show one, with all that was kept of it')
    .argument('<id>', 'one of dead-letters list')
    .option('--json', 'for machines')
    .action((id: string, options: Options) =>
      within(options, async ({ letters }) => {
        const [kept] = choose(letters, [id])
        if (options.json)
          say(JSON.stringify(shownAsJson(kept!), null, 2)) // it throws for none
        else say(letterPage(kept!))
      }),
    )
  choosing('replay', 'put them in again, as new events, or on their way to the sink').action(
    (ids: string[], options: Options & LetterBy) =>
      within(options, (live) => replay(live, ids, options)),
  )
  choosing('drop', 'forget them').action((ids: string[], options: Options & LetterBy) =>
    within(options, (live) => drop(live, ids, options)),
  )
  one('audit', 'list who put them in again or dropped them, when and why, latest first')
    .option('--json', 'for machines')
    .action((options: Options) => within(options, (live) => audit(live, options)))
}

interface Live {
  readonly store: LiveStore
  readonly config: Config
  /** Of the kind that was asked for. */
  readonly letters: readonly KeptLetter[]
}

async function within({ config: file, kind }: Options, act: (live: Live) => Promise<void>) {
  if (kind !== undefined && !KINDS.some((one) => one === kind)) {
    throw new EngineError('CONFIG_INVALID', `No kind ${kind}: expected ${KINDS.join(', ')}.`)
  }
  const { config } = await readConfig(file)
  const { keptLetters } = await import('../runtime/dead-letters.ts')
  const opened = await openStore(config, openLog({ ...config, log: { level: 'warn' } }))
  try {
    const { client, keys } = opened.store
    const all = await keptLetters(client, keys)
    const letters = all.filter(({ letter }) => kind === undefined || letter.kind === kind)
    await act({ store: opened.store, config, letters })
  } finally {
    await opened.close()
  }
}

async function replay(
  { store, config, letters }: Live,
  ids: string[],
  options: Options & LetterBy,
) {
  const { replayLetter } = await import('../runtime/replay-letters.ts')
  const log = openLog({ ...config, log: { level: 'warn' } })
  const { by, why } = options
  const sinks = config.sinks.map(({ name }) => name)
  const setting = {
    sinks,
    delivery: config.delivery,
    ownFormats: ownFormats(config.formats),
    by: { by, why },
    log,
  }
  let done = 0
  let stay = 0
  // The oldest first: in the order in which they would have gone in.
  for (const kept of [...chosen(letters, ids, options)].reverse()) {
    const problem = await replayLetter(store, kept, setting)
    if (problem === undefined) done++
    else {
      stay++
      say(`${kept.id} stays: ${oneLine(problem)}`)
    }
  }
  say(`${count(done, 'letter')} replayed`)
  if (stay === 0) return
  const message = `${count(stay, 'letter')} could not be replayed, as is said above.`
  throw new EngineError('INPUT_UNREADABLE', message)
}

async function drop({ store, letters }: Live, ids: string[], options: Options & LetterBy) {
  const { dropLetter } = await import('../runtime/dead-letters.ts')
  const { by, why } = options
  let done = 0
  for (const kept of chosen(letters, ids, options)) {
    if (await dropLetter(store.client, store.keys, kept, { by, why })) done++
  }
  say(`${count(done, 'letter')} dropped`)
}

async function audit({ store: { client, keys } }: Live, { json }: Options) {
  const { readLetterAudits } = await import('../runtime/audit.ts')
  const audits = await readLetterAudits(client, keys)
  say(json ? JSON.stringify(audits, null, 2) : letterAuditsPage(audits))
}

function chosen(letters: readonly KeptLetter[], ids: readonly string[], { all, kind }: Options) {
  if (ids.length > 0) return choose(letters, ids)
  if (all || kind !== undefined) return letters
  throw new EngineError('CONFIG_INVALID', 'Which letters? Expected ids, --kind or --all.')
}

/** By id or its beginning, each once. Throws CONFIG_INVALID for what fits none, or several. */
function choose(letters: readonly KeptLetter[], ids: readonly string[]): KeptLetter[] {
  const found = ids.map((id) => {
    const fitting = letters.filter((kept) => kept.id.startsWith(id))
    const [one] = fitting
    const isOne = new Set(fitting.map((kept) => kept.id)).size === 1
    if (one !== undefined && id !== '' && isOne) return one
    const message = `${fitting.length} letters have the id ${oneLine(id)}: expected one.`
    throw new EngineError('CONFIG_INVALID', message)
  })
  return [...new Set(found)]
}

function shownAsJson({ id, letter }: KeptLetter) {
  return { id, ...letter }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
