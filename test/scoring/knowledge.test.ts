import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/engine.ts'
import type { RawEvent } from '../../src/event/event.ts'
import {
  groupKey,
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  saveKnowledge,
} from '../../src/scoring/knowledge.ts'
import { routine } from '../support/life.ts'

const options = { threshold: { falseAgentDaysPerThousand: 2 } }
function shareOf(id: string, seed: number): Knowledge {
  const engine = new Engine(options, new Map())
  const agent = { id, blueprint: seed % 2 === 0 ? 'even' : 'odd' }
  for (const event of routine(3, seed, { agent } as Partial<RawEvent>)) {
    engine.take(event, { isAlerting: false, frozenMs: undefined })
  }
  return engine.handIn()
}
const bytesOf = (knowledge: Knowledge) => pack(saveKnowledge(knowledge)).toString('hex')
const gathered = () => [shareOf('a', 1), shareOf('b', 2), shareOf('c', 3)]

describe('knowledge', () => {
  it('holds a group for the tenant and for each of its blueprints', () => {
    const known = mergeKnowledge(new Map(), gathered())
    const keys = [groupKey('default'), groupKey('default', 'even'), groupKey('default', 'odd')]
    expect([...known.keys()].sort()).toEqual(keys.sort())
  })

  it('comes back from storage to the bit', () => {
    const known = mergeKnowledge(new Map(), gathered())
    expect(bytesOf(loadKnowledge(unpack(pack(saveKnowledge(known)))))).toBe(bytesOf(known))
  })

  it('is the same joined at once or one by one, in the same order', () => {
    const once = mergeKnowledge(new Map(), gathered())
    const known: Knowledge = new Map()
    for (const share of gathered()) mergeKnowledge(known, [share])
    expect(bytesOf(known)).toBe(bytesOf(once))
  })

  it('spans the time of all that was gathered', () => {
    const shares = gathered()
    const firstMs = Math.min(...shares.map((share) => share.get(groupKey('default'))!.firstMs))
    const lastMs = Math.max(...shares.map((share) => share.get(groupKey('default'))!.lastMs))
    expect(mergeKnowledge(new Map(), shares).get(groupKey('default'))).toMatchObject({
      firstMs,
      lastMs,
    })
  })

  it('keeps tenants and blueprints apart', () => {
    expect(groupKey('a', 'b')).not.toBe(groupKey('a'))
    expect(groupKey('a', 'b')).not.toBe(groupKey('ab'))
    expect(groupKey('ab', 'c')).not.toBe(groupKey('a', 'bc'))
  })
})
