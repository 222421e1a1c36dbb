import { describe, expect, it } from 'vitest'
import { linkOf, linksOf, sharedBy, shownLinks } from '../../src/alert/correlation.ts'
import type { Readings } from '../../src/baselines/index.ts'
import { detectors } from '../../src/detectors/index.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { blankReadings, eventOf } from '../support/life.ts'

const links = (fields: Partial<RawEvent>, found: string[] = [], readings = blankReadings()) =>
  linksOf(eventOf(fields), readings, found)
const shared = (one: readonly string[], other: readonly string[]) =>
  one.filter((link) => other.includes(link)).map((link) => link.split(':')[0])

describe('two events share a key', () => {
  it('of the session they belong to, within a tenant', () => {
    const of = (id: string, tenant = 'a') => links({ agent: { id }, tenant, session: 'trace-1' })
    expect(shared(of('planner'), of('worker'))).toEqual(['session'])
    expect(shared(of('planner'), of('worker', 'b'))).toEqual([])
  })

  it('of the agent where one has set the other off, or has called it', () => {
    const planner = links({ agent: { id: 'planner' } })
    const worker = links({ agent: { id: 'worker' }, trigger: { kind: 'agent', id: 'planner' } })
    expect(shared(planner, worker)).toEqual(['agent'])
    const resource = { id: 'agents/worker', type: 'agent' }
    const caller = links({ agent: { id: 'other' }, action: 'agent.invoke', resource })
    expect(shared(caller, links({ agent: { id: 'worker' } }))).toEqual(['agent'])
    const byTimer = links({ agent: { id: 'w' }, trigger: { kind: 'schedule', id: 'planner' } })
    expect(shared(planner, byTimer)).toEqual([])
  })

  it('of address and client where a detector spoke of them, and of the user in any case', () => {
    const source = { ip: '203.0.113.7', userAgent: 'curl/8' }
    const of = (id: string, found: string[]) =>
      links({ agent: { id }, source, onBehalfOf: 'ann' }, found)
    expect(shared(of('a', ['new-address']), of('b', ['new-address']))).toEqual(['origin', 'user'])
    expect(shared(of('a', ['new-client']), of('b', ['new-client']))).toEqual(['client', 'user'])
    expect(shared(of('a', ['off-hours']), of('b', ['new-address']))).toEqual(['user'])
  })

  it('of a shift where agents of one blueprint do the same new thing', () => {
    const readings = (key: number) => {
      const blank = blankReadings()
      Object.assign(blank.resources.area, { key, isNew: true, nats: 9 })
      return blank as Readings
    }
    const of = (id: string, blueprint: string, key: number) =>
      links({ agent: { id, blueprint } }, ['new-area'], readings(key))
    expect(shared(of('a', 'reader', 7), of('b', 'reader', 7))).toEqual(['shift'])
    expect(shared(of('a', 'reader', 7), of('b', 'reader', 8))).toEqual([])
    expect(shared(of('a', 'reader', 7), of('b', 'writer', 7))).toEqual([])
  })
})

it('a key does not show its value and never changes', () => {
  expect(linkOf('user', 'default', 'ann@corp.example')).toBe('user:07f79d1edda3b2')
  expect(shownLinks([linkOf('agent', 't', 'x')])[0]).toMatchObject({
    kind: 'agent',
    key: expect.stringMatching(/^[0-9a-f]{14}$/),
  })
})

it('alerts are joined by the keys they share, each with the others', () => {
  const alert = (id: string, ...keys: string[]) => ({ id, links: shownLinks(keys) })
  const all = [alert('1', 'session:a', 'user:u'), alert('2', 'session:a', 'user:u'), alert('3')]
  const joined = sharedBy([...all, alert('4', 'user:u')])
  expect(joined.get('1')).toEqual([
    { id: '2', kinds: ['session', 'user'] },
    { id: '4', kinds: ['user'] },
  ])
  expect(joined.get('3')).toEqual([])
})

it('every detector of origins speaks of an address or of a client', () => {
  const source = { ip: '203.0.113.7', userAgent: 'curl/8' }
  const origins = detectors.filter(({ aspect }) => /origin|client/.test(aspect))
  expect(origins.length).toBeGreaterThan(2)
  for (const { name } of origins) {
    const kinds = links({ source }, [name]).map((link) => link.split(':')[0])
    expect(
      kinds.some((kind) => kind === 'origin' || kind === 'client'),
      name,
    ).toBe(true)
  }
})
