/** What every format must obey, whatever it is given. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/event/parse.ts'
import { readBody } from '../../src/formats/body.ts'
import type { Format } from '../../src/formats/format.ts'
import { detect, formatNamed, formats, recordsOf } from '../../src/formats/index.ts'
import { deliveredIn } from '../../src/formats/text/delivery.ts'
import { parsedOf } from '../../src/formats/text/fields.ts'
import { goldensOf } from '../formats/goldens.ts'

/** The values of a format's goldens as they arrive, records and envelopes. */
const arrivingValues = (format: Format): unknown[] =>
  goldensOf(format.name)
    .filter(({ input }) => !input.endsWith('.csv'))
    .flatMap(({ input }) => {
      const text = readFileSync(input, 'utf8')
      const lines = input.endsWith('.json') ? [text] : text.trimEnd().split('\n')
      return lines.map((line): unknown => JSON.parse(line))
    })

/** What is in the envelopes of clouds, and what came without. */
const goldenValues = (format: Format): unknown[] =>
  arrivingValues(format).flatMap((value) =>
    (deliveredIn(value, { bytesLeft: Infinity }, false) ?? [{ path: '$', value }]).flatMap(
      (each) => {
        if ('bytes' in each) return parsedOf(each.bytes.toString())
        return 'value' in each ? [each.value] : []
      },
    ),
  )

/** The records of a format's goldens, to be broken at any place. */
const goldenRecords = (format: Format): unknown[] =>
  goldenValues(format).flatMap((value) => recordsOf(format, value) ?? [value])

const oddValue = fc.oneof(
  fc.constantFrom(null, '', 0, -1, true, [], {}, [[]], 'x'.repeat(5000), 'a\u0000b', '\ud800', '/'),
  fc.constantFrom(' ', '[', '%', 'arn:', 'arn:aws:sts::1:assumed-role/a', '2026-13-01T00:00:00'),
  fc.jsonValue(),
)

/** A copy of a value in which one place, counted from the outside in, holds something else. */
function mutate(value: unknown, at: number, put: unknown): unknown {
  let place = 0
  const copy = (node: unknown): unknown => {
    if (place++ === at) return put
    if (Array.isArray(node)) return node.map(copy)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, copy(child)]))
  }
  return copy(value)
}

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
      { numRuns: 500 },
    )
  })

  it('answers for records with one thing wrong, and what it lets through is valid', () => {
    const records = fc.constantFrom(...goldenRecords(format))
    fc.assert(
      fc.property(records, fc.nat(80), oddValue, (record, at, put) =>
        obeys(format, mutate(record, at, put)),
      ),
      { numRuns: 3000 },
    )
  })

  it('answers for bodies with one thing wrong', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...arrivingValues(format)),
        fc.nat(120),
        oddValue,
        (value, at, put) => {
          for (const { path } of readBody(JSON.stringify(mutate(value, at, put)), name).rejects) {
            expect(path).toMatch(/^\$/)
          }
        },
      ),
      { numRuns: 500 },
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
