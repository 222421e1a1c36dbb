import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatherInto, openCase } from '../../src/alert/case.ts'
import { keptOf } from '../../src/alert/evidence.ts'
import { alertFor } from '../../src/alert/raise.ts'
import { printable } from '../../src/event/text.ts'
import { eventOf } from '../support/life.ts'

const HARMFUL = /[\p{Cc}\p{Cf}\u2028\u2029]/u

describe('printable text', () => {
  it.each([
    ['one\ntwo', 'one two'],
    ['red\u001b[31m', 'red [31m'],
    ['abc\u202edcba', 'abc dcba'],
    ['zero\u200bwidth', 'zero width'],
    ['isolate\u2066x\u2069', 'isolate x '],
    ['line\u2028sep\u2029', 'line sep '],
    ['nul\u0000', 'nul '],
    ['Grüße, 東京 🙂', 'Grüße, 東京 🙂'],
  ])('of %j is %j', (text, expected) => expect(printable(text)).toBe(expected))

  it('is short, on one line, and without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        expect(printable(text)).not.toMatch(HARMFUL)
        expect(printable(text).length).toBeLessThanOrEqual(240)
      }),
    )
  })

  it('is well-formed where it was cut', () => {
    for (let at = 230; at < 245; at++) {
      const text = printable(`${'x'.repeat(at)}${'🙂'.repeat(20)}`)
      // Half a character does not survive being bytes.
      expect(Buffer.from(text).toString()).toBe(text)
    }
  })
})

it('printable text is well-formed though what came was not', () => {
  const text = printable('half \ud83d a character')
  expect(Buffer.from(text).toString()).toBe(text)
})

describe('an alert’s words', () => {
  const AT_MS = Date.UTC(2026, 5, 1)
  const alertOn = (agent: { id: string; name?: string }) => {
    const open = openCase('id', AT_MS)
    const event = keptOf(eventOf({ atMs: AT_MS, agent }), 1e-4, [])
    const anomaly = { event, session: undefined, score: 1, reasons: [], links: [] }
    gatherInto(open, { ...anomaly, severity: 'low' })
    return alertFor(open, { agent, tenant: 'default' })
  }

  it('hold no control characters from the agent’s name', () => {
    const { title, nextSteps } = alertOn({ id: 'bot', name: 'a\u202eb\nc' })
    for (const text of [title, ...nextSteps]) expect(text).not.toMatch(HARMFUL)
  })

  it('hold none from its id either, where it has no name', () => {
    expect(alertOn({ id: 'a\u202eb\nc' }).title).not.toMatch(HARMFUL)
  })
})
