import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putText,
  takeBits,
  widthOf,
} from '../../src/math/bits.ts'
import { blankBefore, putTexts, takeTexts } from '../../src/math/texts.ts'

const piece = fc.oneof(
  fc.constantFrom('tickets', 'tickets.read', '/', ' on prompt', 'kb', '2010', 'Über', 'list'),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const name = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
const groups = fc.array(fc.array(name, { maxLength: 4 }), { maxLength: 6 })

const written = (all: readonly (readonly string[])[]) =>
  bitsWritten((bits) => {
    const before = blankBefore()
    for (const texts of all) putTexts(bits, texts, before)
  })

describe('texts', () => {
  it('reads what was written, whatever the characters, and not a bit more', () => {
    fc.assert(
      fc.property(groups, (all) => {
        const bits = bitsIn(written(all))
        const before = blankBefore()
        expect(all.map(() => takeTexts(bits, before))).toEqual(all)
        expect(bits.bytes.length * 8 - bits.at).toBeLessThan(8)
      }),
    )
  })

  it('takes a third less room than names in full where they have much in common', () => {
    const all = [
      ['kb/articles/554', 'kb/articles/350'],
      ['kb/articles', 'kb'],
      ['kb.search in kb', 'tickets.read in tickets', 'tickets.read on prompt'],
    ]
    const inFull = bitsWritten((bits) => {
      for (const text of all.flat()) putText(bits, text)
    })
    expect(written(all).length).toBeLessThan((inFull.length * 2) / 3)
  })

  it('throws MEMORY_INVALID for what is damaged, whatever the bits, and never hangs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const bits = bitsIn(bytes)
        try {
          while (takeBits(bits, 1) === 1) takeTexts(bits, blankBefore())
        } catch (error) {
          expect(error).toMatchObject({ code: 'MEMORY_INVALID' })
        }
      }),
    )
  })

  it('does not copy beyond what stands before', () => {
    const { length } = blankBefore().text
    const bytes = bitsWritten((bits) => {
      putCount(bits, 1)
      putCount(bits, 40)
      putBits(bits, 0b110, 3)
      putBits(bits, length - 5, widthOf(length))
      putCount(bits, 20)
    })
    expect(() => takeTexts(bitsIn(bytes), blankBefore())).toThrow('beyond what stands before')
  })
})
