import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Holder } from '../../src/baselines/baseline.ts'
import * as facet from '../../src/baselines/facet.ts'
import {
  blankFacets,
  type FacetReading,
  type FacetSizes,
  type Facets,
  facetFrom,
  layoutOf,
  loadFacets,
  mergeFacets,
  nothingTold,
  putFacet,
  putRates,
  scaleFacets,
  silentReading,
  takeFacet,
  takeRates,
} from '../../src/baselines/facet.ts'
import { resources } from '../../src/baselines/resources.ts'
import { bitsIn, bitsWritten } from '../../src/math/bits.ts'
import { bytesOf } from '../../src/math/bytes.ts'
import { POPULARITIES } from '../../src/math/novelty.ts'
import { entriesOf, sizeOf, totalOf, weightOf } from '../../src/math/tally.ts'
import { eventOf, momentsOf } from '../support/life.ts'

const SIZES = { agentMax: 8, groupMax: 64 }
const BY_ACTION = { ...SIZES, isByAction: true }
const READ = 101
const WRITE = 102
/** The facet looked at is the second of two. */
const AT = 1
const layoutFor = (holder: Holder, sizes: FacetSizes) => layoutOf(holder, [BY_ACTION, sizes])
const blankFacet = (holder: Holder, sizes: FacetSizes) => blankFacets(layoutFor(holder, sizes))
const learnFacet = (own: Facets, key: number, action: number, weight: number) =>
  facet.learnFacet(own, AT, key, action, weight)
const learnOfMember = (group: Facets, key: number) => facet.learnOfMember(group, AT, key, 1, 1)
const heldOf = (own: Facets, key: number) => weightOf(own, AT, key)
const keepExample = (own: Facets, name: string) => facet.keepExample(own, AT, name)
const stored = (facets: Facets) =>
  [0, AT].map((at) =>
    takeFacet(
      bitsIn(bitsWritten((bits) => putFacet(bits, facets, at, nothingTold()))),
      nothingTold(),
    ),
  )
const blank = (sizes = SIZES) => blankFacet('agent', sizes)
const blankGroup = () => blankFacet('group', SIZES)

function read(own: Facets, key: number, tenant = blankGroup(), blueprint?: Facets, action = READ) {
  const reading = silentReading()
  facet.readFacet(own, blueprint, tenant, AT, key, heldOf(own, key), action, 1, reading)
  return reading
}

/** An agent that met these keys, and a group of members that met theirs. */
function agentOf(keys: readonly number[]): Facets {
  const facet = blankFacet('agent', { agentMax: 64, groupMax: 64 })
  for (const key of keys) learnFacet(facet, key, READ, 1)
  return facet
}
function groupOf(members: readonly (readonly number[])[]): Facets {
  const group = blankGroup()
  for (const keys of members) for (const key of new Set(keys)) learnOfMember(group, key)
  return group
}

const KEYS = 12
const UNMET = KEYS + 1
const met = fc.array(fc.integer({ min: 1, max: KEYS }), { maxLength: 60 })
const members = fc.array(met, { maxLength: 6 })

it('a facet of which the event says nothing reads as nothing', () => {
  const reading = silentReading()
  const own = blank()
  learnFacet(own, 7, READ, 1)
  keepExample(own, 'seven')
  facet.readFacet(own, undefined, blankGroup(), AT, 7, heldOf(own, 7), READ, 1, reading)
  facet.readFacet(own, undefined, blankGroup(), AT, 0, 0, READ, 1, reading)
  expect(reading).toEqual(silentReading())
})

it('a key is new once', () => {
  const facet = blank()
  expect([learnFacet(facet, 7, READ, 1), learnFacet(facet, 7, READ, 1)]).toEqual([true, false])
})

describe('a thing', () => {
  it('is a surprise of at least 0, and finite', () => {
    fc.assert(
      fc.property(
        met,
        members,
        members,
        fc.integer({ min: 1, max: UNMET }),
        (own, kin, all, key) => {
          const { nats, tenantNats } = read(agentOf(own), key, groupOf(all), groupOf(kin))
          for (const some of [nats, tenantNats]) {
            expect(some).toBeGreaterThanOrEqual(0)
            expect(Number.isFinite(some)).toBe(true)
          }
        },
      ),
    )
  })

  it('known to the agent is never stranger than a new one', () => {
    fc.assert(
      fc.property(met, members, members, (own, kin, all) => {
        const [mine, peers, tenant] = [agentOf(own), groupOf(kin), groupOf(all)]
        const strange = read(mine, UNMET, tenant, peers).nats
        for (const [key] of entriesOf(mine, AT)) {
          expect(read(mine, key, tenant, peers).nats).toBeLessThanOrEqual(strange + 1e-12)
        }
      }),
    )
  })

  it('known to peers is never stranger than what they do not know', () => {
    fc.assert(
      fc.property(met, members, members, (own, kin, all) => {
        const [mine, peers, tenant] = [agentOf(own), groupOf(kin), groupOf(all)]
        const strange = read(mine, UNMET, tenant, peers).nats
        for (const key of [...kin.flat(), ...all.flat()]) {
          expect(read(mine, key, tenant, peers).nats).toBeLessThanOrEqual(strange + 1e-12)
        }
      }),
    )
  })

  it('one meets daily is far less strange than one never met', () => {
    const mine = agentOf(Array.from({ length: 40 }, (_, at) => 1 + (at % 2)))
    expect(read(mine, UNMET).nats).toBeGreaterThan(read(mine, 1).nats + 1.5)
  })

  it('that is new says more of one who never meets any', () => {
    const nats = (own: readonly number[]) => read(agentOf(own), UNMET).nats
    const settled = Array.from({ length: 100 }, () => 1)
    const roaming = Array.from({ length: 12 }, (_, at) => at + 1)
    expect(nats(settled)).toBeGreaterThan(nats(settled.slice(0, 10)))
    expect(nats(settled)).toBeGreaterThan(nats(roaming))
  })

  it('says less where one of the peers knows it, and less still where many do', () => {
    const shared = Array.from({ length: 8 }, () => [1, 2, 3, 4])
    const mine = agentOf(Array.from({ length: 20 }, () => 9))
    const nats = (tenant: Facets) => read(mine, 5, tenant).nats
    const none = nats(groupOf(shared))
    const one = nats(groupOf([...shared, [5]]))
    const many = nats(groupOf(shared.map((keys) => [...keys, 5])))
    expect(one).toBeLessThan(none)
    expect(many).toBeLessThan(one)
  })
})

describe('the rate of new things', () => {
  /** One who reads something else each time, and writes to the same place. */
  const own = blankFacet('agent', { ...BY_ACTION, agentMax: 64 })
  for (let at = 0; at < 40; at++) {
    learnFacet(own, 10 + at, READ, 1)
    learnFacet(own, 7, WRITE, 1)
  }
  const natsBy = (facet: Facets, action: number) =>
    read(facet, 5, undefined, undefined, action).nats

  it('is the action’s own where it is kept', () => {
    expect(natsBy(own, WRITE)).toBeGreaterThan(natsBy(own, READ) + 1)
    const shares = [READ, WRITE].map((action) => Math.exp(-natsBy(own, action)))
    expect(read(own, 5, undefined, undefined, WRITE).newShare).toBeCloseTo(shares[1]!, 9)
    expect(shares[0]).toBeGreaterThan(0.5)
  })

  it('of an action not met is the general one', () => {
    const { newShare } = read(own, 7)
    expect(read(own, 5, undefined, undefined, 103).newShare).toBeCloseTo(newShare, 9)
  })

  it('is one for all actions where it is not kept by action, as in a group', () => {
    const plain = blank()
    for (const action of [READ, WRITE]) learnFacet(plain, action, action, 1)
    expect(plain.layout.ratesAt[AT]).toBe(0)
    expect(natsBy(plain, READ)).toBe(natsBy(plain, WRITE))
    expect(blankFacet('group', BY_ACTION).layout.ratesAt[AT]).toBe(0)
  })

  it('survives being stored, merged and moved to another landmark', () => {
    const layout = layoutFor('agent', { ...BY_ACTION, agentMax: 64 })
    const rates = takeRates(
      bitsIn(bitsWritten((bits) => putRates(bits, own, nothingTold()))),
      nothingTold(),
    )
    const loaded = loadFacets(stored(own), layout, rates)
    const merged = blankFacet('agent', { ...BY_ACTION, agentMax: 64 })
    mergeFacets(merged, own, 1)
    for (const action of [READ, WRITE]) {
      expect(natsBy(loaded, action)).toBe(natsBy(own, action))
      expect(natsBy(merged, action)).toBeCloseTo(natsBy(own, action), 6)
    }
    scaleFacets(loaded, 2 ** -32)
    const moved: FacetReading = silentReading()
    facet.readFacet(loaded, undefined, blankGroup(), AT, 5, 0, WRITE, 2 ** -32, moved)
    expect(moved.nats).toBeCloseTo(natsBy(own, WRITE), 9)
  })
})

describe('what a group took up', () => {
  const uptakeOf = ({ uptake }: Facets) => [...uptake.subarray(AT * POPULARITIES)]

  it('is counted by how many members knew it then', () => {
    const group = groupOf([[1, 2], [1], [1], [1]])
    // Two were known to none; the one was then known to one, to two, and to three: about four.
    expect(uptakeOf(group)).toEqual([2, 1, 1, 1, 0, 0, 0])
    expect(totalOf(group, AT)).toBe(5)
  })

  it('of an agent stays empty', () => {
    expect(agentOf([1, 2, 1]).uptake.every((weight) => weight === 0)).toBe(true)
  })

  it('is joined by what the one who takes in knew before', () => {
    const known = groupOf([[1], [1]])
    const share = groupOf([[1, 2]])
    mergeFacets(known, share, 1)
    // 1 was known to two members by then, 2 to none.
    expect(uptakeOf(known)).toEqual([2, 1, 1, 0, 0, 0, 0])
  })

  it('keeps its sum when shares are joined, however they are cut', () => {
    const sum = ({ uptake }: Facets) => uptake.reduce((a, b) => a + b, 0)
    fc.assert(
      fc.property(members, members, (left, right) => {
        const merged = groupOf(left)
        mergeFacets(merged, groupOf(right), 1)
        expect(sum(merged)).toBeCloseTo(sum(groupOf(left)) + sum(groupOf(right)), 3)
      }),
    )
  })

  it('survives being stored to the bit, and moves with its landmark', () => {
    fc.assert(
      fc.property(members, (some) => {
        const group = groupOf(some)
        const loaded = loadFacets(stored(group), layoutFor('group', SIZES))
        expect(uptakeOf(loaded)).toEqual(uptakeOf(group))
        scaleFacets(loaded, 2 ** -32)
        expect(uptakeOf(loaded)).toEqual(uptakeOf(group).map((weight) => weight * 2 ** -32))
      }),
    )
  })

  it('was not told until v2: what was stored before loads without', () => {
    const keys = bytesOf(Int32Array.of(1, 2))
    const tally = [keys, bytesOf(Float32Array.of(2, 1)), 3, 2] as const
    const loaded = loadFacets(
      [facetFrom([tally, []]), facetFrom([tally, []])],
      layoutFor('group', SIZES),
    )
    expect(loaded.uptake.every((weight) => weight === 0)).toBe(true)
    expect(entriesOf(loaded, AT)).toEqual([
      [1, 2],
      [2, 1],
    ])
  })
})

it('a group learns of a thing only when it is new to the member', () => {
  const [own, group] = [resources.blank('agent'), resources.blank('group')]
  const kin = { blueprint: undefined, tenant: group }
  for (const moment of momentsOf(Array.from({ length: 5 }, () => eventOf()))) {
    resources.learn(own, [group], moment, 1, resources.read(own, kin, moment))
  }
  expect(sizeOf(own, 0)).toBe(1)
  expect(totalOf(own, 0)).toBeGreaterThan(4 * totalOf(group, 0))
})

it('the names of a few are kept, short and each once', () => {
  const [left, right] = [blank(), blank()]
  for (const own of [left, right]) {
    for (let n = 1; n <= 8; n++) keepExample(own, `name ${n} ${'x'.repeat(200)}`)
  }
  mergeFacets(left, right, 1)
  expect(left.examples[AT]!).toHaveLength(3)
  expect(new Set(left.examples[AT]!).size).toBe(3)
  for (const example of left.examples[AT]!) expect(example.length).toBeLessThanOrEqual(64)
})

it('names are cut between characters, so that they survive being stored', () => {
  for (let at = 58; at < 66; at++) {
    const own = blank()
    keepExample(own, `${'x'.repeat(at)}🙂🙂🙂`)
    const [example] = own.examples[AT]!
    expect(Buffer.from(example!).toString()).toBe(example)
  }
})
