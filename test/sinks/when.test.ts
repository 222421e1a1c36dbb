import { expect, it } from 'vitest'
import { isWanted, type When, whenSchema } from '../../src/sinks/when.ts'
import { anAlert } from './receiver.ts'

it.each<[boolean, Partial<When>]>([
  [true, {}],
  [true, { severity: 'high' }],
  [false, { severity: 'critical' }],
  [true, { confidence: 'medium' }],
  [false, { confidence: 'high' }],
  [true, { tenants: ['other', 'default'] }],
  [false, { tenants: ['other'] }],
  [true, { blueprints: ['accounts-payable'] }],
  [false, { blueprints: ['other'] }],
  [true, { detectors: ['volume-spike'] }],
  [false, { detectors: ['new-area'] }],
  [false, { severity: 'low', tenants: ['default'], detectors: ['new-area'] }],
])('is %s of an alert when %j', (expected, when) => {
  expect(isWanted(whenSchema.parse(when), anAlert())).toBe(expected)
})

it('is false of an agent without a blueprint where blueprints are named', () => {
  const alert = anAlert({ agent: { id: 'a' } })
  expect(isWanted(whenSchema.parse({ blueprints: ['a'] }), alert)).toBe(false)
})

it('names what there is no such thing as', () => {
  expect(whenSchema.safeParse({ severity: 'grave' }).success).toBe(false)
  expect(whenSchema.safeParse({ tenants: [] }).success).toBe(false)
  expect(whenSchema.safeParse({ tenant: ['a'] }).success).toBe(false)
})
