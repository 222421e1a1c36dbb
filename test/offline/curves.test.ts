import { expect, it } from 'vitest'
import { curvesOf } from '../../src/offline/curves.ts'
import { gatherScores } from '../../src/offline/gather-scores.ts'

const event = (id: string, score: number) => ({ id, agent: 'a', time: 0, score })
const attack = (...events: string[]) => ({ incident: events[0]!, scenario: 's', events })

it('goes through every threshold at a malicious score, ties taken together', () => {
  const scores = [event('m1', 9), event('b1', 8), event('m2', 7), event('m3', 7), event('b2', 1)]
  const { precisionRecall, roc } = curvesOf(
    gatherScores(scores, [attack('m1', 'm2', 'm3', 'gone')]),
  )
  expect(precisionRecall).toEqual([
    [0.25, 1],
    [0.75, 0.75],
  ])
  expect(roc).toEqual([
    [0, 0],
    [0, 0.25],
    [0.5, 0.75],
    [1, 1],
  ])
})

it('thins to what a plot can show and keeps both ends', () => {
  const ids = Array.from({ length: 5_000 }, (_, n) => `m${n}`)
  const scores = [event('b', -1), ...ids.map((id, n) => event(id, n))]
  const { precisionRecall } = curvesOf(gatherScores(scores, [attack(...ids)]))
  expect(precisionRecall).toHaveLength(240)
  expect([precisionRecall[0], precisionRecall.at(-1)]).toEqual([
    [1 / 5_000, 1],
    [1, 1],
  ])
})
