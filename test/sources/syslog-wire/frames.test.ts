import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFramer } from '../../../src/sources/syslog-wire/frames.ts'

const MAX = 64

/** What a framer makes of chunks, and whether it could go on. */
function framed(chunks: readonly (string | Buffer)[]) {
  const told: string[] = []
  const framer = createFramer(MAX, {
    message: (bytes) => told.push(bytes.toString()),
    refused: (beginning, reason) => told.push(`${reason}: ${beginning.toString().slice(0, 9)}`),
  })
  let goesOn = true
  for (const chunk of chunks) goesOn = framer.push(Buffer.from(chunk)) && goesOn
  const isInside = framer.isInside()
  framer.finish()
  return { told, goesOn, isInside }
}

describe('messages', () => {
  it('are told apart by their length or by line breaks, of both on one connection', () => {
    const { told, isInside } = framed(['5 <1>ab<2>c d\n\n\n7 <3>\ne f<4>g\n'])
    expect(told).toEqual(['<1>ab', '<2>c d', '<3>\ne f', '<4>g'])
    expect(isInside).toBe(false)
  })

  it('are the same however the bytes come', () => {
    const message = fc.stringMatching(/^<1>[^\n]{0,40}$/)
    const frame = fc.tuple(message, fc.boolean()).map(([text, isCounted]) => {
      const bytes = Buffer.from(text).subarray(0, MAX)
      const framed = isCounted
        ? [Buffer.from(`${bytes.length} `), bytes]
        : [bytes, Buffer.from('\n')]
      return { text: bytes.toString(), bytes: Buffer.concat(framed) }
    })
    fc.assert(
      fc.property(
        fc.array(frame),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (frames, sizes) => {
          const whole = Buffer.concat(frames.map(({ bytes }) => bytes))
          const chunks: Buffer[] = []
          for (let at = 0; at < whole.length; ) {
            const size = sizes.next().value as number
            chunks.push(whole.subarray(at, at + size))
            at += size
          }
          expect(framed(chunks).told).toEqual(frames.map(({ text }) => text))
        },
      ),
    )
  })

  it('that are torn are told of where their length says so, and are taken where it does not', () => {
    expect(framed(['<1>a\n9 <2>b'])).toEqual({
      told: ['<1>a', 'the connection ended inside it: 9 <2>b'],
      goesOn: true,
      isInside: true,
    })
    expect(framed(['<1>a\n<2>b']).told).toEqual(['<1>a', '<2>b'])
  })

  it.each([
    ['counted', `1000 ${'x'.repeat(1_000)}`, 'got 1000'],
    ['ended by a line break', `${'x'.repeat(1_000)}\n`, 'got more'],
  ])('too long, %s, are passed over, and the next is read', (_, long, got) => {
    const expected = [`expected a message of at most 64 bytes, ${got}: xxxxxxxxx`, '<1>a']
    expect(framed([`${long}<1>a\n`]).told).toEqual(expected)
    const bytes = [...`${long}4 <1>a`]
    const { told } = framed(bytes)
    expect([told[0]!.slice(0, 50), ...told.slice(1)]).toEqual([expected[0]!.slice(0, 50), '<1>a'])
  })

  it.each(['12x', '9999999999 ', '1234567890'])(
    'cannot be told apart after a length that is none: %s',
    (bytes) => {
      const { told, goesOn } = framed([bytes, '<1>never read\n'])
      expect(goesOn).toBe(false)
      expect(told).toEqual([expect.stringContaining('expected the length of the message')])
    },
  )

  it('are kept nothing of beyond their bound, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
        for (const one of framed(chunks.map((chunk) => Buffer.from(chunk))).told) {
          expect(Buffer.byteLength(one)).toBeLessThan(300)
        }
      }),
    )
  })
})
