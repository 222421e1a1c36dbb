import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'msgpackr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveState } from '../../src/alert/agent-state.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { loadScan } from '../../src/offline/baselines-file.ts'
import { Replay } from '../../src/offline/replay.ts'
import { scan } from '../../src/offline/scan.ts'
import { simulate } from '../../src/offline/simulate/simulate.ts'
import { saveKnowledge } from '../../src/scoring/knowledge.ts'
import { saveMemory } from '../../src/scoring/memory.ts'

const OPTIONS = { threshold: { falseAgentDaysPerThousand: 2 }, partitions: 4 }
/** Every event alerts, however the detectors are tuned. */
const EAGER = { ...OPTIONS, threshold: { falseAgentDaysPerThousand: 1_000 } }
const LIVE = { isAlerting: true, frozenMs: undefined }
const { events: simulated } = simulate({ seed: 5, agents: 8, days: 8, attacks: 2, pace: 0.2 })
const lines = [...simulated].map((event) => JSON.stringify(event))
const half = Math.floor(lines.length / 2)

let folder: string
let all: string
let early: string
let late: string
const at = (name: string) => join(folder, name)
const read = async (name: string) =>
  (await readFile(at(name), 'utf8')).split('\n').filter((line) => line !== '')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-scan-'))
  const write = async (name: string, some: readonly string[]) => {
    await writeFile(at(name), `${some.join('\n')}\n`)
    return at(name)
  }
  all = await write('all', lines)
  early = await write('early', lines.slice(0, half))
  late = await write('late', lines.slice(half))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('scan', () => {
  it('scores each event once, in order, as the replay does', async () => {
    const result = await scan([early, late, early], { ...OPTIONS, scores: at('scores') })
    const replay = new Replay(OPTIONS)
    const expected = lines.flatMap((line) => {
      const parsed = parseEvent(JSON.parse(line))
      if ('reject' in parsed) throw new Error(parsed.reject.reason)
      const { event } = parsed
      const verdict = replay.take(event, LIVE)
      return verdict === undefined ? [] : [{ event, verdict: { ...verdict } }]
    })
    const scores = (await read('scores')).map((line) => JSON.parse(line))
    expect(result).toMatchObject({ events: expected.length, rejected: 0, historyEvents: 0 })
    expect(result.duplicates).toBe(lines.length + half - expected.length)
    expect(scores).toHaveLength(expected.length)
    for (const [index, { event, verdict }] of expected.entries()) {
      const line = scores[index]
      expect(line).toMatchObject({ id: event.id, agent: event.agent.id })
      expect(Date.parse(line.time)).toBe(event.atMs)
      expect(line.score).toBeCloseTo(verdict.score, 5)
      expect(line.p / verdict.p).toBeCloseTo(1, 2)
      expect(line.top.length).toBeLessThanOrEqual(3)
    }
  })

  it('tells every case once, as it was in the end', async () => {
    const result = await scan([all], { ...EAGER, alerts: at('alerts') })
    const alerts = (await read('alerts')).map((line) => JSON.parse(line))
    expect(alerts).toEqual(JSON.parse(JSON.stringify(result.alerts)))
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(alerts.length)
    expect(alerts.map(({ time }) => time)).toEqual(alerts.map(({ time }) => time).sort())
    // Each event alerts and so is in one case; those that came after the last telling too.
    const told = alerts.reduce((sum, { eventCount }) => sum + eventCount, 0)
    expect(told).toBe(result.events)
  })

  it('never alerts on the history', async () => {
    const result = await scan([late], { ...EAGER, history: [early] })
    const ids = new Set(lines.slice(0, half).map((line) => JSON.parse(line).id))
    expect(result.historyEvents).toBeGreaterThan(half * 0.9)
    expect(result.alerts.flatMap(({ events }) => events).filter((id) => ids.has(id))).toEqual([])
  })

  it('learns nothing after the history where it is frozen', async () => {
    const memoriesAfter = async (paths: string[], isFrozen: boolean) => {
      const replay = new Replay(OPTIONS)
      await scan(paths, { ...OPTIONS, history: [early], isFrozen, replay })
      return replay.engines.flatMap(({ agents }) =>
        [...agents].map(([key, { memory }]) => [key, JSON.stringify(saveMemory(memory))]),
      )
    }
    await writeFile(at('nothing'), '')
    const before = new Map((await memoriesAfter([at('nothing')], true)) as [string, string][])
    const known = (memories: string[][]) => memories.filter(([key]) => before.has(key!))
    const frozen = known(await memoriesAfter([late], true))
    expect(frozen).toEqual([...before])
    expect(known(await memoriesAfter([late], false))).not.toEqual([...before])
  })

  it('keeps its promise about inputs before it empties an output', async () => {
    await writeFile(at('kept'), 'kept')
    const failing = scan([all, at('missing')], { ...OPTIONS, scores: at('kept') })
    await expect(failing).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
    expect(await readFile(at('kept'), 'utf8')).toBe('kept')
    const onto = scan([all], { ...OPTIONS, scores: all })
    await expect(onto).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    const nowhere = scan([all], { ...OPTIONS, alerts: at('no/such/folder') })
    await expect(nowhere).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
  })

  it('says that a disk is full instead of going on', async () => {
    const failing = scan([all], { ...OPTIONS, scores: '/dev/full' })
    await expect(failing).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: '/dev/full cannot be written: the disk is full.',
    })
  })

  it('does not freeze what it has not learned', async () => {
    const failing = scan([all], { ...OPTIONS, history: [at('nothing')], isFrozen: true })
    await expect(failing).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  })

  it('ends early when it is told to, with what it has', async () => {
    const stop = new AbortController()
    const result = await scan([early, late], {
      ...OPTIONS,
      signal: stop.signal,
      progress: () => stop.abort(),
    })
    expect(result.isPartial).toBe(true)
    expect(result.events).toBeGreaterThan(0)
    expect(result.events).toBeLessThan(lines.length)
  })
})

describe('saved baselines', () => {
  const statesIn = ({ engines }: Replay) =>
    new Map(
      engines
        .flatMap(({ agents }) =>
          [...agents].map(([key, state]) => [key, pack(saveState(state)).toString('hex')]),
        )
        .sort() as [string, string][],
    )

  it('go on to the bit as if nothing had been saved in between', async () => {
    const whole = new Replay(OPTIONS)
    await scan([early, late], { ...OPTIONS, replay: whole, scores: at('whole') })
    await scan([early], { ...OPTIONS, saveBaselines: at('saved') })
    await scan([late], {
      ...OPTIONS,
      baselines: at('saved'),
      saveBaselines: at('again'),
      scores: at('rest'),
    })
    const { replay } = await loadScan(at('again'), OPTIONS)
    expect(statesIn(replay)).toEqual(statesIn(whole))
    expect(saveKnowledge(replay.knowledge)).toEqual(saveKnowledge(whole.knowledge))
    const scores = await read('whole')
    const rest = await read('rest')
    expect(rest.length).toBeGreaterThan(half / 2)
    expect(rest).toEqual(scores.slice(-rest.length))
  })

  it('can be frozen, and know the events they were learned from', async () => {
    await scan([], { ...OPTIONS, history: [early], saveBaselines: at('saved') })
    const result = await scan([early], { ...OPTIONS, baselines: at('saved'), isFrozen: true })
    expect(result).toMatchObject({ events: 0, duplicates: half })
  })

  it('say what is wrong with a file that is none, or newer', async () => {
    await writeFile(at('none'), 'no gzip')
    const none = scan([late], { ...OPTIONS, baselines: at('none') })
    await expect(none).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
    const newer = { format: 'perimeter-scan', version: 99, latestMs: 0, replay: {} }
    await writeFile(at('newer'), gzipSync(pack(newer)))
    const failing = scan([late], { ...OPTIONS, baselines: at('newer') })
    await expect(failing).rejects.toMatchObject({ code: 'MEMORY_NEWER' })
  })
})

describe('an agent whose log is switched off', () => {
  const DAY_MS = 86_400_000
  const offDay = 26
  const cutDay = 26.5
  const lastDay = 29
  let gone: string
  let startMs: number

  /** The company's events without those of its busiest agent from a day on, up to a day. */
  beforeAll(async () => {
    const company = [...simulate({ seed: 8, agents: 40, days: 35, attacks: 0, pace: 0.5 }).events]
    const timeOf = ({ time }: { time: string | number }) => new Date(time).getTime()
    startMs = timeOf(company[0]!)
    const dayOf = (event: { time: string | number }) => (timeOf(event) - startMs) / DAY_MS
    const hours = new Map<string, Set<number>>()
    for (const event of company) {
      const known = hours.get(event.agent.id) ?? new Set()
      if (dayOf(event) < offDay) hours.set(event.agent.id, known.add(Math.floor(24 * dayOf(event))))
    }
    gone = [...hours].sort(([, a], [, b]) => b.size - a.size)[0]![0]
    const kept = company.filter(
      (event) => dayOf(event) < lastDay && (event.agent.id !== gone || dayOf(event) < offDay),
    )
    const first = kept.findIndex((event) => dayOf(event) >= cutDay)
    const written = (some: typeof kept) => some.map((event) => JSON.stringify(event)).join('\n')
    await writeFile(at('before'), `${written(kept.slice(0, first))}\n`)
    await writeFile(at('after'), `${written(kept.slice(first))}\n`)
  })

  const quiet = ({ title }: { title: string }) => title.includes('has gone quiet')

  it('is told of once, while the others go on, also where the scan goes on from saved baselines', async () => {
    const options = { threshold: { falseAgentDaysPerThousand: 20 }, partitions: 4 }
    const outputs = { alerts: at('told'), saveBaselines: at('end') }
    const whole = await scan([at('before'), at('after')], { ...options, ...outputs })
    const told = whole.alerts.filter(quiet)
    expect(told.map(({ agent }) => agent.id)).toEqual([gone])
    expect((await read('told')).map((line) => JSON.parse(line)).filter(quiet)).toEqual(told)
    const offHour = Math.floor((startMs + offDay * DAY_MS) / 3_600_000)
    const toldHour = Date.parse(told[0]!.time) / 3_600_000
    expect(toldHour - offHour).toBeGreaterThan(9)
    expect(toldHour - offHour).toBeLessThan(48)

    await scan([at('before')], { ...options, saveBaselines: at('half') })
    const rest = await scan([at('after')], { ...options, baselines: at('half') })
    expect(rest.alerts.filter(quiet)).toEqual(told)
    await writeFile(at('none'), '')
    const again = await scan([at('none')], { ...options, baselines: at('end') })
    expect(again.alerts).toEqual([])
  })
})
