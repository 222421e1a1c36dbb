import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LinearRegex } from '../../../src/formats/text/linear-regex.ts'

/** All matches with their places and groups, by walking as JSONata walks. */
function walk(
  regex: { lastIndex: number; exec(text: string): RegExpExecArray | null },
  text: string,
) {
  const found: unknown[] = []
  regex.lastIndex = 0
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    found.push([match.index, [...match]])
    if (match[0] === '' || regex.lastIndex >= text.length) break
  }
  return found
}

it.each([/a+/g, /(\w)(\d)?/g, /^x|y$/gm, /B/gi, /[^,]+/g, /é./g])(
  '%s finds what RegExp finds',
  (regex) => {
    const text = fc.string({ unit: fc.constantFrom(...'aAbBxy01,é\n ') })
    fc.assert(
      fc.property(text, (value) => {
        expect(walk(new LinearRegex(regex), value)).toEqual(walk(new RegExp(regex), value))
      }),
    )
  },
)

it('refuses what has no bound', () => {
  expect(() => new LinearRegex(/(a)\1/)).toThrow()
  expect(() => new LinearRegex(/a(?!b)/)).toThrow()
})
