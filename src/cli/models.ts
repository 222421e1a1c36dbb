/** `perimeter models`: the models trained on the live stream, to look at, go over to, and go back from. */
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import { EngineError } from '../errors.ts'
import { writeModel } from '../offline/model-folder.ts'
import type { LiveStore } from '../runtime/live-store.ts'
import type { StoredModel } from '../runtime/model-store.ts'
import { activateModel, type ByWhom, rollBackModel, trainModel } from './change-models.ts'
import { chosenModel } from './model.ts'
import { openStore } from './open-store.ts'
import { openLog, withConfig, withReason } from './run.ts'
import { count, oneLine } from './show-alerts.ts'
import { modelsPage } from './show-models.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
}

export function models(program: Command): void {
  const command = program
    .command('models')
    .description('look at the models trained on the live stream, and change which is in use')
  const one = (name: string, about: string) => withConfig(command.command(name)).description(about)
  const changing = (name: string, about: string) =>
    withReason(one(name, about)).option('--json', 'for machines')

  one('list', 'list them, which is in use, since when, and what training came to')
    .option('--json', 'for machines')
    .action((options: Options) => within(options, (live) => list(live, options)))
  one('show', 'show the card of one: what it was trained on, and how well it did')
    .argument('<version>', 'one of models list')
    .option('--json', 'for machines')
    .action((version: string, options: Options) =>
      within(options, (live) => show(live, version, options)),
    )
  one('export', 'write one as a folder, for scan --model')
    .argument('<version>', 'one of models list')
    .requiredOption('--out <folder>', 'where to')
    .action((version: string, options: Options & { out: string }) =>
      within(options, (live) => exportOne(live, version, options.out)),
    )
  changing('activate', 'go over to one, from the next epoch on')
    .argument('<version>', 'one of models list, or "configured"')
    .action((version: string, options: ByWhom & Options) =>
      within(options, ({ store }) => activateModel(store, version, options)),
    )
  changing('rollback', 'go back to the one before; held until another is activated').action(
    (options: ByWhom & Options) => within(options, ({ store }) => rollBackModel(store, options)),
  )
  changing('train', 'have a worker train one now, though nothing has shifted').action(
    (options: ByWhom & Options) =>
      within(options, ({ store, config }) => trainModel(store, config, options)),
  )
}

interface Live {
  readonly store: LiveStore
  readonly config: Config
}

async function within({ config: file }: Options, act: (live: Live) => Promise<void>) {
  const { config } = await readConfig(file)
  const opened = await openStore(config, openLog({ ...config, log: { level: 'warn' } }))
  try {
    await act({ store: opened.store, config })
  } finally {
    await opened.close()
  }
}

async function list({ store, config }: Live, { json }: Options): Promise<void> {
  const { client, keys, partitions } = store
  const [
    { readAudits },
    { storedModels, activationsOf, wishOf },
    { countSamples },
    { trainingsOf },
  ] = await Promise.all([
    import('../runtime/audit.ts'),
    import('../runtime/model-store.ts'),
    import('../runtime/samples.ts'),
    import('../runtime/training.ts'),
  ])
  const configured = (await chosenModel(config.model))?.saved
  const found = {
    configured: configured?.version ?? 'none',
    wish: await wishOf(client, keys),
    activations: await activationsOf(client, keys),
    samples: await countSamples(client, keys, partitions),
    trainings: await trainingsOf(client, keys),
    changes: (await readAudits(client, keys)).filter((audit) => 'version' in audit),
  }
  const stored = await storedModels(client, keys)
  if (!json) {
    say(modelsPage({ ...found, stored, configuredModel: configured }))
    return
  }
  const listed = stored.map(({ saved, problem }) => ({ ...summaryOf(saved), problem }))
  say(JSON.stringify({ ...found, models: listed }, null, 2))
}

async function show({ store }: Live, version: string, { json }: Options): Promise<void> {
  const { client, keys } = store
  const { saved } = await find(store, version)
  if (json) say(JSON.stringify(summaryOf(saved), null, 2))
  else process.stdout.write((await client.hget(keys.modelCards, saved.version)) ?? '')
}

async function exportOne({ store }: Live, version: string, out: string): Promise<void> {
  const { saved } = await find(store, version)
  await writeModel(out, saved, undefined)
  const networks = count(saved.networks.length, 'network')
  say(`${oneLine(out)}: ${saved.version}, ${networks}; scan --model takes it`)
}

async function find({ client, keys }: LiveStore, version: string): Promise<StoredModel> {
  const { storedModels } = await import('../runtime/model-store.ts')
  const stored = await storedModels(client, keys)
  const wanted = stored.find((one) => one.version === version)
  if (wanted !== undefined) return wanted
  const there = stored.map((one) => one.version).join(', ') || 'none yet'
  throw new EngineError('MODEL_INVALID', `The store has no model ${version}: there is ${there}.`)
}

/** All but the weights. */
function summaryOf({ version, hash, traits, trained, networks }: SavedModel) {
  const facts = networks.map(
    ({ layers: _, mean: _mean, spread: _spread, shares: _shares, ...rest }) => rest,
  )
  return { version, hash, trained, traits, networks: facts }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
