/**
 * Measures what agents cost while ever more of them pass through one worker: its memory, and that of
 * Redis. It needs `npm run build`, and prints a line of JSON at 10,000, 50,000, 100,000 … agents.
 * `--agents 1000000`; `--batch 4096`; `--worker=--max-old-space-size=300` for options of node. What the
 * environment configures counts: `PERIMETER_WORKER_AGENTS_IN_MEMORY_MAX=250`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { parseConfig } from '../src/config.ts'
import { EngineError } from '../src/errors.ts'
import { parseEvent } from '../src/event/parse.ts'
import { backlogOf, drained } from '../src/runtime/drained.ts'
import { LiveStore } from '../src/runtime/live-store.ts'
import { infoField } from '../src/runtime/redis-info.ts'
import { readVitals } from '../src/runtime/vitals.ts'
import { startRedis } from '../test/live/faults/redis-server.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { agents: text, batch: text, worker: text } })
const agentsMax = Number(values.agents ?? 1_000_000)
const batchMax = Number(values.batch ?? 4_096)
const START_MS = Date.UTC(2026, 1, 2)
const BLUEPRINTS = 20

/** The nth agent's only event: all of them come within two weeks. */
function eventOf(nth: number) {
  const read = parseEvent({
    id: `${nth}`,
    time: START_MS + Math.floor((nth / agentsMax) * 14 * 86_400_000),
    agent: { id: `agent-${nth}`, blueprint: `blueprint-${nth % BLUEPRINTS}` },
    action: `files.${nth % 3 === 0 ? 'list' : 'read'}`,
    resource: { id: `sites/${nth % 50}/reports/${nth % 1_000}` },
    volume: { bytes: 1_000 + (nth % 977) },
  })
  if ('reject' in read) throw new RangeError(read.reject.reason)
  return read.event
}

const redis = await startRedis(['--appendonly', 'no'])
const { stream, redis: named } = parseConfig({})
const env = {
  ...process.env,
  REDIS_URL: `unix://${redis.address.path}`,
  PERIMETER_LOG_LEVEL: 'warn',
}
const worker: ChildProcess = spawn(
  process.execPath,
  [...(values.worker ?? '').split(' ').filter(Boolean), 'dist/cli/main.js', 'worker'],
  {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  },
)
const log = pino({ level: 'warn' })
const store = await LiveStore.open({ address: redis.address, prefix: named.prefix, stream, log })
const { client, keys, partitions } = store
const intake = await store.intake()
const sinceMs = performance.now()
const isTold = (count: number) => count === agentsMax || /^[15]0{4,}$/.test(String(count))

for (let from = 0; from < agentsMax; ) {
  let to = Math.min(agentsMax, from + batchMax)
  for (let told = from + 1; told < to; told++) if (isTold(told)) to = told
  const events = Array.from({ length: to - from }, (_, nth) => eventOf(from + nth))
  for (;;) {
    const problem = await intake.accept(events).catch((error: unknown) => error)
    if (problem === undefined) break
    if (!(problem instanceof EngineError) || problem.code !== 'QUEUE_FULL') throw problem
    await sleep(100)
  }
  from = to
  if (!isTold(from)) continue
  await drained(() => backlogOf(client, keys, partitions, []))
  await sleep(2_500) // the vitals are of now by then
  const [vitals] = await readVitals(client, keys)
  const info = await client.info('memory')
  const redisBytes = Number(infoField(info, 'used_memory'))
  const seconds = Math.round((performance.now() - sinceMs) / 1_000)
  const its = { workerBytes: vitals?.memoryBytes, agentsInMemory: vitals?.agents }
  console.log(JSON.stringify({ agents: from, ...its, redisBytes, seconds }))
}
await store.close()
const ended = once(worker, 'exit')
worker.kill()
await ended
await redis.remove()
