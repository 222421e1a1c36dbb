import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRegistry } from '../../src/agent/registry.ts'
import { EngineError } from '../../src/errors.ts'

const full = {
  id: 'invoice-bot',
  name: 'Invoice Bot',
  blueprint: 'finance',
  sponsor: 'ann@corp.example',
  owners: ['ann@corp.example', 'bob@corp.example'],
  purpose: { actions: ['files.*', 'mail.send'], resources: ['sites/finance/**'] },
  granted: ['Files.Read', 'Mail.Send'],
  timezone: 'Europe/Berlin',
  criticality: 'high',
  registeredAt: '2026-01-05T09:00:00Z',
  status: 'active',
}
const failure = (text: string): EngineError => {
  try {
    parseRegistry(text)
  } catch (error) {
    if (error instanceof EngineError) return error
  }
  throw new Error('expected a failure')
}

describe('a registry', () => {
  it.each([
    ['an array', JSON.stringify([full, { id: 'b' }])],
    ['an array printed over lines', JSON.stringify([full, { id: 'b' }], null, 2)],
    ['lines', `${JSON.stringify(full)}\r\n\n{"id":"b"}`],
    ['a byte order mark', `\ufeff${JSON.stringify([full, { id: 'b' }])}`],
  ])('is read from %s', (_name, text) => {
    const { registry, rejects } = parseRegistry(text)
    expect(registry.get('invoice-bot')).toEqual(full)
    expect(registry.get('b')).toEqual({ id: 'b', status: 'active' })
    expect(rejects).toEqual([])
  })

  it('keeps the first entry of an agent, and says where the second is', () => {
    const { registry, rejects } = parseRegistry('[{"id":"a","name":"1"},{"id":"b"},{"id":"a"}]')
    expect(registry.get('a')?.name).toBe('1')
    expect(rejects).toEqual([
      {
        entry: 3,
        path: '$.id',
        reason: 'expected each agent once, got "a" again, first in entry 1',
      },
    ])
  })

  it.each([
    [{ id: '' }, '$.id', /1 or more characters/],
    [{}, '$.id', /got nothing/],
    [{ id: 'x', timezone: 'Mars/Base' }, '$.timezone', /time zone.*"Mars\/Base"/],
    [{ id: 'x', criticality: 'huge' }, '$.criticality', /low, medium, high, critical/],
    [{ id: 'x', registeredAt: 'soon' }, '$.registeredAt', /RFC 3339/],
    [{ id: 'x', owners: ['a', 3] }, '$.owners[1]', /a string, got 3/],
    [{ id: 'x', purpose: { actions: 'all' } }, '$.purpose.actions', /an array/],
    [{ id: 'x', purpose: { actions: ['x'.repeat(600)] } }, '$.purpose.actions[0]', /at most 512/],
    [{ id: 'x', owners: new Array(101).fill('o') }, '$.owners', /at most 100 items/],
    ['text', '$', /an object/],
  ])('rejects %j, and keeps the rest', (entry, path, reason) => {
    const { registry, rejects } = parseRegistry(JSON.stringify([entry, { id: 'ok' }]))
    expect([...registry.keys()]).toEqual(['ok'])
    expect(rejects).toMatchObject([{ entry: 1, path, reason: expect.stringMatching(reason) }])
  })

  it('is invalid when nothing in it is usable', () => {
    expect(failure('').message).toBe('The agent registry names no agent; it is empty.')
    expect(failure('[]').code).toBe('REGISTRY_INVALID')
    expect(failure('[{"name":"x"}]').message).toMatch(/entry 1, \$\.id: expected a string/)
    expect(failure('not json').message).toMatch(/expected JSON, got "not"/)
  })

  it('knows nobody by the name of a property every object has', () => {
    const { registry } = parseRegistry('[{"id":"a","__proto__":{"id":"b"}}]')
    expect(registry.get('constructor')).toBeUndefined()
    expect(registry.get('__proto__')).toBeUndefined()
    expect(registry.get('b')).toBeUndefined()
  })

  it('fails in no other way, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.object()).map((a) => JSON.stringify(a)),
    )
    fc.assert(
      fc.property(text, (any) => {
        try {
          expect(parseRegistry(any).registry.size).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError)
        }
      }),
    )
  })
})
