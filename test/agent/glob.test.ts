import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, matches } from '../../src/agent/glob.ts'

describe('patterns', () => {
  it.each([
    ['sites/finance', 'sites/finance', true],
    ['sites/finance', 'sites/Finance', false],
    ['sites/*', 'sites/finance', true],
    ['sites/*', 'sites/finance/a', true],
    ['sites/*', 'sites/', true],
    ['sites/*', 'sites', false],
    ['sites/**', 'sites/finance/a', true],
    ['sites/**', 'sitesX', false],
    ['*', 'anything/at all', true],
    ['*', '', true],
    ['*.xlsx', 'a/b/c.xlsx', true],
    ['*.xlsx', 'a/b/c.docx', false],
    ['sites/*/reports/*', 'sites/hr/reports/2026/a', true],
    ['sites/*/reports/*', 'sites/hr/x/reports/a', true],
    ['sites/*/reports/*', 'sites/hr/other/a', false],
    ['files.*', 'files.share.create', true],
    ['files.*', 'mail.files.read', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ab', 'ab', false],
    ['a.b+(c)[d]?', 'a.b+(c)[d]?', true],
    ['a.b', 'aXb', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j is %s', (pattern, value, expected) => expect(matches(pattern, value)).toBe(expected))
})

it('agree with the regular expression that is easy to read', () => {
  const oracle = (pattern: string) => new RegExp(`^${pattern.replace(/\*+/g, '.*')}$`, 's')
  const text = (units: string) => fc.string({ unit: fc.constantFrom(...units), maxLength: 8 })
  fc.assert(
    fc.property(text('ab/\n**'), text('ab/\n'), (pattern, value) => {
      expect(matches(pattern, value), `${pattern} on ${value}`).toBe(oracle(pattern).test(value))
    }),
    { numRuns: 20_000 },
  )
})

it('take time in proportion to the value, whatever the pattern', () => {
  const test = compile(`${'a*'.repeat(120)}b${'**a'.repeat(80)}`)
  const started = process.hrtime.bigint()
  expect(test('a'.repeat(2048))).toBe(false)
  expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(2000)
})
