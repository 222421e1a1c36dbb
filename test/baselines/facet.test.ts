import { expect, it } from 'vitest'
import { blankFacet, learnFacet, mergeFacet, readFacet } from '../../src/baselines/facet.ts'

const blank = () => blankFacet('agent', 8, 64)
const nobody = { blueprint: undefined, tenant: blank() }

it('a facet of which the event says nothing reads as nothing, and learns nothing', () => {
  const facet = blank()
  learnFacet(facet, [], 0, 1, undefined)
  expect(facet.tally.total).toBe(0)
  expect(readFacet(facet, nobody, 0, 1)).toMatchObject({ nats: 0, isNew: false })
})

it('a group learns of a thing only when it is new to the member', () => {
  const [facet, group] = [blank(), blank()]
  for (let at = 0; at < 5; at++) learnFacet(facet, [group], 7, 1, 'seven')
  expect(facet.tally.total).toBe(5)
  expect(group.tally.total).toBe(1)
})

it('the names of a few are kept, short and each once', () => {
  const [left, right] = [blank(), blank()]
  for (let key = 1; key <= 8; key++) learnFacet(left, [], key, 1, `name ${key} ${'x'.repeat(200)}`)
  for (let key = 1; key <= 8; key++) learnFacet(right, [], key, 1, `name ${key} ${'x'.repeat(200)}`)
  mergeFacet(left, right)
  expect(left.examples).toHaveLength(3)
  expect(new Set(left.examples).size).toBe(3)
  for (const example of left.examples) expect(example.length).toBeLessThanOrEqual(64)
})

it('names are cut between characters, so that they survive being stored', () => {
  for (let at = 58; at < 66; at++) {
    const facet = blank()
    learnFacet(facet, [], 1, 1, `${'x'.repeat(at)}🙂🙂🙂`)
    const [example] = facet.examples
    expect(Buffer.from(example!).toString()).toBe(example)
  }
})
