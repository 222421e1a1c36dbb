import fc from 'fast-check'
import jsonata from 'jsonata'
import { expect, it } from 'vitest'
import { compileExpression } from '../../../src/formats/text/expression.ts'

it('reads a plain path as JSONata does, lists or not', () => {
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, '', 0, 'x', true),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any')),
    ),
  }))
  const paths = fc.constantFrom('a', 'a.b', 'a.b.c', '`a`.b', 'a.a.a')
  fc.assert(
    fc.property(any, paths, (record, path) => {
      const slow: unknown = jsonata(path).evaluate(record)
      expect(JSON.stringify(compileExpression(path)(record))).toBe(JSON.stringify(slow))
    }),
    { numRuns: 2000 },
  )
})

it.each(['a[0]', 'a.b[]', 'a@$x.b', 'a#$i.b', 'a.b{c: d}', 'a.%.b', '*.b', '**.b'])(
  'takes %s for more than a plain path',
  (path) => {
    const record = {
      a: [
        { b: 1, c: 'k', d: 2 },
        { b: [2, 3], c: 'l', d: 3 },
      ],
    }
    const slow: unknown = jsonata(path).evaluate(record)
    expect(JSON.stringify(compileExpression(path)(record))).toBe(JSON.stringify(slow))
  },
)
