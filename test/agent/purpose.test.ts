import { describe, expect, it } from 'vitest'
import { purposeOf } from '../../src/agent/purpose.ts'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import { eventOf } from '../support/life.ts'

const agent = (fields: Partial<RegisteredAgent> = {}): RegisteredAgent => ({
  id: 'bot',
  status: 'active',
  ...fields,
})
const event = (action: string, id: string, used?: string) =>
  eventOf({ action, resource: { id }, ...(used === undefined ? {} : { permission: { used } }) })

describe('a purpose', () => {
  it('that says nothing covers everything', () => {
    for (const one of [agent(), agent({ purpose: {} })]) {
      const purpose = purposeOf(one)
      expect(purpose.coversAction(event('files.read', 'a'))).toBe(true)
      expect(purpose.coversResource(event('files.read', 'a'))).toBe(true)
      expect(purpose.grants(event('files.read', 'a', 'Any.Scope'))).toBe(true)
    }
  })

  it('that lists nothing covers nothing', () => {
    const purpose = purposeOf(agent({ purpose: { actions: [], resources: [] }, granted: [] }))
    expect(purpose.coversAction(event('files.read', 'a'))).toBe(false)
    expect(purpose.coversResource(event('files.read', 'a'))).toBe(false)
    expect(purpose.grants(event('files.read', 'a', 'Any.Scope'))).toBe(false)
  })

  it('covers what any of its patterns describes', () => {
    const purpose = purposeOf(
      agent({ purpose: { actions: ['files.*', 'mail.send'], resources: ['sites/*/invoices/*'] } }),
    )
    expect(purpose.coversAction(event('files.share.create', 'a'))).toBe(true)
    expect(purpose.coversAction(event('mail.send', 'a'))).toBe(true)
    expect(purpose.coversAction(event('mail.read', 'a'))).toBe(false)
    expect(purpose.coversResource(event('x', 'sites/hr/invoices/1'))).toBe(true)
    expect(purpose.coversResource(event('x', 'sites/hr/salaries/1'))).toBe(false)
  })

  it('grants the very scopes it lists, and has no say where none was used', () => {
    const purpose = purposeOf(agent({ granted: ['Files.Read'] }))
    expect(purpose.grants(event('x', 'a', 'Files.Read'))).toBe(true)
    expect(purpose.grants(event('x', 'a', 'Files.ReadWrite'))).toBe(false)
    expect(purpose.grants(event('x', 'a'))).toBe(true)
  })

  it('is made once for an agent, and anew for another', () => {
    const one = agent({ purpose: { actions: ['a'] } })
    expect(purposeOf(one)).toBe(purposeOf(one))
    expect(purposeOf(agent({ purpose: { actions: ['b'] } })).coversAction(event('a', 'x'))).toBe(
      false,
    )
  })
})
