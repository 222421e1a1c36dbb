import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS, NO_FINDINGS } from '../../src/agent/context.ts'
import { aspects } from '../../src/detectors/detector.ts'
import { detectors } from '../../src/detectors/index.ts'
import { gatherFindings, joint, strangenessOf, sustain, together } from '../../src/scoring/fuse.ts'

const nats = fc.integer({ min: 0, max: 50_000 }).map((thousandths) => thousandths / 1000)
const findings = fc
  .array(nats, { minLength: detectors.length, maxLength: detectors.length })
  .map((all) => Float64Array.from(all))
const full = new Float64Array(detectors.length).fill(1)
const one = (at: number, surprise: number) => {
  const surprises = new Float64Array(detectors.length)
  surprises[at] = surprise
  return surprises
}
/** What a finding says by itself. */
const alone = (at: number, surprise: number) => joint(one(at, surprise), full)
const places = detectors.map((_, at) => at)
const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0)

describe('a finding', () => {
  it('says nothing without surprise, next to nothing of a usual one, then as much as it grows', () => {
    for (const at of places) {
      const weight = (alone(at, 40) - alone(at, 30)) / 10
      expect(weight).toBeGreaterThan(0)
      expect(weight).toBeLessThanOrEqual(2 + 1e-9)
      expect(alone(at, 0)).toBe(0)
      expect(alone(at, 1)).toBeLessThan(weight / 4)
      expect(alone(at, 20) - alone(at, 10)).toBeCloseTo(10 * weight, 2)
    }
  })

  it('says never more than twice its surprise, and each further nat never less than the one before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), nats, (at, surprise) => {
        expect(alone(at, surprise)).toBeLessThanOrEqual(2 * surprise + 1e-9)
        const [low, middle, high] = [0, 1, 2].map((more) => alone(at, surprise + more))
        expect(high! - middle!).toBeGreaterThanOrEqual(middle! - low! - 1e-9)
      }),
    )
  })

  it('counts the same whichever detector of its aspect has it', () => {
    for (const aspect of aspects) {
      const of = places.filter((at) => detectors[at]!.aspect === aspect)
      expect(of, aspect).not.toHaveLength(0)
      for (const at of of) expect(alone(at, 9)).toBe(alone(of[0]!, 9))
    }
  })
})

describe('joined findings', () => {
  it('are the sum of what the strongest of each aspect says', () => {
    fc.assert(
      fc.property(findings, (surprises) => {
        const strongest = aspects.map((aspect) => {
          const of = places.filter((at) => detectors[at]!.aspect === aspect)
          return Math.max(...of.map((at) => alone(at, surprises[at]!)))
        })
        expect(joint(surprises, full)).toBeCloseTo(total(strongest), 9)
        expect(joint(surprises, full)).toBeLessThanOrEqual(total(surprises) * (1 + 1e-9))
      }),
    )
  })

  it('let one overwhelming finding speak louder than the noise of every aspect', () => {
    const noise = joint(new Float64Array(detectors.length).fill(1), full)
    for (const at of places) expect(alone(at, 40)).toBeGreaterThan(noise)
  })

  it('of different aspects say more together, of one aspect no more than the strongest', () => {
    detectors.forEach(({ aspect }, at) => {
      detectors.forEach((other, otherAt) => {
        if (at === otherAt) return
        const surprises = one(at, 5)
        surprises[otherAt] = 4
        const both = joint(surprises, full)
        if (other.aspect === aspect) expect(both).toBeCloseTo(alone(at, 5), 9)
        else expect(both).toBeCloseTo(alone(at, 5) + alone(otherAt, 4), 9)
      })
    })
  })

  it('never say less when a finding grows or counts for more', () => {
    fc.assert(
      fc.property(findings, fc.nat(detectors.length - 1), nats, (surprises, at, more) => {
        const before = joint(surprises, full)
        const grown = surprises.slice()
        grown[at] = grown[at]! + more
        expect(joint(grown, full)).toBeGreaterThanOrEqual(before * (1 - 1e-9))
        const lighter = full.slice()
        lighter[at] = 0.5
        expect(joint(surprises, lighter)).toBeLessThanOrEqual(before * (1 + 1e-9))
      }),
    )
  })
})

describe('what a session has found before', () => {
  const session = (surprises?: Float64Array) => {
    const opened = { findings: NO_FINDINGS }
    if (surprises !== undefined) gatherFindings(opened, 0, surprises)
    return opened
  }
  const [first] = places
  const other = places.find((at) => detectors[at]!.aspect !== detectors[first!]!.aspect)!

  it('is nothing at first: an event says what it says by itself', () => {
    fc.assert(
      fc.property(findings, (surprises) => {
        expect(gatherFindings(session(), 0, surprises)).toBeCloseTo(joint(surprises, full), 9)
      }),
    )
  })

  it('joins what the event shows of another aspect', () => {
    const both = gatherFindings(session(one(first!, 9)), 0, one(other, 40))
    expect(both).toBeCloseTo(alone(first!, 9) + alone(other, 40), 9)
    expect(gatherFindings(session(one(first!, 9)), 0, one(first!, 9))).toBeCloseTo(
      alone(first!, 9),
      9,
    )
  })

  it('says nothing of an event that is not odd itself, and waits for the next that is', () => {
    const opened = session(one(first!, 9))
    expect(gatherFindings(opened, 0, one(first!, 0))).toBe(0)
    expect(gatherFindings(opened, 0, one(other, 9))).toBeGreaterThan(alone(other, 9))
  })

  it('makes of an event at most a few times what it says, and never less', () => {
    fc.assert(
      fc.property(findings, findings, (before, now) => {
        const own = joint(now, full)
        const gathered = gatherFindings(session(before), 0, now)
        expect(gathered).toBeGreaterThanOrEqual(own * (1 - 1e-9))
        expect(gathered).toBeLessThanOrEqual(own * 3 * (1 + 1e-9))
      }),
    )
    const slight = gatherFindings(
      session(new Float64Array(detectors.length).fill(40)),
      0,
      one(first!, 1),
    )
    expect(slight).toBeCloseTo(3 * alone(first!, 1), 9)
  })

  it('counts by half an hour later, and is forgotten in the end', () => {
    const laterBy = (elapsedMs: number) =>
      gatherFindings(session(one(first!, 8)), elapsedMs, one(other, 40)) - alone(other, 40)
    expect(laterBy(0)).toBeCloseTo(alone(first!, 8), 9)
    expect(laterBy(HOUR_MS)).toBeCloseTo(alone(first!, 4), 9)
    expect(laterBy(24 * HOUR_MS)).toBe(0)
    const opened = session(one(first!, 8))
    gatherFindings(opened, 24 * HOUR_MS, new Float64Array(detectors.length))
    expect(opened.findings).toBe(NO_FINDINGS)
  })

  it('is its own, though sessions in which nothing was found share what they have', () => {
    const [opened, another] = [session(), session()]
    gatherFindings(opened, 0, one(first!, 9))
    expect(opened.findings).not.toBe(NO_FINDINGS)
    expect(NO_FINDINGS).toHaveLength(0)
    gatherFindings(another, 0, one(first!, 9))
    const kept = opened.findings.slice()
    gatherFindings(another, HOUR_MS, one(other, 9))
    expect(another.findings).not.toEqual(kept)
    expect(opened.findings).toEqual(kept)
  })
})

it('an event says at least its own, and more with what gathered, which counts for less', () => {
  fc.assert(
    fc.property(nats, nats, nats, (event, gathered, more) => {
      const both = together(event, gathered)
      expect(both).toBeGreaterThanOrEqual(event)
      expect(both).toBeLessThanOrEqual((event + gathered) * (1 + 1e-9))
      expect(together(event, gathered + more)).toBeGreaterThanOrEqual(both)
      expect(together(event + more, gathered)).toBeGreaterThanOrEqual(both)
    }),
  )
  expect(together(5, 0)).toBe(5)
  expect(together(5, 20)).toBeGreaterThan(5)
  expect(together(20, 5)).toBeGreaterThan(together(5, 20))
})

it('an everyday event adds nothing to what gathers', () => {
  expect(strangenessOf(0)).toBe(0)
  expect(strangenessOf(1)).toBe(0)
  expect(strangenessOf(20)).toBeGreaterThan(strangenessOf(10))
})

describe('what a session shows', () => {
  const shown = (evidence: readonly number[], elapsedMs = 1_000) => {
    const session = { level: 0 }
    return evidence.map((nats) => sustain(session, elapsedMs, nats))
  }

  it('is never less than the event at hand shows', () => {
    fc.assert(
      fc.property(fc.array(nats, { minLength: 1 }), (all) => {
        for (const [at, nats] of shown(all).entries()) expect(nats).toBeGreaterThanOrEqual(all[at]!)
      }),
    )
  })

  it('is the share of a tenth after one odd event, and nearly in full after many', () => {
    expect(shown([20, 0])[1]).toBeCloseTo(2, 2)
    expect(shown([...new Array<number>(40).fill(20), 0])[40]).toBeGreaterThan(19)
  })

  it('is forgotten by usual events, and in hours', () => {
    expect(shown([20, ...new Array<number>(80).fill(0)])[80]).toBe(0)
    expect(shown([20, 0, 0], HOUR_MS)[1]).toBeCloseTo(1, 6)
    expect(shown([0, 0])).toEqual([0, 0])
  })
})
