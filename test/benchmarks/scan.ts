/**
 * Scan: how fast and how small the engine is over a file, as ratios in one run.
 *
 * The floor is what nobody can go under: reading the same file, cutting it into lines, JSON.parse.
 */
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pack } from 'msgpackr'
import { parseRegistry } from '../../src/agent/registry.ts'
import { saveState } from '../../src/alert/agent-state.ts'

import { parseConfig } from '../../src/config.ts'
import { readModel } from '../../src/offline/model-folder.ts'
import { Replay } from '../../src/offline/replay.ts'
import { scan } from '../../src/offline/scan.ts'
import { backfill } from './backfill.ts'
import { microBenchmarks } from './micro.ts'
import { tenantFolder } from './tenant.ts'

/** About 150 events per agent and day, so more than a million. */
const TENANT = { seed: 21, agents: 190, days: 42, attacks: 40 }
/** Each is a scan between two floors; the median round counts, as other work slows now one, now the other. */
const ROUNDS = 5
const CHUNK_BYTES = 262_144
const NEWLINE = 0x0a

export async function measureScan() {
  const folder = await tenantFolder(TENANT)
  const file = join(folder, 'events.ndjson')

  const { threshold, stream } = parseConfig({})
  const { registry } = parseRegistry(readFileSync(join(folder, 'registry.json'), 'utf8'))
  const model = await readModel('models/autoencoder') // the one that is shipped
  const options = { threshold, registry, partitions: stream.partitions, model }
  let replay = new Replay(options)
  let events = 0
  const rounds: { floorSeconds: number; scanSeconds: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = await timed(() => parseLines(file))
    replay = new Replay(options)
    const scanned = await timed(() => scan([file], { ...options, replay }))
    const after = await timed(() => parseLines(file))
    events = scanned.result.events + scanned.result.duplicates
    if (events !== before.result) throw new RangeError('Scan and floor read different events.')
    const floorSeconds = (before.seconds + after.seconds) / 2
    rounds.push({ floorSeconds, scanSeconds: scanned.seconds })
  }
  rounds.sort((a, b) => a.floorSeconds / a.scanSeconds - b.floorSeconds / b.scanSeconds)
  const { floorSeconds, scanSeconds } = rounds[ROUNDS >> 1]!
  report('floor: read, split, JSON.parse', events, floorSeconds)
  report('scan: all detectors, one thread', events, scanSeconds)
  const ratio = floorSeconds / scanSeconds
  const peakRssBytes = process.resourceUsage().maxRSS * 1_024
  console.log(`scan runs at ${ratio.toFixed(3)} of the floor · peak ${megabytes(peakRssBytes)} MB`)

  const sizes = Float64Array.from(
    replay.engines.flatMap(({ agents }) => [...agents.values()]),
    (state) => pack(saveState(state)).length,
  ).sort()
  const agentBytes = { agents: sizes.length, median: sizes[sizes.length >> 1]!, max: sizes.at(-1)! }
  console.log(`stored per agent: median ${agentBytes.median} B, largest ${agentBytes.max} B`)

  const micro = await microBenchmarks(file, options)
  for (const { name, microseconds } of micro) console.log(`${name}: ${microseconds.toFixed(2)} µs`)

  const learned = backfill(file)
  report('backfill: perimeter learn, one worker', learned.events, learned.seconds)

  return {
    events,
    floorEventsPerSecond: Math.round(events / floorSeconds),
    scanEventsPerSecond: Math.round(events / scanSeconds),
    ratio,
    peakRssBytes,
    agentBytes,
    backfillEventsPerSecond: Math.round(learned.events / learned.seconds),
    micro,
  }
}

async function parseLines(path: string): Promise<number> {
  let count = 0
  let rest = Buffer.alloc(0)
  for await (const read of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const chunk = Buffer.concat([rest, read as Buffer])
    const end = chunk.lastIndexOf(NEWLINE) + 1
    rest = chunk.subarray(end)
    for (const line of chunk.toString('utf8', 0, end).split('\n')) {
      if (line !== '') count += typeof JSON.parse(line) === 'object' ? 1 : 0
    }
  }
  return count
}

async function timed<Result>(work: () => Promise<Result>) {
  const startMs = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - startMs) / 1_000 }
}

function report(what: string, count: number, seconds: number): void {
  const perSecond = Math.round(count / seconds).toLocaleString('en')
  console.log(`${what}: ${count.toLocaleString('en')} events, ${perSecond} per second`)
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
