import { describe, expect, it } from 'vitest'
import { aspectsIn, gravityOf, isGrave } from '../../src/alert/gravity.ts'
import { aspects as allAspects } from '../../src/detectors/detector.ts'
import { detectors } from '../../src/detectors/index.ts'
import { severities } from '../../src/scoring/threshold.ts'

/** So many aspects. */
const some = (count: number) => new Set(allAspects.slice(0, count))

describe('the severity of a case', () => {
  it('is the grade of its strangest event where few aspects are odd, whatever is at stake', () => {
    for (const grade of severities) {
      const stakes = { criticality: 'critical', sensitivity: 'secret' }
      expect(gravityOf(grade, some(4), stakes).severity).toBe(grade)
      expect(gravityOf(grade, some(4), {}).severity).toBe(grade)
    }
  })

  it('is one step more for many aspects, for fewer where much is at stake', () => {
    expect(gravityOf('medium', some(5), {}).severity).toBe('medium')
    expect(gravityOf('medium', some(6), {}).severity).toBe('high')
    expect(gravityOf('medium', some(5), { criticality: 'high' }).severity).toBe('high')
    expect(gravityOf('high', some(5), { sensitivity: 'restricted' }).severity).toBe('critical')
    expect(gravityOf('high', some(5), { criticality: 'medium' }).severity).toBe('high')
    expect(gravityOf('critical', some(6), {}).severity).toBe('critical')
  })

  it('is at most medium where a silence alone is clearly odd', () => {
    const silence = new Set(['silence'] as const)
    expect(gravityOf('critical', silence, { sensitivity: 'secret' })).toEqual({
      severity: 'medium',
      why: [
        'graded critical by how rare such a day is',
        'no more than medium where a silence alone is clearly odd',
        'at stake: secret data',
      ],
    })
    expect(gravityOf('low', silence, {}).severity).toBe('low')
    expect(gravityOf('high', new Set(['silence', 'place'] as const), {}).severity).toBe('high')
    expect(gravityOf('high', new Set(['identity'] as const), {}).severity).toBe('high')
  })

  it('says what it follows from', () => {
    expect(gravityOf('high', some(5), { criticality: 'high', sensitivity: 'secret' }).why).toEqual([
      'graded high by how rare such a day is',
      'one step more for 5 independent aspects',
      'at stake: an agent of high criticality, secret data',
    ])
  })
})

it('aspects are counted once, and where they are clearly odd', () => {
  const [first] = detectors
  const same = detectors.filter(({ aspect }) => aspect === 'place').map(({ name }) => name)
  expect(same.length).toBeGreaterThan(1)
  const reasons = [...same, first!.name].map((detector) => ({ detector, p: 1e-4 }))
  expect(aspectsIn(reasons).size).toBe(2)
  expect(aspectsIn(reasons.map(({ detector }) => ({ detector, p: 0.01 }))).size).toBe(0)
  expect(aspectsIn([{ detector: 'gone', p: 1e-9 }]).size).toBe(0)
})

it('grave classes of data are known by their words', () => {
  for (const label of ['secret', 'Highly Confidential', 'RESTRICTED', 'pii', 'top secret']) {
    expect(isGrave(label), label).toBe(true)
  }
  for (const label of ['public', 'internal', 'confidential', 'secretariat']) {
    expect(isGrave(label), label).toBe(false)
  }
})
