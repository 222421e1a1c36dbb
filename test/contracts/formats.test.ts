/** What every format must obey, whatever it is given. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/event/parse.ts'
import { readBody } from '../../src/formats/body.ts'
import type { Format } from '../../src/formats/format.ts'
import { detect, formatNamed, formats, recordsOf } from '../../src/formats/index.ts'
import { fuzzRuns, goldenRecords, goldenValues, mutate, oddValue } from './broken.ts'

function obeys(format: Format, record: unknown): void {
  const before = JSON.stringify(record)
  expect(typeof format.recognises(record)).toBe('boolean')
  const records = format.unwrap(record)
  expect(records === undefined || Array.isArray(records)).toBe(true)
  const translation = format.translate(record)
  if (translation.kind === 'skip') expect(translation.reason).not.toBe('')
  else if (translation.kind === 'reject') {
    expect(translation.path).toMatch(/^\$/)
    expect(translation.reason).not.toBe('')
  } else if (format.name !== 'canonical') {
    expect(translation.events.length).toBeGreaterThan(0)
    expect(new Set(translation.events.map(({ id }) => id)).size).toBe(translation.events.length)
    for (const event of translation.events) {
      const parsed = parseEvent(event)
      expect('reject' in parsed ? parsed.reject : undefined).toBeUndefined()
    }
  }
  expect(JSON.stringify(record)).toBe(before)
}

describe.each(formats.map((format) => [format.name, format] as const))('%s', (name, format) => {
  it('is found by its name', () => expect(formatNamed(name)).toBe(format))

  it('has golden cases, and is found out from their records', () => {
    const records = goldenRecords(format)
    expect(records.length).toBeGreaterThan(0)
    expect(detect(records)).toBe(format)
  })

  it('answers for any JSON, and changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => obeys(format, value)),
      { numRuns: fuzzRuns(500) },
    )
  })

  it('answers for records with one thing wrong, and what it lets through is valid', () => {
    const records = fc.constantFrom(...goldenRecords(format))
    fc.assert(
      fc.property(records, fc.nat(80), oddValue, (record, at, put) =>
        obeys(format, mutate(record, at, put)),
      ),
      { numRuns: fuzzRuns(3000) },
    )
  })

  it('answers for bodies with one thing wrong', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...goldenValues(format.name)),
        fc.nat(120),
        oddValue,
        (value, at, put) => {
          for (const { path } of readBody(JSON.stringify(mutate(value, at, put)), name).rejects) {
            expect(path).toMatch(/^\$/)
          }
        },
      ),
      { numRuns: fuzzRuns(500) },
    )
  })

  it('accounts for every record of a body', () => {
    const isRecord = (value: unknown) => recordsOf(format, value) === undefined
    const record = fc.oneof(
      fc.jsonValue().filter(isRecord),
      fc.constantFrom(...goldenRecords(format)),
    )
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const { events, rejects, skipped } = readBody(JSON.stringify(records), name)
        const skippedCount = skipped.reduce((sum, { count }) => sum + count, 0)
        // One record may become several events, so the sum may be larger.
        expect(events.length + rejects.length + skippedCount).toBeGreaterThanOrEqual(records.length)
        expect(new Set(rejects.map(({ index }) => index)).size).toBe(rejects.length)
      }),
    )
  })
})

it('a format nobody knows is refused with the list of those that are known', () => {
  expect(() => formatNamed('syslog')).toThrow(/"syslog".*canonical.*cloudtrail.*m365/)
})

it('no format is found for what none recognises', () => {
  expect(detect([{ a: 1 }, 'text', null, [[]]])).toBeUndefined()
})
