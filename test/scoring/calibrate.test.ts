import fc from 'fast-check'
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import {
  binOf,
  blankCalibration,
  blueprintSurvival,
  type Calibration,
  learnAnswer,
  loadCalibration,
  mergeCalibration,
  nominalSurvival,
  saveCalibration,
  scaleCalibration,
  survivalAt,
  tailOf,
  tenantSurvival,
} from '../../src/scoring/calibrate.ts'

const CHANNELS = ['one', 'two', 'three']
const ONE = 0
const answers = fc.array(
  fc.tuple(fc.nat(CHANNELS.length - 1), fc.double({ min: 0, max: 3000, noNaN: true })),
  { maxLength: 200 },
)

function learned(some: readonly (readonly [channel: number, nats: number])[]): Calibration {
  const calibration = blankCalibration(CHANNELS.length)
  for (const [channel, nats] of some) learnAnswer(calibration, channel, binOf(nats), 1)
  return calibration
}
const bytesOf = (calibration: Calibration) =>
  pack(saveCalibration(calibration, CHANNELS)).toString('hex')

/** A grid of surprises, from nothing to far beyond the last bin. */
const GRID = Array.from({ length: 400 }, (_, at) => Math.expm1((at / 400) * Math.log(5000)))

/** How often p lies at or below each level, of a stationary stream by which both have learned. */
function sharesBelow(levels: readonly number[], draw: () => number, ownAnswers: number): number[] {
  const [group, own] = [blankCalibration(1), blankCalibration(1)]
  for (let at = 0; at < 200_000; at++) learnAnswer(group, ONE, binOf(draw()), 1)
  for (let at = 0; at < ownAnswers; at++) learnAnswer(own, ONE, binOf(draw()), 1)
  const tenant = tenantSurvival(group, 1)
  const counts = levels.map(() => 0)
  const tried = 200_000
  for (let at = 0; at < tried; at++) {
    const nats = draw()
    const p = tailOf(own, tenant, ONE, nats, binOf(nats), 1)
    levels.forEach((level, place) => {
      if (p <= level) counts[place]!++
    })
  }
  return counts.map((count) => count / tried)
}

const chance = random(7)
const STREAMS: readonly (readonly [string, () => number])[] = [
  ['exponential', () => chance.exponential(1)],
  ['of a heavy tail', () => chance.pareto(1, 2.5) - 1],
  ['often nothing', () => (chance.chance(0.8) ? 0 : chance.gamma(2, 3))],
  ['a hundred times too large', () => chance.exponential(100)],
]

describe('calibration', () => {
  describe.each([
    ['a newcomer, by its tenant', 0],
    ['an agent, by its own past', 20_000],
  ])('of %s', (_, ownAnswers) => {
    it.each(STREAMS)('keeps its promise for answers that are %s', (_, draw) => {
      const levels = [0.1, 0.01, 0.001]
      sharesBelow(levels, draw, ownAnswers).forEach((share, at) => {
        expect(share / levels[at]!, `p ≤ ${levels[at]}`).toBeLessThan(1.5)
        expect(share / levels[at]!, `p ≤ ${levels[at]}`).toBeGreaterThan(1 / 1.5)
      })
    })
  })

  it('finds a larger answer never less remarkable, whoever has learned what', () => {
    fc.assert(
      fc.property(answers, answers, answers, (own, kin, all) => {
        const tenant = tenantSurvival(learned(all), 1)
        const blueprint = blueprintSurvival(learned(kin), tenant, 1)
        const mine = learned(own)
        for (const survival of [nominalSurvival(CHANNELS.length), tenant, blueprint]) {
          for (let channel = 0; channel < CHANNELS.length; channel++) {
            let before = 1
            let tailBefore = 1
            for (const nats of GRID) {
              const log = survivalAt(survival, channel, nats, binOf(nats))
              expect(log).toBeLessThanOrEqual(before + 1e-9)
              before = log
              const bin = binOf(nats)
              const tail = tailOf(mine, survival, channel, nats, bin, 1)
              expect(tail).toBeLessThanOrEqual(tailBefore + 1e-9)
              expect(tail).toBeGreaterThanOrEqual(0)
              tailBefore = tail
            }
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('gives a chance above 0, however large the answer', () => {
    const tenant = tenantSurvival(learned([[ONE, 1]]), 1)
    for (const survival of [nominalSurvival(CHANNELS.length), tenant]) {
      for (const nats of [0, 1, 700, 1447, 1449, 1e4, 1e6, Number.MAX_VALUE]) {
        const tail = tailOf(learned([]), survival, ONE, nats, binOf(nats), 1)
        expect(tail > 0 && tail <= 1, `${tail} at ${nats} nats`).toBe(true)
      }
    }
  })

  it('comes back from storage to the bit, by name, whatever channels there are by then', () => {
    fc.assert(
      fc.property(answers, (some) => {
        const calibration = learned(some)
        const saved = unpack(pack(saveCalibration(calibration, CHANNELS)))
        expect(bytesOf(loadCalibration(saved, CHANNELS))).toBe(bytesOf(calibration))
        const later = ['new', 'three', 'one']
        const again = loadCalibration(saved, later)
        for (const name of ['one', 'three']) {
          const tail = (of: Calibration, names: string[]) =>
            tailOf(of, nominalSurvival(3), names.indexOf(name), 2, binOf(2), 1)
          expect(tail(again, later)).toBe(tail(calibration, CHANNELS))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('adds up with another exactly, in either order', () => {
    fc.assert(
      fc.property(answers, answers, (left, right) => {
        const merged = learned(left)
        mergeCalibration(merged, learned(right))
        const reversed = learned(right)
        mergeCalibration(reversed, learned(left))
        expect(bytesOf(merged)).toBe(bytesOf(learned([...left, ...right])))
        expect(bytesOf(reversed)).toBe(bytesOf(merged))
      }),
      { numRuns: 50 },
    )
  })

  it('says the same at another landmark', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0, max: 100, noNaN: true }), (some, nats) => {
        const [calibration, moved] = [learned(some), learned(some)]
        scaleCalibration(moved, 2 ** -32)
        const tail = (of: Calibration, gain: number) =>
          tailOf(of, tenantSurvival(of, gain), ONE, nats, binOf(nats), gain)
        expect(tail(moved, 2 ** -32)).toBe(tail(calibration, 1))
      }),
      { numRuns: 50 },
    )
  })
})
