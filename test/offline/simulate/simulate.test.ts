import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { eventSchema, type RawEvent, timeToMs } from '../../../src/event/event.ts'
import { type SimulateOptions, simulate } from '../../../src/offline/simulate/simulate.ts'

const SMALL: SimulateOptions = { seed: 5, agents: 30, days: 12, attacks: 14, pace: 0.4 }
const DAY_MS = 86_400_000

const digestOf = (options: SimulateOptions): string => {
  const hash = createHash('sha256')
  const { registry, events, labels, oddities } = simulate(options)
  for (const event of events) hash.update(JSON.stringify(event))
  return hash.update(JSON.stringify([registry, labels, oddities])).digest('hex')
}

const small = simulate(SMALL)
const events: RawEvent[] = [...small.events]
const malicious = new Set(small.labels.flatMap((label) => label.events))

describe('simulate', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const tiny = { ...SMALL, agents: 24, days: 6 }
    expect(digestOf(tiny)).toBe(digestOf(tiny))
    expect(digestOf(tiny)).not.toBe(digestOf({ ...tiny, seed: 6 }))
  })

  it('writes canonical events only', () => {
    for (const event of events) {
      const parsed = eventSchema.safeParse(event)
      if (!parsed.success) expect.fail(`${JSON.stringify(event)}: ${parsed.error.message}`)
    }
    expect(events.length).toBeGreaterThan(5000)
  })

  it('delivers an event once, but for deliberate second copies of the very same', () => {
    const seen = new Map<string, string>()
    let copies = 0
    for (const event of events) {
      const text = JSON.stringify(event)
      const before = seen.get(event.id)
      if (before !== undefined) {
        expect(before).toBe(text)
        copies++
      }
      seen.set(event.id, text)
    }
    expect(copies).toBeGreaterThan(0)
    expect(copies / events.length).toBeLessThan(0.02)
  })

  it('arrives nearly in the order of happening, with some hours late', () => {
    let latestMs = 0
    let inOrder = 0
    let late = 0
    for (const { time } of events) {
      const atMs = timeToMs(time)!
      if (atMs >= latestMs - 15 * 60_000) inOrder++
      if (atMs < latestMs - 3_600_000) late++
      latestMs = Math.max(latestMs, atMs)
    }
    expect(inOrder / events.length).toBeGreaterThan(0.8)
    expect(late).toBeGreaterThan(0)
  })

  it('stays within its days, but for clocks that are wrong', () => {
    const startMs = Date.parse('2026-02-02T00:00:00Z')
    for (const { time } of events) {
      expect(timeToMs(time)!).toBeGreaterThan(startMs - 600_000)
      expect(timeToMs(time)!).toBeLessThan(startMs + 12 * DAY_MS + 600_000)
    }
  })

  it('labels ids that were delivered, and few of all', () => {
    const ids = new Set(events.map(({ id }) => id))
    for (const id of malicious) expect(ids.has(id)).toBe(true)
    expect(malicious.size / events.length).toBeLessThan(0.02) // a small tenant under many attacks
    expect(small.labels).toHaveLength(14)
    for (const label of small.labels) {
      expect(label.events.length).toBeGreaterThan(0)
      expect(Date.parse(label.start)).toBe(label.startMs)
      expect(label.endMs).toBeGreaterThanOrEqual(label.startMs)
    }
  })

  it('registers every honest agent', () => {
    const registered = new Set(small.registry.map(({ id }) => id))
    for (const event of events)
      if (!malicious.has(event.id)) expect(registered.has(event.agent.id)).toBe(true)
  })

  it('leaves honest events as they are when attacks are added', () => {
    const honest = new Set([...simulate({ ...SMALL, attacks: 0 }).events].map(({ id }) => id))
    const kept = events.filter(({ id }) => !malicious.has(id))
    for (const { id } of kept) expect(honest.has(id)).toBe(true)
    // Attacks may silence an agent, but never make one do more.
    expect(kept.length).toBeGreaterThan(honest.size * 0.8)
  })

  it('keeps the fields of malicious events as their platform writes them', () => {
    const shapeOf = (event: RawEvent) =>
      `${event.id.length} ${typeof event.time} ${Object.keys(event.source ?? {})} ${Object.keys(event.agent)}`
    const shapes = new Map<string, Set<string>>()
    for (const event of events) {
      if (malicious.has(event.id)) continue
      const known = shapes.get(event.agent.id) ?? new Set()
      shapes.set(event.agent.id, known.add(shapeOf(event)))
    }
    for (const event of events) {
      const known = shapes.get(event.agent.id)
      if (malicious.has(event.id) && known) expect(known).toContain(shapeOf(event))
    }
  })

  it('stamps the tenant when one is given', () => {
    const [first] = simulate({ ...SMALL, days: 2, tenant: 'acme' }).events
    expect(first?.tenant).toBe('acme')
    expect(events[0]?.tenant).toBeUndefined()
  })

  it('notes the honest oddities', () => {
    const kinds = new Set(small.oddities.map(({ kind }) => kind))
    for (const kind of ['rollout', 'outage', 'egress-move', 'new-agent', 'late-collector'])
      expect(kinds).toContain(kind)
  })
})
