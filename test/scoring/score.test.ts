import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Model, parseModel } from '../../src/detectors/autoencoder/model.ts'
import { NOT_LONE, NOT_SHARED, type Standing } from '../../src/detectors/detector.ts'
import { detectors } from '../../src/detectors/index.ts'
import { blankCalibration, nominalSurprises } from '../../src/scoring/calibrate.ts'
import { channels, OWN } from '../../src/scoring/channels.ts'
import { blankJudgement, facetsOf, type Situation, score } from '../../src/scoring/score.ts'
import { blankReadings, eventOf, momentsOf } from '../support/life.ts'

const FOLDER = 'models/autoencoder'
const MODEL = parseModel(readFileSync(`${FOLDER}/model.json`), FOLDER)
const KNOWN: Standing = {
  registry: undefined,
  registered: undefined,
  events: 1000,
  population: { agents: 50, unregistered: 0, outOfService: 0, lookAlikes: 0 },
  double: undefined,
  findings: new Float64Array(0),
  model: undefined,
  lone: NOT_LONE,
  shared: NOT_SHARED,
}

const placeOf = (name: string) => detectors.findIndex((detector) => detector.name === name)

/** What an agent that makes so many events a day is found to have done by an event. */
function judged(
  eventsPerDay: number,
  change: (readings: Situation['readings']) => void,
  model?: Model,
) {
  const event = eventOf()
  const readings = blankReadings()
  change(readings)
  const [moment] = momentsOf([event])
  const nominal = nominalSurprises(channels.length)
  const judgement = blankJudgement()
  score(
    {
      event,
      standing: { ...KNOWN, model },
      readings,
      facets: facetsOf(readings),
      session: moment!.session,
      elapsedMs: 0,
      own: blankCalibration(OWN),
      group: nominal,
      tenant: nominal,
      gain: 1,
      logEventsPerDay: Math.log(eventsPerDay),
      releaseMs: Number.POSITIVE_INFINITY,
      attention: 1,
      maturity: 1,
    },
    () => 0,
    judgement,
  )
  return judgement
}

describe('a finding of the day', () => {
  const isRare: Parameters<typeof judged>[1] = ({ actions }) => {
    actions.action.nats = 400
    actions.action.known = 9
  }
  const isUnheardOf: Parameters<typeof judged>[1] = ({ actions }) => {
    actions.action.tenantNats = 400
    actions.action.known = 9
  }
  const of = (name: string, eventsPerDay: number, change: Parameters<typeof judged>[1]) =>
    judged(eventsPerDay, change).daySurprises[placeOf(name)]!

  it('is the less remarkable the more events a day has to surprise by', () => {
    const [quiet, busy] = [2, 40].map((eventsPerDay) => of('rare-action', eventsPerDay, isRare))
    expect(quiet).toBeGreaterThan(0)
    expect(busy).toBeLessThan(quiet!)
  })

  it('that compares with the whole tenant is as remarkable of a busy agent', () => {
    const [quiet, busy] = [2, 40].map((perDay) => of('unheard-of', perDay, isUnheardOf))
    expect(quiet).toBeGreaterThan(0)
    expect(busy).toBe(quiet)
  })

  it('counts as far as the record it breaks matters', () => {
    const broken = (seen: number) =>
      of('event-burst', 2, ({ volume }) => {
        volume.nats[0] = 400
        volume.seen[0] = seen
        volume.logLargest[0] = Math.log1p(100)
      })
    expect(broken(100)).toBe(0)
    expect(broken(150)).toBeGreaterThan(0)
    expect(broken(250)).toBeGreaterThan(broken(150))
    expect(broken(2500)).toBe(broken(250))
  })
})

it('nothing odd is certain, and no evidence', () => {
  const { p, evidence, dayTail } = judged(10, () => {})
  expect({ p, evidence, dayTail }).toEqual({ p: 1, evidence: 0, dayTail: 1 })
})

describe('a model of findings', () => {
  const isOdd: Parameters<typeof judged>[1] = ({ hours, origin }) => {
    hours.nats = 60
    hours.skill = 1
    origin.client.nats = 60
    origin.client.known = 3
  }

  it('adds to the evidence of what does not go together, and leaves the event itself as it is', () => {
    const without = judged(2, isOdd)
    const { p, evidence, daySurprises } = judged(2, isOdd, MODEL)
    expect(daySurprises[placeOf('odd-combination')]).toBeGreaterThan(0)
    expect(evidence).toBeGreaterThan(without.evidence)
    expect(p).toBe(without.p)
    expect(without.daySurprises[placeOf('odd-combination')]).toBe(0)
  })

  it('is not asked of an event that is not odd, and its findings are not learned from', () => {
    expect(judged(2, () => {}, MODEL)).toMatchObject({ evidence: 0, answers: 0 })
    expect(judged(2, () => {}).findings).toHaveLength(0)
    expect(judged(2, isOdd).findings.length).toBeGreaterThan(0)
  })
})
