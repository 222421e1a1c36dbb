/**
 * Trains the model that is shipped in models/autoencoder/, on made-up tenants used for nothing else.
 * Without networks by blueprint: theirs are no real agents'. `--out DIR` writes elsewhere.
 */
import { parseArgs } from 'node:util'
import { parseRegistry } from '../src/agent/registry.ts'
import { parseConfig } from '../src/config.ts'
import { parseEvent } from '../src/event/parse.ts'
import { readModel, writeModel } from '../src/offline/model-folder.ts'
import { simulate } from '../src/offline/simulate/simulate.ts'
import { Training } from '../src/offline/train.ts'

const SEEDS = [101, 102, 103, 104, 105, 106]
const text = { type: 'string' } as const
const { values } = parseArgs({ options: { out: text, seeds: text } })
const folder = values.out ?? 'models/autoencoder'
const seeds = values.seeds?.split(',').map(Number) ?? SEEDS
const { threshold, stream } = parseConfig({})

const training = new Training(1)
for (const seed of seeds) {
  const { events, registry } = simulate({ seed })
  const { partitions } = stream
  const known = parseRegistry(JSON.stringify(registry)).registry
  const take = training.begin({ threshold, partitions, registry: known })
  for (const raw of events) {
    const parsed = parseEvent(raw)
    if ('reject' in parsed) throw new RangeError(`${parsed.reject.path}: ${parsed.reject.reason}`)
    take(parsed.event)
  }
  console.error(`tenant ${seed} is taken`)
}
const model = await training.fit({
  at: new Date().toISOString(),
  on: `simulated tenants of 120 agents and 42 days, seeds ${seeds.join(', ')}, attacks among them`,
  isByBlueprint: false,
})
const before = await readModel(folder).catch(() => undefined)
await writeModel(folder, model, before?.saved)
const [{ epochs, usualError } = { epochs: 0, usualError: 0 }] = model.networks
console.log(`${model.version}: ${epochs} epochs, held-back error ${usualError.toFixed(3)}`)
