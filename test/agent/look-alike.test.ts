import { describe, expect, it } from 'vitest'
import { doubleOf, skeletonOf } from '../../src/agent/look-alike.ts'
import { parseRegistry } from '../../src/agent/registry.ts'

const registryOf = (...entries: { id: string; registeredAt?: string }[]) =>
  parseRegistry(JSON.stringify(entries)).registry

describe('the skeleton of an id', () => {
  it.each([
    ['invoice-payer-01', 'invoice-payer-O1'],
    ['invoice-payer-01', 'invoicee-payer-01'],
    ['invoice-payer-01', 'invoice_payer-01'],
    ['invoice-payer-01', 'Invoice-Payer-01'],
    ['sales-copilot', 'sa1es-copilot'],
    ['mail-reader', 'rnail-reader'],
    ['mail-reader', 'mail-reader-v2'],
    ['mail-reader', 'ｍail-reader'],
  ])('is that of %s and of %s', (one, other) => {
    expect(skeletonOf(other)).toBe(skeletonOf(one))
  })

  it.each([
    ['invoice-payer-01', 'invoice-payer-02'],
    ['agent-10', 'agent-100'],
    ['agent-1', 'agent-11'],
    ['mail-reader', 'mail-writer'],
  ])('tells %s from %s', (one, other) => {
    expect(skeletonOf(other)).not.toBe(skeletonOf(one))
  })
})

describe('the double of an agent', () => {
  it('is a registered one that reads the same', () => {
    const registry = registryOf({ id: 'mail-reader-01' }, { id: 'mail-reader-02' })
    expect(doubleOf('mail-reader-O1', registry)).toBe('mail-reader-01')
    expect(doubleOf('mail-reader-01', registry)).toBeUndefined()
    expect(doubleOf('mail-reader-03', registry)).toBeUndefined()
  })

  it('is not one that is known to have come later', () => {
    const registry = registryOf(
      { id: 'payer-01', registeredAt: '2025-01-01T00:00:00Z' },
      { id: 'payer-O1', registeredAt: '2026-01-01T00:00:00Z' },
    )
    expect(doubleOf('payer-O1', registry)).toBe('payer-01')
    expect(doubleOf('payer-01', registry)).toBeUndefined()
  })
})
