/** A registry that changes while a stream is worked on: all partitions at one point, and a replay too. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseRegistry, type Registry } from '../../src/agent/registry.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { activationsOf } from '../../src/runtime/model-store.ts'
import { registryVersion, wishRegistry } from '../../src/runtime/registry-store.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import {
  inOrder,
  offline,
  type PipelineSetting,
  parsed,
  type pipeline,
  savedStates,
  streamOf,
} from './stream.ts'

const redis = useRedis()
const open = usePipelines()
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perimeter-registry-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const events = streamOf(5_000)
const ids = [...new Set(events.map(({ agent }) => agent.id))].sort()

/** Some of the agents, a few of them out of service or of another kind than their events say. */
function registryOf(isIn: (at: number) => boolean, status: string): Registry {
  const agents = ids.flatMap((id, at) =>
    isIn(at)
      ? [{ id, status: at % 3 === 0 ? status : 'active', granted: [], blueprint: `kind-${at % 2}` }]
      : [],
  )
  return parseRegistry(JSON.stringify(agents)).registry
}

it('is gone over to from the same event on in every partition, and in a replay', async () => {
  const client = redis.connect()
  const file = join(folder, 'agents.json')
  const write = (registry: Registry) => {
    writeFileSync(`${file}.new`, JSON.stringify([...registry.values()]))
    renameSync(`${file}.new`, file)
  }
  const first = registryOf(() => true, 'active')
  const second = registryOf((at) => at % 2 === 0, 'disabled')
  write(first)
  const { address, prefix } = redis
  // Some agents come from Redis and some are in memory when it changes.
  const worker = { agentsInMemoryMax: 16 }
  const setting: PipelineSetting = { address, prefix, registry: file, worker }
  const keys = keysAt({ prefix: redis.prefix, shard: '0' })
  const alerts: unknown[] = []
  const committed: NonNullable<Parameters<typeof pipeline>[1]>['committed'] = (what) => {
    for (const alert of what.alerts) alerts.push(JSON.parse(JSON.stringify(alert)))
  }
  const serve = await open(setting, { work: false })
  const start = () => open(setting, { ingest: false, committed })
  const [leaving] = await Promise.all([start(), start()])
  const batch = parsed(events)
  await serve.accept(batch.slice(0, 1_800))
  await serve.drained()
  write(second)
  await expect
    .poll(() => client.hget(keys.registryWish, 'version'), { timeout: 20_000 })
    .toBe(registryVersion(second))
  await leaving.stop()
  await serve.accept(batch.slice(1_800, 3_000))
  await serve.drained()
  // While it is under way, so that no test can foresee the epoch: the activations have it.
  await Promise.all([serve.accept(batch.slice(3_000)), wishRegistry(client, keys, undefined)])
  await serve.drained()

  const activations = await activationsOf(client, { activations: keys.registryActivations })
  expect(activations.slice(0, 2)).toEqual([
    { epoch: 0, version: registryVersion(first) },
    { epoch: epochOf(1_800) - 1, version: registryVersion(second) },
  ])
  expect(activations).toHaveLength(3)
  const byVersion = new Map([first, second].map((each) => [registryVersion(each), each]))
  const registries = activations.map(({ epoch, version }) => ({
    ...{ epoch, registry: byVersion.get(version) },
  }))
  const expected = offline(events, undefined, { registry: first, registries })
  expect([...(await savedStates(client, redis.prefix))]).toEqual([...expected.states])
  expect(inOrder(alerts as never)).toEqual(expected.alerts)
  // All this would be otherwise without the changes.
  const without = offline(events, undefined, { registry: first })
  expect(without.alerts).not.toEqual(expected.alerts)
  client.disconnect()
}, 60_000)
