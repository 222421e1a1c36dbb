import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { modelOf, parseModel } from '../../src/detectors/autoencoder/model.ts'
import {
  type Aspect,
  aspects,
  NOT_LONE,
  NOT_SHARED,
  type Standing,
} from '../../src/detectors/detector.ts'
import { oddCombination } from '../../src/detectors/odd-combination.ts'
import { blankReadings, eventOf } from '../support/life.ts'

const FOLDER = 'models/autoencoder'
const MODEL = parseModel(readFileSync(`${FOLDER}/model.json`), FOLDER)
const READINGS = blankReadings()

const standingWith = (nats: Partial<Record<Aspect, number>>, model = MODEL): Standing => ({
  registry: undefined,
  registered: undefined,
  events: 1000,
  population: { agents: 50, unregistered: 0, outOfService: 0, lookAlikes: 0 },
  double: undefined,
  findings: Float64Array.from(aspects, (aspect) => nats[aspect] ?? 0),
  model,
  lone: NOT_LONE,
  shared: NOT_SHARED,
})
const natsOf = (nats: Partial<Record<Aspect, number>>) =>
  oddCombination.judge(READINGS, eventOf(), standingWith(nats))!

describe('odd combination', () => {
  it('cannot tell without a model, or where nothing was found', () => {
    const known = standingWith({ time: 5 })
    const judge = (change: Partial<Standing>) =>
      oddCombination.judge(READINGS, eventOf(), { ...known, ...change })
    expect(judge({ model: undefined })).toBeUndefined()
    expect(judge({ findings: new Float64Array(0) })).toBeUndefined()
  })

  it('cannot tell of a blueprint that no network knows', () => {
    const [forAll] = MODEL.saved.networks
    const networks = [{ ...forAll!, blueprint: 'payer' }]
    const standing = standingWith(
      { silence: 9, client: 9 },
      modelOf({ ...MODEL.saved, networks }, 'test'),
    )
    const agent = (blueprint: string) => ({ agent: { id: 'bot', blueprint } })
    expect(oddCombination.judge(READINGS, eventOf(agent('other')), standing)).toBeUndefined()
    expect(oddCombination.judge(READINGS, eventOf(agent('payer')), standing)).toBeGreaterThan(0)
  })

  it('finds a new task less odd than as many findings that do not belong together', () => {
    const task = { place: 5, deed: 5, course: 5, 'unheard step': 3 } as const
    const jumble = { silence: 5, client: 5, duration: 5, authority: 3 } as const
    expect(natsOf(jumble)).toBeGreaterThan(natsOf(task))
  })

  it('says in words what was expected and what was seen', () => {
    const standing = standingWith({ client: 9, time: 4, place: 1.5 })
    const { expected, seen } = oddCombination.explain(READINGS, eventOf(), standing)
    expect(expected).toMatch(/^by what else was found: /)
    expect(seen).toContain('strongly new clients')
    expect(expected).not.toContain('strongly new clients')
  })
})
