import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_BYTES_MAX, lineSplitter } from '../../../src/formats/text/lines.ts'

function split(bytes: Buffer, sizeBytes: number) {
  const lines: unknown[] = []
  const splitter = lineSplitter({
    line: (text, number, isCut) => lines.push([number, text, isCut]),
    bad: (number, reason) => lines.push([number, reason]),
  })
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    splitter.push(bytes.subarray(at, at + sizeBytes))
  }
  splitter.finish()
  return lines
}

describe('lines are the same', () => {
  it('as splitting the whole text, however it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ü', '€', '😀', '\n', '\r', ' ') })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (whole, size) => {
        const expected = whole.split('\n')
        const isCut = expected.at(-1) !== ''
        if (!isCut) expected.pop()
        const last = expected.length
        expect(split(Buffer.from(whole), size)).toEqual(
          expected.map((line, index) => [index + 1, line, isCut && index + 1 === last]),
        )
      }),
      { numRuns: 500 },
    )
  })
  it('whatever their length is to that of the stretches they are read in', () => {
    const line = fc.integer({ min: 0, max: 40_000 }).map((length) => 'x'.repeat(length))
    const lines = fc.array(fc.tuple(line, fc.constantFrom('', 'ü', '\xff')), { maxLength: 12 })
    fc.assert(
      fc.property(lines, fc.integer({ min: 1000, max: 300_000 }), (all, size) => {
        const bytes = all.map(([text, end]) =>
          Buffer.concat([Buffer.from(text), Buffer.from(end, end === 'ü' ? 'utf8' : 'latin1')]),
        )
        const whole = Buffer.concat(bytes.flatMap((each) => [each, Buffer.from('\n')]))
        expect(split(whole, size)).toEqual(
          all.map(([text, end], index) =>
            end === '\xff'
              ? [index + 1, 'expected UTF-8 text, got other bytes']
              : [index + 1, text + end, false],
          ),
        )
      }),
      { numRuns: 100 },
    )
  })
  it('for bytes that are no text, however they are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((any) => any.map((b) => (b % 7 ? b : 10)))
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 9 }), (any, size) => {
        expect(split(Buffer.from(any), size)).toEqual(split(Buffer.from(any), 100))
      }),
    )
  })
})

it('a line is too long by the same byte, wherever the cuts fall', () => {
  for (const character of ['x', 'ü'])
    for (const size of [LINE_BYTES_MAX * 4, 65_536, 100_000])
      for (const over of [0, 2]) {
        const long = character.repeat((LINE_BYTES_MAX + over) / Buffer.byteLength(character))
        const lines = split(Buffer.from(`a\n${long}\nb`), size)
        const isLong = (lines[1] as unknown[]).length === 2
        expect(isLong).toBe(over > 0)
        expect(lines[2]).toEqual([3, 'b', true])
      }
})
