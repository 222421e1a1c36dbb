import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRegistry } from '../../src/agent/registry.ts'
import { detectors } from '../../src/detectors/index.ts'
import { ablate } from '../../src/offline/ablate.ts'
import { type EvaluatedFiles, evaluateFiles } from '../../src/offline/evaluate-files.ts'
import { readLabels } from '../../src/offline/read-labels.ts'
import { scan } from '../../src/offline/scan.ts'
import { writeSimulation } from '../../src/offline/simulate/write.ts'

let folder: string
let events: string
let labels: string
let evaluated: EvaluatedFiles
const at = (name: string) => join(folder, name)
const options = () => ({
  threshold: { falseAgentDaysPerThousand: 20 },
  partitions: 2,
  labels,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-evaluate-'))
  await writeSimulation(folder, {
    seed: 8,
    agents: 12,
    days: 12,
    attacks: 4,
    pace: 0.15,
    gzip: false,
  })
  events = at('events.ndjson')
  labels = at('labels.ndjson')
  const { registry } = parseRegistry(await readFile(at('registry.json'), 'utf8'))
  evaluated = await evaluateFiles([events], { ...options(), registry, scores: at('scores') })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('evaluateFiles', () => {
  it('judges the events next to all that one could pick instead', () => {
    const { report, scan: result } = evaluated
    expect(report.contenders.map(({ name }) => name)).toEqual([
      ...['perimeter', 'isolation forest', 'z-score', 'random', 'constant'],
    ])
    expect(report.counts.events).toBe(result!.events)
    for (const { evaluation } of report.contenders) {
      expect(evaluation.events).toBe(report.counts.events)
      expect(evaluation.agentDays).toBe(report.contenders[0]!.evaluation.agentDays)
    }
    const floors = report.contenders.slice(-1)[0]!.evaluation
    expect(floors.budgets.map(({ found }) => found)).toEqual([0, 0])
    expect(floors.rocAuc).toBe(0.5)
  })

  it('says the same of the scores that scan writes', async () => {
    const { report } = await evaluateFiles([at('scores')], options())
    const [scores] = report.contenders
    const { evaluation } = evaluated.report.contenders[0]!
    expect(scores!.name).toBe('scores')
    expect(scores!.evaluation.averagePrecision).toBeCloseTo(evaluation.averagePrecision, 4)
    expect(scores!.evaluation.budgets.map(({ found }) => found)).toEqual(
      evaluation.budgets.map(({ found }) => found),
    )
    expect(report.reliability).toBeUndefined()
  })

  it('shows every missed attack with the scores around it', () => {
    const { contenders, missed } = evaluated.report
    const { findings, above } = contenders[0]!.evaluation.budgets[0]!
    const expected = findings.filter(({ timeToDetectMs }) => timeToDetectMs === undefined)
    expect(missed.map(({ incident }) => incident)).toEqual(expected.map(({ incident }) => incident))
    for (const one of missed) {
      expect(one.highest).toBeLessThanOrEqual(above)
      expect(one.scores.length).toBeGreaterThanOrEqual(one.malicious.length)
    }
  })

  it('evaluates what comes after the history alone', async () => {
    const lines = (await readFile(events, 'utf8')).trimEnd().split('\n')
    const half = Math.floor(lines.length / 2)
    await writeFile(at('early'), lines.slice(0, half).join('\n'))
    await writeFile(at('late'), lines.slice(half).join('\n'))
    const { report, scan: result } = await evaluateFiles([at('late')], {
      ...options(),
      history: [at('early')],
      isFrozen: true,
    })
    expect(report).toMatchObject({ isFrozen: true, history: [at('early')] })
    expect(report.counts.events).toBe(result!.events)
    expect(result!.historyEvents).toBeGreaterThan(half * 0.9)
  })

  it('refuses labels of other events, scores to ablate, and nothing to evaluate', async () => {
    await writeFile(at('foreign'), '{"id":"elsewhere","malicious":true}\n')
    const foreign = evaluateFiles([events], { ...options(), labels: at('foreign') })
    await expect(foreign).rejects.toThrow('labels none of the events')
    for (const more of [{ isAblating: true }, { history: [events] }, { alerts: at('alerts') }]) {
      const failing = evaluateFiles([at('scores')], { ...options(), ...more })
      await expect(failing).rejects.toThrow('scores holds scores: history, alerts and ablation')
    }
    const piped = evaluateFiles(['-'], { ...options(), isAblating: true })
    await expect(piped).rejects.toThrow('read only once')
    await writeFile(at('empty'), '')
    await expect(evaluateFiles([at('empty')], options())).rejects.toThrow('holds no event')
  })
})

describe('ablation', () => {
  it('scores everything again without each detector, which then says nothing', async () => {
    const read = await readLabels(labels)
    const told: string[] = []
    const { evaluation } = (await evaluateFiles([events], options())).report.contenders[0]!
    const ablations = await ablate([events], read, options(), evaluation, (name) => told.push(name))
    const names = detectors.map(({ name }) => name)
    expect(told).toEqual(names)
    expect(ablations.map(({ detector }) => detector)).toEqual(names)
    const { averagePrecision, budgets } = evaluation
    const changed = ablations.filter((one) => one.averagePrecision !== averagePrecision)
    expect(changed.length).toBeGreaterThan(5)
    for (const { found, lost, gained } of ablations) {
      expect(found[0]! - budgets[0]!.found).toBe(gained.length - lost.length)
    }
  }, 240_000)

  it('never asks a muted detector', async () => {
    const answers = async (muted: ReadonlySet<string>) => {
      const spoke = new Set<string>()
      const { threshold, partitions } = options()
      await scan([events], {
        ...{ threshold, partitions, muted },
        taken: (_, { surprises }) => {
          for (const [channel, { name }] of detectors.entries()) {
            if (surprises[channel]! > 0) spoke.add(name)
          }
        },
      })
      return spoke
    }
    const all = await answers(new Set())
    const muted = new Set(['off-hours', 'newcomer', 'odd-step', 'new-resource', 'shadow-agent'])
    const rest = await answers(muted)
    expect(all.has('off-hours') && all.has('odd-step') && all.has('new-resource')).toBe(true)
    for (const name of muted) expect(rest.has(name), name).toBe(false)
    for (const name of rest) expect(all.has(name), name).toBe(true)
  })
})
