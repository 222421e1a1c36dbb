import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RawEvent } from '../../src/event/event.ts'
import { areaName, containerName, type EventKeys, keysOf } from '../../src/event/keys.ts'
import { keyOf } from '../../src/math/hash.ts'
import { eventOf } from '../support/life.ts'

const keys = (fields: Partial<RawEvent>): EventKeys => keysOf(eventOf(fields))
const at = (id: string, type?: string): EventKeys =>
  keys({ resource: type === undefined ? { id } : { id, type } })

describe('keys', () => {
  it('are 0 where the event does not say, and never where it does', () => {
    const silent = keys({ resource: { id: 'lonely' } })
    const said = Object.entries(silent).filter(([, key]) => key !== 0)
    const always = ['action', 'outcome', 'resource', 'trigger', 'use']
    expect(said.map(([name]) => name).sort()).toEqual(always)
    const full = keys({
      resource: { id: 'a/b', type: 'file', sensitivity: 'secret' },
      source: { ip: '1.2.3.4', asn: 'AS1', country: 'DE', userAgent: 'x' },
      trigger: { kind: 'agent', id: 'planner' },
      agent: { id: 'bot', version: '1.0.0' },
      permission: { used: 'Files.Read' },
      onBehalfOf: 'ann',
    })
    for (const [name, key] of Object.entries(full)) expect(key, name).toBeGreaterThan(0)
  })

  it('tell things apart, and know them again', () => {
    expect(at('a/b/c')).toEqual(at('a/b/c'))
    expect(at('a/b/c').resource).not.toBe(at('a/b/d').resource)
    expect(at('a/b/c').container).toBe(at('a/b/d').container)
    expect(at('a/b/c').container).not.toBe(at('a/x/c').container)
    expect(at('a/b/c').area).toBe(at('a/x/y').area)
    expect(at('a/b').use).not.toBe(at('b/b').use)
    expect(keys({ outcome: 'denied' }).outcome).not.toBe(keys({ outcome: 'failure' }).outcome)
  })

  it.each([
    ['s3://bucket/key/deep', 's3://bucket/key', 's3://bucket'],
    ['https://host/x', 'https://host', 'https://host'],
    ['sites/finance/a.xlsx', 'sites/finance', 'sites'],
    ['/rooted/path/file', '/rooted/path', '/rooted'],
    ['one', 'kind', 'kind'],
    ['one/', 'one', 'one'],
  ])('of %s lie in %s, and in the area %s', (id, container, area) => {
    const event = eventOf({ resource: { id, type: 'kind' } })
    expect(containerName(event)).toBe(container)
    expect(areaName(event)).toBe(area)
    const names = { container: keysOf(event).container, area: keysOf(event).area }
    expect(names).toEqual({ container: at('x', container).container, area: at('x', area).area })
  })

  it('of whatever an id lies in are the keys of the names shown for it', () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'ü', '/', ':', '://'), minLength: 1 })
    fc.assert(
      fc.property(id, (id) => {
        const event = eventOf({ resource: { id, type: 'kind' } })
        const { resource, container, area } = keysOf(event)
        const names = [id, containerName(event), areaName(event)]
        expect([resource, container, area]).toEqual(names.map((name) => keyOf(name)))
      }),
      { numRuns: 2000 },
    )
  })

  it('of clients overlook version numbers', () => {
    const client = (userAgent: string) => keys({ source: { userAgent } }).client
    expect(client('aws-sdk/3.912.0')).toBe(client('aws-sdk/4.1.27'))
    expect(client('aws-sdk/3')).not.toBe(client('curl/3'))
    expect(client('123')).toBeGreaterThan(0)
  })

  it('of networks are those of the first half of an address', () => {
    const network = (ip: string) => keys({ source: { ip } }).network
    expect(network('10.1.2.3')).toBe(network('10.1.250.4'))
    expect(network('10.1.2.3')).not.toBe(network('10.2.2.3'))
    expect(network('2001:db8:1::5')).toBe(network('2001:db8:1:9::6'))
    expect(network('2001:db8:1::5')).not.toBe(network('2001:db8:2::5'))
    expect(network('::ffff:10.1.2.3')).not.toBe(network('::ffff:203.0.113.9'))
  })

  it('of triggers belong to the action they led to', () => {
    const trigger = (kind: string, action: string) => keys({ action, trigger: { kind } }).trigger
    expect(trigger('prompt', 'a')).not.toBe(trigger('prompt', 'b'))
    expect(trigger('prompt', 'a')).not.toBe(trigger('schedule', 'a'))
    const none = keys({ action: 'a' }).trigger
    expect(keys({ action: 'a', trigger: { id: 'only an id' } }).trigger).toBe(none)
    expect([trigger('prompt', 'a'), trigger('schedule', 'a')]).not.toContain(none)
  })
})
