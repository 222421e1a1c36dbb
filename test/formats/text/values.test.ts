import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DOCUMENT_BYTES_MAX,
  DOCUMENT_PARTS_MAX,
  valueSplitter,
} from '../../../src/formats/text/values.ts'

/** What a text is split into when it arrives in pieces of the sizes given, in turn. */
function split(bytes: Buffer, sizes: readonly number[] = [bytes.length]) {
  const values: string[] = []
  const bad: string[] = []
  const splitter = valueSplitter({
    value: (value) => values.push(value.toString()),
    bad: (reason) => bad.push(reason),
  })
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length]!)
    splitter.push(bytes.subarray(at, at + size))
    at += size
  }
  splitter.finish()
  return { values, bad }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const notArray = fc.jsonValue().filter((value) => !Array.isArray(value))
const indent = fc.constantFrom(0, 1, '\t')

describe('values are the same', () => {
  it('as the parser sees in an array, however it is printed and cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), indent, sizes, (items, space, cut) => {
        const { values, bad } = split(Buffer.from(JSON.stringify(items, null, space)), cut)
        expect(values.map((value) => JSON.parse(value))).toEqual(JSON.parse(JSON.stringify(items)))
        expect(bad).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
  it('as were put together, whatever separates them', () => {
    const separator = fc.constantFrom('\n', ' ', ',', '\r\n', '\u001e', ',\n')
    fc.assert(
      fc.property(fc.array(notArray), separator, indent, sizes, (items, between, space, cut) => {
        const text = items.map((item) => JSON.stringify(item, null, space)).join(between)
        const { values } = split(Buffer.from(text), cut)
        expect(values.map((value) => JSON.parse(value))).toEqual(JSON.parse(JSON.stringify(items)))
      }),
      { numRuns: 500 },
    )
  })
  it('for any bytes, however they are cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'{}[]",\\: a1') }).map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bytes, sizes, (any, cut) => {
        expect(split(Buffer.from(any), cut)).toEqual(split(Buffer.from(any)))
      }),
      { numRuns: 1000 },
    )
  })
})

it('an object too long to be read whole is entered at its first array of objects', () => {
  const filler = 'x'.repeat(1000)
  const items = Array.from({ length: 20_000 }, (_, id) => JSON.stringify({ id, filler }))
  const text = `{"a":{"b":[{}]},"c":[1],"d":"[{","Records":[${items}],"e":[{"f":1}]}{"g":1}`
  for (const size of [262_144, text.length]) {
    const { values, bad } = split(Buffer.from(text), [size])
    expect(bad).toEqual([])
    expect(values.length).toBe(20_001)
    expect(values.at(-1)).toBe('{"g":1}')
  }
})

it('a value too long for anything is passed over, once', () => {
  for (const more of [0, 1_000_000]) {
    const long = JSON.stringify({ a: 'x'.repeat(DOCUMENT_BYTES_MAX + more) })
    for (const size of [262_144, 2 * DOCUMENT_BYTES_MAX]) {
      const { values, bad } = split(Buffer.from(`[${long},{"b":1}]`), [size])
      expect(values.map((value) => value.slice(0, 20))).toEqual(['{"b":1}'])
      expect(bad).toEqual(['expected at most 16777216 bytes, got a longer value'])
    }
  }
})

it('an object with too many parts to be read whole is entered as one that is too long', () => {
  const items = '{},'.repeat(DOCUMENT_PARTS_MAX)
  const { values, bad } = split(Buffer.from(`{"a":1,"Records":[${items}{"b":1}]}`))
  expect(bad).toEqual([])
  expect(values.length).toBe(DOCUMENT_PARTS_MAX + 1)
  expect(values.at(-1)).toBe('{"b":1}')
})

it('a value with too many parts is refused, and brackets within texts are none', () => {
  const many = '[],'.repeat(DOCUMENT_PARTS_MAX)
  const texts = '"[{",'.repeat(DOCUMENT_PARTS_MAX)
  const { values, bad } = split(Buffer.from(`[[${texts}1],[${many}1],{"b":1}]`))
  expect(values.map((value) => value.length)).toEqual([texts.length + 3, 7])
  expect(bad).toEqual(['expected at most 1048576 objects and lists in a value, got more'])
})
