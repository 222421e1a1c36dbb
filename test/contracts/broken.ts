/** Records, texts and bytes with something wrong: what a broken or a hostile sender posts. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Format } from '../../src/formats/format.ts'
import { recordsOf } from '../../src/formats/index.ts'
import { deliveredIn } from '../../src/formats/text/delivery.ts'
import { parsedOf } from '../../src/formats/text/fields.ts'
import { goldensOf } from '../formats/goldens.ts'

/** So many runs, or as many as `FUZZ_RUNS` asks for where that is more. */
export const fuzzRuns = (atLeast: number): number =>
  Math.max(atLeast, Number(process.env.FUZZ_RUNS ?? 0))

/** The values of a format's goldens as they arrive, records and envelopes. */
export const goldenValues = (name: string): unknown[] =>
  goldensOf(name)
    .filter(({ input }) => !input.endsWith('.csv'))
    .flatMap(({ input }) => {
      const text = readFileSync(input, 'utf8')
      const lines = input.endsWith('.json') ? [text] : text.trimEnd().split('\n')
      return lines.map((line): unknown => JSON.parse(line))
    })

/** The records of a format's goldens, to be broken at any place. */
export const goldenRecords = (format: Format): unknown[] =>
  goldenValues(format.name)
    .flatMap((value) => unpacked(value))
    .flatMap((value) => recordsOf(format, value) ?? [value])

/** What is in the envelope of a cloud, or what came without one. */
const unpacked = (value: unknown): unknown[] =>
  (deliveredIn(value, { bytesLeft: Infinity }, false) ?? [{ path: '$', value }]).flatMap((each) => {
    if ('bytes' in each) return parsedOf(each.bytes.toString())
    return 'value' in each ? [each.value] : []
  })

export const oddValue = fc.oneof(
  fc.constantFrom(null, '', 0, -1, true, [], {}, [[]], 'x'.repeat(5000), 'a\u0000b', '\ud800', '/'),
  fc.constantFrom(' ', '[', '%', 'arn:', 'arn:aws:sts::1:assumed-role/a', '2026-13-01T00:00:00'),
  fc.constantFrom(1e308, -0, 5e-324, Number.MAX_SAFE_INTEGER, 253_402_300_800_000),
  fc.constant(Array.from({ length: 2_000 }, () => ({}))),
  fc.jsonValue(),
)

/** A copy of a value in which one place, counted from the outside in, holds something else. */
export function mutate(value: unknown, at: number, put: unknown): unknown {
  let place = 0
  const copy = (node: unknown): unknown => {
    if (place++ === at) return put
    if (Array.isArray(node)) return node.map(copy)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, copy(child)]))
  }
  return copy(value)
}

/** What no JSON serialiser writes, to stand in a text. */
const ODD_TEXTS = [
  '\u0000',
  '\ufeff',
  '\\ud800',
  '\\u0000',
  '1e999',
  '-1e-999',
  '9'.repeat(400),
  '"__proto__":{"polluted":true},',
  '"constructor":{"prototype":{"polluted":true}},',
  '"id":"twice","id":"thrice",',
  '[',
  '{"a":',
  '['.repeat(50_000),
  '{"a":'.repeat(50_000),
  '}',
  ']',
  '"',
  '\n',
  ',',
  'NaN',
  '\u2028',
]

/** A text, cut, doubled, or with something odd in it. */
export const brokenText = (text: string): fc.Arbitrary<string> => {
  const place = fc.nat(Math.max(0, text.length))
  return fc.oneof(
    fc.constant(text),
    fc.tuple(place, fc.constantFrom(...ODD_TEXTS)).map(([at, odd]) => {
      return text.slice(0, at) + odd + text.slice(at)
    }),
    // After a brace a doubled key or an odd one is JSON still.
    fc.constantFrom(...ODD_TEXTS).map((odd) => text.replace('{', `{${odd}`)),
    place.map((at) => text.slice(0, at)),
    fc.tuple(place, place).map(([from, to]) => text + text.slice(from, to)),
  )
}

/** Bytes, some of them others, cut, or in another charset. */
export const brokenBytes = (bytes: Buffer): fc.Arbitrary<Buffer> => {
  const place = fc.nat(Math.max(0, bytes.length - 1))
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(bytes) },
    fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
      const copy = Buffer.from(bytes)
      for (const [at, byte] of changes) copy[at] = byte
      return copy
    }),
    place.map((at) => bytes.subarray(0, at)),
    fc.tuple(place, place).map(([at, from]) => {
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from)])
    }),
    fc.constantFrom('utf16le' as const, 'latin1' as const).map((charset) => {
      return Buffer.from(bytes.toString(), charset)
    }),
    fc.constant(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
    fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any)),
  )
}
