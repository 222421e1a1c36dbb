/** What a new agent's first day looks like to the engine, at default settings, on generated tenants. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { RegisteredAgent } from '../src/agent/registry.ts'
import { agentKey, partitionOf } from '../src/engine.ts'
import type { Event } from '../src/event/event.ts'
import { parseEvent } from '../src/event/parse.ts'
import { Replay } from '../src/offline/replay.ts'
import { simulate } from '../src/offline/simulate/simulate.ts'
import { thresholdSchema } from '../src/scoring/threshold.ts'

const DAY_MS = 86_400_000
const LIVE = { isAlerting: true, frozenMs: undefined }
const PARTITIONS = 8

const { events: simulated, registry: entries } = simulate({
  seed: 23,
  agents: 60,
  days: 16,
  attacks: 0,
  pace: 0.4,
})
const events: Event[] = []
for (const raw of simulated) {
  const read = parseEvent(structuredClone(raw))
  if ('event' in read) events.push(read.event)
}
const KIND = 'support-chat'
const endMs = events.at(-1)!.atMs
/** A registry that knows the newcomers as well. */
const newcomers = ['newcomer-honest', 'newcomer-thief', 'newcomer-quiet']
const registry = new Map<string, RegisteredAgent>()
for (const entry of entries as unknown as RegisteredAgent[]) {
  registry.set(entry.id, { ...entry, status: entry.status ?? 'active' })
}
for (const id of newcomers) registry.set(id, { id, status: 'active', blueprint: KIND })

/** A day of one of the kind, as the newcomer's own first, after everything else. */
function firstDayOf(id: string, isNamed = true): Event[] {
  const model = events.filter(({ agent }) => agent.blueprint === KIND)
  const [{ agent }] = model.slice(-1) as [Event]
  const sinceMs = model.at(-1)!.atMs - DAY_MS
  const day = model.filter((event) => event.agent.id === agent.id && event.atMs > sinceMs)
  const { blueprint: _, name: __, ...rest } = agent
  return day.map((event, nth) => ({
    ...event,
    id: `${id}-${nth}`,
    atMs: event.atMs + DAY_MS,
    time: new Date(event.atMs + DAY_MS).toISOString(),
    agent: { ...rest, id, ...(isNamed ? { blueprint: KIND } : {}) },
    ...(event.session === undefined ? {} : { session: `${id}-${event.session}` }),
  }))
}

let replay: Replay
beforeAll(() => {
  replay = new Replay({ threshold: thresholdSchema.parse({}), registry, partitions: PARTITIONS })
  for (const event of events) replay.take(event, LIVE)
  replay.settle()
})

const alertsOn = (some: readonly Event[]) =>
  some.flatMap((event) => replay.take(event, LIVE)?.alert ?? [])

describe('a new agent of a known kind', () => {
  it('has a first day without an alert where it does what its kind does', () => {
    const day = firstDayOf('newcomer-honest')
    expect(day.length).toBeGreaterThan(10)
    expect(alertsOn(day)).toEqual([])
  })

  it('raises one within its first hour where it takes what none of its kind has taken', () => {
    const [first] = firstDayOf('newcomer-thief') as [Event]
    const theft = Array.from(
      { length: 40 },
      (_, nth): Event => ({
        ...first,
        id: `theft-${nth}`,
        atMs: endMs + DAY_MS + nth * 60_000,
        action: 'secrets.read',
        resource: { id: `vaults/payments/key-${nth}`, type: 'secret', sensitivity: 'secret' },
        volume: { bytes: 900_000_000, records: 50_000 },
        source: { ip: '185.220.101.7', country: 'RU', userAgent: 'curl/8.5.0' },
        session: 'theft',
      }),
    )
    const [alert] = alertsOn([first, ...theft])
    expect(alert?.agent.id).toBe('newcomer-thief')
  })

  it('has peers also where only the registry says what kind it is', () => {
    const day = firstDayOf('newcomer-quiet', false)
    expect(alertsOn(day)).toEqual([])
    const key = agentKey(day[0]!)
    const { home, blueprint } = replay.engines[partitionOf(key, PARTITIONS)]!.agents.get(key)!
    expect(blueprint).toBe(KIND)
    expect(replay.knowledge.has(home!.blueprintKey!)).toBe(true)
  })
})

describe('an agent of no known kind that nobody registered', () => {
  it('raises an alert on its first events', () => {
    const [first] = firstDayOf('stranger', false) as [Event]
    const strange = Array.from({ length: 10 }, (_, nth) => ({
      ...first,
      id: `stranger-${nth}`,
      atMs: endMs + DAY_MS + nth * 60_000,
    }))
    expect(alertsOn(strange).map(({ agent }) => agent.id)).toContain('stranger')
  })
})
