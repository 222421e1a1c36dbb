import fc from 'fast-check'
import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import {
  ANSWER_MIN,
  BINS,
  binOf,
  blankCalibration,
  blueprintSurprises,
  type Calibration,
  edges,
  groupSurprise,
  learnAnswer,
  loadCalibration,
  mergeCalibration,
  nominalSurprises,
  type Surprises,
  saveCalibration,
  scaleCalibration,
  surpriseOf,
  tenantSurprises,
} from '../../src/scoring/calibrate.ts'

const CHANNELS = ['one', 'two', 'three']
const ONE = 0
/** Channels that count events; none counts days unless a test says so. */
const EVENTS = CHANNELS.length
const answers = fc.array(
  fc.tuple(fc.nat(CHANNELS.length - 1), fc.double({ min: 0, max: 3000, noNaN: true })),
  { maxLength: 200 },
)

function learned(some: readonly (readonly [channel: number, nats: number])[]): Calibration {
  const calibration = blankCalibration(CHANNELS.length)
  for (const [channel, nats] of some) learn(calibration, channel, nats)
  return calibration
}
/** What happened counts once; an answer only where there was one. */
function learn(calibration: Calibration, channel: number, nats: number): void {
  calibration.events++
  if (nats >= ANSWER_MIN) learnAnswer(calibration, channel, binOf(nats), 1)
}
/** The chance of an answer at least as large, by an agent's own past and its group's. */
function tailOf(own: Calibration, group: Surprises, channel: number, nats: number, gain = 1) {
  if (nats < ANSWER_MIN) return 1
  return Math.exp(-surpriseOf(own, own.events, group, channel, nats, binOf(nats), gain))
}
const bytesOf = (calibration: Calibration) =>
  pack(saveCalibration(calibration, CHANNELS)).toString('hex')

/** A grid of surprises, from the least to far beyond the last bin. */
const GRID = Array.from({ length: 400 }, (_, at) => Math.expm1((at / 400) * Math.log(5000))).filter(
  (nats) => nats >= ANSWER_MIN,
)

/** How often p lies at or below each level, of a stationary stream by which both have learned. */
function sharesBelow(levels: readonly number[], draw: () => number, ownAnswers: number): number[] {
  const [group, own] = [blankCalibration(1), blankCalibration(1)]
  for (let at = 0; at < 200_000; at++) learn(group, ONE, draw())
  for (let at = 0; at < ownAnswers; at++) learn(own, ONE, draw())
  const tenant = tenantSurprises(group, 1, 1)
  const counts = levels.map(() => 0)
  const tried = 200_000
  for (let at = 0; at < tried; at++) {
    const nats = draw()
    const p = tailOf(own, tenant, ONE, nats)
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
  // Of more, one in a thousand would lie beyond the last edge, where answers are not told apart.
  ['thirty times too large', () => chance.exponential(30)],
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
        const tenant = tenantSurprises(learned(all), EVENTS, 1)
        const blueprint = blueprintSurprises(learned(kin), tenant, EVENTS, 1)
        const mine = learned(own)
        for (const group of [nominalSurprises(CHANNELS.length), tenant, blueprint]) {
          for (let channel = 0; channel < CHANNELS.length; channel++) {
            let before = 0
            let ownBefore = 0
            for (const nats of GRID) {
              const bin = binOf(nats)
              const surprise = groupSurprise(group, channel, nats, bin)
              expect(surprise).toBeGreaterThanOrEqual(before - 1e-9)
              before = surprise
              const ofOwn = surpriseOf(mine, mine.events, group, channel, nats, bin, 1)
              expect(ofOwn).toBeGreaterThanOrEqual(ownBefore - 1e-9)
              ownBefore = ofOwn
            }
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('gives a chance above 0, however large the answer', () => {
    const tenant = tenantSurprises(learned([[ONE, 1]]), EVENTS, 1)
    for (const group of [nominalSurprises(CHANNELS.length), tenant]) {
      for (const nats of [1, 2, 700, 1447, 1449, 1e4, 1e6, Number.MAX_VALUE]) {
        const tail = tailOf(learned([]), group, ONE, nats)
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
            tailOf(of, nominalSurprises(3), names.indexOf(name), 2)
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
          tailOf(of, tenantSurprises(of, EVENTS, gain), ONE, nats, gain)
        expect(tail(moved, 2 ** -32)).toBe(tail(calibration, 1))
      }),
      { numRuns: 50 },
    )
  })

  it('tells no two answers apart beyond its last edge', () => {
    const beyond = edges[BINS]!
    const tenant = tenantSurprises(learned([[ONE, 5]]), EVENTS, 1)
    const own = learned([[ONE, 3]])
    for (const nats of [beyond * 1.001, 1e4, Number.MAX_VALUE]) {
      expect(tailOf(own, tenant, ONE, nats)).toBeCloseTo(tailOf(own, tenant, ONE, beyond), 12)
    }
    expect(beyond).toBeGreaterThan(350)
  })

  it('of an agent counts for the more the less its group’s word does', () => {
    // The group knows larger answers well, the agent does not.
    const tenant = tenantSurprises(learned(Array.from({ length: 200 }, () => [ONE, 9])), EVENTS, 1)
    const own = learned(Array.from({ length: 50 }, () => [ONE, 0]))
    const by = (strength?: number) =>
      surpriseOf(own, own.events, tenant, ONE, 9, binOf(9), 1, strength)
    expect(by(1)).toBeGreaterThan(by(30))
    expect(by(30)).toBeGreaterThan(by())
    expect(by()).toBeGreaterThan(groupSurprise(tenant, ONE, 9, binOf(9)))
    const newcomer = blankCalibration(CHANNELS.length)
    expect(surpriseOf(newcomer, 0, tenant, ONE, 9, binOf(9), 1, 1)).toBe(
      groupSurprise(tenant, ONE, 9, binOf(9)),
    )
  })

  it('of days is read against the days there were, not the events', () => {
    const calibration = learned([])
    for (let day = 0; day < 100; day++) {
      calibration.days++
      calibration.events += 1000
      if (day % 10 !== 0) continue
      learnAnswer(calibration, ONE, binOf(4), 1)
      learnAnswer(calibration, ONE + 1, binOf(4), 1)
    }
    const tenant = tenantSurprises(calibration, ONE + 1, 1)
    const rarity = (channel: number) => groupSurprise(tenant, channel, 3, binOf(3))
    // Ten among a hundred thousand events; ten among a hundred days.
    expect(rarity(ONE)).toBeGreaterThan(8)
    expect(rarity(ONE + 1)).toBeLessThan(3)
    const own = (total: number) => surpriseOf(calibration, total, tenant, ONE + 1, 3, binOf(3), 1)
    expect(own(calibration.days)).toBeLessThan(own(calibration.events))
    const kin = blueprintSurprises(calibration, tenant, ONE + 1, 1)
    expect(groupSurprise(kin, ONE + 1, 3, binOf(3))).toBeLessThan(
      groupSurprise(kin, ONE, 3, binOf(3)),
    )
  })

  it('works a row out when it is asked for, and then says what it would have said at once', () => {
    fc.assert(
      fc.property(answers, answers, fc.array(fc.nat(2), { maxLength: 8 }), (all, kin, asked) => {
        const [tenant, blueprint] = [learned(all), learned(kin)]
        const lazy = tenantSurprises(tenant, EVENTS, 1)
        const ofKin = blueprintSurprises(blueprint, lazy, EVENTS, 1)
        for (const channel of [...asked, 0, 1, 2]) {
          const expected = eagerRow(tenant, channel)
          const expectedOfKin = eagerKinRow(blueprint, channel, expected)
          for (let bin = 0; bin < BINS; bin++) {
            expect(groupSurprise(ofKin, channel, edges[bin]!, bin)).toBeCloseTo(
              expectedOfKin[bin]!,
              9,
            )
            expect(groupSurprise(lazy, channel, edges[bin]!, bin)).toBeCloseTo(expected[bin]!, 9)
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})

const countIn = ({ counts }: Calibration, channel: number, bin: number): number =>
  bin < BINS ? counts[channel * BINS + bin]! : 0
const aboveIn = (calibration: Calibration, channel: number, from: number): number => {
  let above = 0
  for (let bin = from; bin < BINS; bin++) above += countIn(calibration, channel, bin)
  return above
}

/** The obvious version: every edge by itself; beyond the last with 25 answers above, a Pareto tail. */
function eagerRow(calibration: Calibration, channel: number): number[] {
  const places = Array.from({ length: BINS + 1 }, (_, bin) => bin)
  const row = places.map((bin) => {
    const backed = aboveIn(calibration, channel, bin) + 20 * (1 + edges[bin]!) ** -2
    return -Math.log(Math.min(backed / (calibration.events + 20), 1))
  })
  const threshold = places.findLast((bin) => aboveIn(calibration, channel, bin) >= 25)
  if (threshold === undefined) return row
  let excess = 0
  for (let bin = threshold; bin < BINS; bin++) {
    excess += (bin - threshold + 0.5) * countIn(calibration, channel, bin)
  }
  const nominalMean = 4 / Math.LN2 / 2
  const mean = (excess + 25 * nominalMean) / (aboveIn(calibration, channel, threshold) + 25)
  return row.map((surprise, bin) =>
    bin <= threshold ? surprise : row[threshold]! + (bin - threshold) / Math.max(mean, 1),
  )
}

/** A blueprint's answers, with a hundred as its tenant's beside them. */
function eagerKinRow(
  calibration: Calibration,
  channel: number,
  tenant: readonly number[],
): number[] {
  return tenant.map((surprise, bin) => {
    const above = aboveIn(calibration, channel, bin) + 100 * Math.exp(-surprise)
    return -Math.log(Math.min(above / (calibration.events + 100), 1))
  })
}
