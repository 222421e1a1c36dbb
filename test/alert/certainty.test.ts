import { expect, it } from 'vitest'
import { certaintyOf, type Grounds } from '../../src/alert/certainty.ts'

const grounds = (fields: Partial<Grounds> = {}): Grounds => ({
  agentDays: 30,
  agentEvents: 5_000,
  tenantDays: 60,
  hasPeers: true,
  ...fields,
})
const level = (fields: Partial<Grounds>, aspects: number, isUnregistered = false) =>
  certaintyOf(grounds(fields), aspects, isUnregistered).level

it('is the higher the longer the agent is known and the more independent aspects spoke', () => {
  expect(level({}, 4)).toBe('high')
  expect(level({}, 2)).toBe('medium')
  expect(level({ agentDays: 4, agentEvents: 60 }, 2)).toBe('medium')
  expect(level({ agentDays: 4, agentEvents: 60, hasPeers: false }, 0)).toBe('low')
  expect(level({ agentDays: 0, agentEvents: 1, hasPeers: false }, 2)).toBe('low')
})

it('takes peers for history where the agent has little of its own', () => {
  expect(level({ agentDays: 0, agentEvents: 1 }, 2)).toBe('medium')
  expect(level({ agentDays: 4, agentEvents: 60 }, 4)).toBe('high')
})

it('is capped where the tenant itself is hardly known', () => {
  expect(level({ tenantDays: 5 }, 6)).toBe('medium')
  expect(level({ tenantDays: 1 }, 6)).toBe('low')
})

it('needs no history to say that an agent is not registered', () => {
  expect(level({ agentDays: 0, agentEvents: 0, hasPeers: false }, 1, true)).toBe('medium')
})

it('says why, and where it cannot', () => {
  const { why } = certaintyOf(grounds({ agentDays: 1.5, agentEvents: 1, tenantDays: 5 }), 3, true)
  expect(why).toEqual([
    '1 day and 1 event of the agent known beforehand',
    'its peers are known',
    '3 independent aspects clearly odd',
    'that it is not registered is certain',
    'the tenant has been watched for 5 days only',
  ])
  expect(certaintyOf(undefined, 3, false)).toMatchObject({ level: 'medium' })
})
