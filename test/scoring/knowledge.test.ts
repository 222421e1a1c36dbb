import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import { Engine } from '../../src/engine.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { gainAt } from '../../src/math/decay.ts'
import { BINS, edges, groupSurprise, learnAnswer } from '../../src/scoring/calibrate.ts'
import { channels, VERDICT } from '../../src/scoring/channels.ts'
import {
  alignGroup,
  epochOf,
  type Group,
  groupIn,
  groupKey,
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  saveKnowledge,
  surprisesOf,
} from '../../src/scoring/knowledge.ts'
import { routine, START_MS, STRETCH } from '../support/life.ts'

const options = { threshold: { falseAgentDaysPerThousand: 2 } }
function shareOf(id: string, seed: number, registered?: readonly RegisteredAgent[]): Knowledge {
  const registry = registered && new Map(registered.map((agent) => [agent.id, agent]))
  const engine = new Engine({ ...options, registry }, new Map())
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

  it('counts the agents of a tenant once each, whatever partition they were seen in', () => {
    const known = mergeKnowledge(new Map(), gathered())
    const kept = { agents: 3, unregistered: 0, outOfService: 0, lookAlikes: 0 }
    expect(known.get(groupKey('default'))!.population).toEqual(kept)
    const loaded = loadKnowledge(unpack(pack(saveKnowledge(known))))
    expect(loaded.get(groupKey('default'))!.population).toEqual(kept)
  })

  it('counts apart whom the registry does not have, or has as retired', () => {
    const registered = [
      { id: 'a', status: 'active' },
      { id: 'b', status: 'retired' },
    ]
    const shares = ['a', 'b', 'c', 'd'].map((id, at) => shareOf(id, at, registered))
    const { population } = mergeKnowledge(new Map(), shares).get(groupKey('default'))!
    expect(population).toEqual({ agents: 4, unregistered: 2, outOfService: 1, lookAlikes: 0 })
  })

  it('says the same of answers after its landmark has moved, whatever was asked before', () => {
    const answered = () => {
      return [groupKey('default'), groupKey('default', 'odd')].map((key) => {
        const group = groupIn(new Map(), key, STRETCH)
        group.lastMs = START_MS
        const { calibration } = group.memory
        const gain = gainAt(START_MS, STRETCH)
        for (let at = 0; at < 2000; at++) {
          calibration.events += gain
          calibration.days += gain
          if (at % 5 === 0) learnAnswer(calibration, at % channels.length, at % BINS, gain)
          if (at % 9 === 0) learnAnswer(calibration, VERDICT, at % 7, gain)
        }
        return group
      })
    }
    const [known, moved] = [answered(), answered()]
    const rowOf = ([tenant, kind]: Group[], channel: number) =>
      Array.from({ length: BINS }, (_, bin) =>
        groupSurprise(surprisesOf(tenant, kind), channel, edges[bin]!, bin),
      )
    rowOf(moved, VERDICT)
    for (const group of moved) alignGroup(group, STRETCH + 1)
    channels.forEach((name, channel) => {
      const before = rowOf(known, channel)
      rowOf(moved, channel).forEach((surprise, bin) => {
        expect(surprise, `${name} at ${bin}`).toBeCloseTo(before[bin]!, 6)
      })
    })
  })

  it('keeps tenants and blueprints apart', () => {
    expect(groupKey('a', 'b')).not.toBe(groupKey('a'))
    expect(groupKey('a', 'b')).not.toBe(groupKey('ab'))
    expect(groupKey('ab', 'c')).not.toBe(groupKey('a', 'bc'))
  })
})

describe('epochs', () => {
  const first = (epoch: number, below: number) => {
    let [low, high] = [0, below]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (epochOf(middle) < epoch) low = middle + 1
      else high = middle
    }
    return low
  }

  it('are of 512 events at first, then about a 4,096th of what came before', () => {
    expect([0, 511, 512, 1023, 1024].map(epochOf)).toEqual([0, 0, 1, 1, 2])
    for (const number of [3e6, 1e7, 1e8]) {
      const length = first(epochOf(number) + 1, 4 * number) - first(epochOf(number), 4 * number)
      expect(length / (number / 4096)).toBeGreaterThan(0.49)
      expect(length / (number / 4096)).toBeLessThanOrEqual(1)
    }
  })

  it('stop growing, so that even an endless stream is shared now and then', () => {
    const number = 1e10
    const length = first(epochOf(number) + 1, 4 * number) - first(epochOf(number), 4 * number)
    expect(length).toBe(65_536)
  })
})
