/** `perimeter train`: learns from events how findings usually go together, and writes a model. */
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { shiftsSince } from '../detectors/autoencoder/card.ts'
import { SHIFTED } from '../detectors/autoencoder/drift.ts'
import type { SavedModel } from '../detectors/autoencoder/model.ts'
import { EngineError } from '../errors.ts'
import { readModel, writeModel } from '../offline/model-folder.ts'
import { readEvents } from '../offline/read.ts'
import { chosenFormat } from './format.ts'
import { wholeNumber } from './numbers.ts'
import { openProgress } from './progress.ts'
import { readRegistry } from './registry.ts'
import { withConfig } from './run.ts'
import { count } from './show-alerts.ts'

interface Options {
  readonly config?: string
  readonly history?: string[]
  readonly registry?: string
  readonly format: string
  readonly out: string
  readonly seed: number
}

export function train(program: Command): void {
  withConfig(program.command('train'))
    .description('learn from events how findings go together; the model is for scan and workers')
    .argument('<events...>', 'files, gzip too, or - for standard input; no labels')
    .option('--history <file...>', 'events that came before these, learned from as well')
    .option('--registry <file>', 'the agents there ought to be')
    .option('--format <name>', 'the format of the events', 'auto')
    .requiredOption('--out <folder>', 'where to; a model that is there is kept beside it')
    .option('--seed <number>', 'another seed, another training', wholeNumber(0, 2 ** 31), 1)
    .action(run)
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const { history = [], format, out, seed } = options
  const { config } = await readConfig(options.config)
  const file = options.registry ?? config.registry
  const registry = file === undefined ? undefined : (await readRegistry(file)).registry
  const before = await modelBefore(out)
  // Loaded only here: TensorFlow takes longer to load than most commands take.
  const [{ Training }, { chooseBackend }] = await Promise.all([
    import('../offline/train.ts'),
    import('../detectors/autoencoder/backend.ts'),
  ])
  const { name: backend, declined } = await chooseBackend()
  process.stderr.write(`perimeter: training with ${backend}${because(declined)}\n`)
  const training = new Training(seed)
  const { threshold, stream } = config
  const take = training.begin({ threshold, partitions: stream.partitions, registry })
  const reading = openProgress('reading')
  let events = 0
  try {
    for await (const batch of readEvents([...history, ...paths], {
      format: chosenFormat(format, config),
    })) {
      for (const event of batch.events) take(event)
      events += batch.events.length
      reading.update(batch.bytesRead, batch.totalBytes, count(events, 'event'))
    }
  } finally {
    reading.stop()
  }
  const fitting = openProgress('training')
  let model: SavedModel
  try {
    model = await training.fit({
      at: new Date().toISOString(),
      on: [...history, ...paths].join(', '),
      progress: (network, networks) => fitting.update(network, networks, 'networks'),
    })
  } finally {
    fitting.stop()
  }
  await writeModel(out, model, before)
  process.stdout.write(pageOf(out, model, before))
}

/** The model that a new one takes the place of; one that this version cannot use is told of. */
async function modelBefore(folder: string): Promise<SavedModel | undefined> {
  try {
    return (await readModel(folder)).saved
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const isThere = (error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT'
    if (isThere) process.stderr.write(`perimeter: it is replaced: ${error.message}\n`)
    return undefined
  }
}

function because(declined: string | undefined): string {
  return declined === undefined ? '' : `; the native backend was not taken: ${declined}`
}

function pageOf(folder: string, model: SavedModel, before: SavedModel | undefined): string {
  const { networks, version, trained } = model
  const lines = networks.map(
    ({ blueprint = 'all others', learned, heldBack, epochs, usualError }) => {
      const sizes = `${count(learned, 'sample')}, ${heldBack.toLocaleString('en')} held back`
      return `${blueprint}: ${sizes}, ${epochs} epochs, error ${usualError.toFixed(3)}`
    },
  )
  const shifted = before === undefined ? [] : shiftsSince(before, model).filter((s) => s.isShifted)
  for (const { trait, index } of shifted) {
    lines.push(
      `${trait} has shifted since ${before?.version}: ${index.toFixed(2)}, at most ${SHIFTED}`,
    )
  }
  const facts = [version, count(networks.length, 'network'), count(trained.events, 'event')]
  return `${[...lines, `${folder}: ${facts.join(' · ')}`].join('\n')}\n`
}
