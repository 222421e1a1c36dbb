import { expect, it } from 'vitest'
import {
  blankFacet,
  keepExample,
  learnFacet,
  mergeFacet,
  readFacet,
} from '../../src/baselines/facet.ts'
import { resources } from '../../src/baselines/resources.ts'
import { eventOf, momentsOf } from '../support/life.ts'

const blank = () => blankFacet('agent', 8, 64)
const nobody = { blueprint: undefined, tenant: blank() }

it('a facet of which the event says nothing reads as nothing', () => {
  expect(readFacet(blank(), nobody, 0, 1)).toMatchObject({ nats: 0, isNew: false })
})

it('a key is new once', () => {
  const facet = blank()
  expect([learnFacet(facet, 7, 1), learnFacet(facet, 7, 1)]).toEqual([true, false])
})

it('a group learns of a thing only when it is new to the member', () => {
  const [own, group] = [resources.blank('agent'), resources.blank('group')]
  const kin = { blueprint: undefined, tenant: group }
  for (const moment of momentsOf(Array.from({ length: 5 }, () => eventOf()))) {
    resources.learn(own, [group], moment, 1, resources.read(own, kin, moment))
  }
  expect(own.resource.tally.size).toBe(1)
  expect(own.resource.tally.total).toBeGreaterThan(4 * group.resource.tally.total)
})

it('the names of a few are kept, short and each once', () => {
  const [left, right] = [blank(), blank()]
  for (const facet of [left, right]) {
    for (let n = 1; n <= 8; n++) keepExample(facet, `name ${n} ${'x'.repeat(200)}`)
  }
  mergeFacet(left, right)
  expect(left.examples).toHaveLength(3)
  expect(new Set(left.examples).size).toBe(3)
  for (const example of left.examples) expect(example.length).toBeLessThanOrEqual(64)
})

it('names are cut between characters, so that they survive being stored', () => {
  for (let at = 58; at < 66; at++) {
    const facet = blank()
    keepExample(facet, `${'x'.repeat(at)}🙂🙂🙂`)
    const [example] = facet.examples
    expect(Buffer.from(example!).toString()).toBe(example)
  }
})
