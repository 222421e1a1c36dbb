import { describe, expect, it } from 'vitest'
import { type Overview, overviewOf } from '../../src/alert/overview.ts'
import { portraitOf } from '../../src/alert/portrait.ts'
import { agentKey } from '../../src/engine.ts'
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { Replay } from '../../src/offline/replay.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 1, 2)
const LIVE = { isAlerting: true, frozenMs: undefined }
const OPTIONS = { threshold: { falseAgentDaysPerThousand: 2 }, partitions: 2 }

function eventOf(agent: string, nth: number, atMs: number, blueprint?: string): Event {
  const read = parseEvent({
    id: `${agent}-${nth}`,
    time: atMs,
    agent: { id: agent, ...(blueprint ? { blueprint } : {}) },
    action: 'files.read',
    resource: { id: `files/reports/${nth % 5}` },
    volume: { bytes: 1000 + (nth % 7) },
  })
  if ('reject' in read) throw new Error(read.reject.reason)
  return read.event
}

/** Several of a kind over some days, then one more of the kind and one of none. */
function lived(days: number): (agent: string) => Overview {
  const registry = new Map([['old-1', { id: 'old-1', status: 'active', blueprint: 'reader' }]])
  const replay = new Replay({ ...OPTIONS, registry })
  const events: Event[] = []
  for (let nth = 0; nth < days * 200; nth++) {
    const atMs = START_MS + (nth * DAY_MS) / 200
    for (const agent of ['old-1', 'old-2', 'old-3']) {
      events.push(eventOf(agent, nth, atMs, agent === 'old-1' ? undefined : 'reader'))
    }
  }
  const lastMs = START_MS + days * DAY_MS
  for (let nth = 0; nth < 10; nth++) events.push(eventOf('new-kin', nth, lastMs + nth, 'reader'))
  for (let nth = 0; nth < 10; nth++) events.push(eventOf('new-stranger', nth, lastMs + nth))
  for (const event of events) replay.take(event, LIVE)
  return (agent) => {
    const key = agentKey(eventOf(agent, 0, START_MS))
    const state = replay.engineFor(key).agents.get(key)!
    return overviewOf(key, state, replay.knowledge, registry)
  }
}

describe('an overview', () => {
  const known = lived(10)

  it('says who is judged by what', () => {
    expect(known('old-2')).toMatchObject({
      watch: 'watched',
      events: 2000,
      eventsLeft: 0,
      daysLeft: 0,
    })
    expect(known('new-kin')).toMatchObject({ watch: 'by peers', events: 10, daysLeft: 0 })
    expect(known('new-stranger')).toMatchObject({ watch: 'learning', blueprint: undefined })
    expect(known('new-stranger').eventsLeft).toBeGreaterThan(0)
  })

  it('finds the kind in the registry where events do not name it, and who is not in it', () => {
    expect(known('old-1')).toMatchObject({ blueprint: 'reader', standing: 'registered' })
    expect(known('old-2')).toMatchObject({ standing: 'shadow', tenant: 'default', agent: 'old-2' })
  })

  it('has everybody learning while the tenant is young, and says for how long', () => {
    const young = lived(1)('old-2')
    expect(young.watch).toBe('learning')
    expect(young.daysLeft).toBeGreaterThan(1)
    expect(young.daysLeft).toBeLessThan(10)
  })
})

describe('a portrait', () => {
  it('tells hours, amounts and things as they were', () => {
    const replay = new Replay(OPTIONS)
    for (let day = 0; day < 5; day++) {
      for (let nth = 0; nth < 40; nth++) {
        const atMs = START_MS + day * DAY_MS + 9 * 3_600_000 + nth * 60_000
        replay.take(eventOf('clerk', day * 40 + nth, atMs), LIVE)
      }
    }
    const key = agentKey(eventOf('clerk', 0, START_MS))
    const portrait = portraitOf(replay.engineFor(key).agents.get(key)!)
    const busy = [...portrait.week.keys()].filter((hour) => portrait.week[hour]! > 0)
    expect(busy).toEqual([9, 33, 57, 81, 105]) // 09:00 from Monday to Friday
    const ofDay = portrait.volumes.find(
      ({ measure, span }) => measure === 'events' && span === 'day',
    )
    expect(ofDay!.largest).toBeCloseTo(40, 3)
    expect(ofDay!.usual).toBeCloseTo(40, 0)
    const resources = portrait.facets.find(({ facet }) => facet === 'resource')!
    expect(resources).toMatchObject({ baseline: 'resources', known: 5 })
    expect(resources.examples).toContain('files/reports/0')
  })
})
