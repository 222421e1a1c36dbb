/** The steps of one event, each for itself. */
import { closeSync, openSync, readSync } from 'node:fs'
import { Bench } from 'tinybench'
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { Replay, type ReplayOptions } from '../../src/offline/replay.ts'
import { scoreLine } from '../../src/offline/score-line.ts'

const HEAD_BYTES = 8_388_608
const EVENTS = 10_000
/** Passes over all of them. */
const PASSES = 12

export interface Micro {
  readonly name: string
  /** Median for one event. */
  readonly microseconds: number
}

export async function microBenchmarks(file: string, options: ReplayOptions): Promise<Micro[]> {
  const lines = headOf(file)
  const values = lines.map((line) => JSON.parse(line) as unknown)
  const events = values.flatMap((value): Event[] => {
    const parsed = parseEvent(value)
    return 'event' in parsed ? [parsed.event] : []
  })
  const live = { isAlerting: true, frozenMs: undefined }
  const replay = new Replay(options)
  const scored = events.flatMap((event) => {
    const verdict = replay.take(event, live)
    return verdict === undefined ? [] : [{ event, verdict }]
  })
  let length = 0 // used, so that nothing is optimised away
  const bench = new Bench({ time: 0, iterations: PASSES, warmupTime: 0, warmupIterations: 2 })
  bench.add('JSON.parse', () => {
    for (const line of lines) length += (JSON.parse(line) as Event).id.length
  })
  bench.add('parseEvent', () => {
    for (const value of values) length += 'event' in parseEvent(value) ? 1 : 0
  })
  bench.add('Replay.take', () => {
    const fresh = new Replay(options)
    for (const event of events) length += fresh.take(event, live)?.p ?? 0
  })
  bench.add('scoreLine', () => {
    for (const { event, verdict } of scored) length += scoreLine(event, verdict).length
  })
  await bench.run()
  if (Number.isNaN(length)) throw new RangeError('A score is no number.')
  return bench.tasks.map(({ name, result }) => {
    if (!('latency' in result)) throw new RangeError(`${name} was not measured.`)
    return { name, microseconds: (result.latency.p50 * 1_000) / lines.length }
  })
}

function headOf(path: string): string[] {
  const bytes = Buffer.alloc(HEAD_BYTES)
  const file = openSync(path, 'r')
  const length = readSync(file, bytes, 0, HEAD_BYTES, 0)
  closeSync(file)
  const lines = bytes.toString('utf8', 0, length).split('\n')
  return lines.slice(0, Math.min(EVENTS, lines.length - 1))
}
