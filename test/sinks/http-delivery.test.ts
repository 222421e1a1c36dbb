import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRetryAfter, readDelivery } from '../../src/sinks/http-delivery.ts'

const NOW_MS = Date.UTC(2026, 4, 3, 2, 0, 0)
const answered = (status: number) => ({ status, retryAfter: undefined, body: '' })

describe('readDelivery', () => {
  it('knows every status as delivered, retry or refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        const { kind } = readDelivery(answered(status), NOW_MS)
        const busy = status >= 500 || [408, 425, 429].includes(status)
        expect(kind).toBe(status < 300 ? 'delivered' : busy ? 'retry' : 'refused')
      }),
    )
  })

  it('says that the receiver is gone on 410 only', () => {
    expect(readDelivery(answered(410), NOW_MS)).toMatchObject({ isGone: true })
    expect(readDelivery(answered(404), NOW_MS)).not.toHaveProperty('isGone')
  })
})

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['17', 17_000],
    [' 17 ', 17_000],
    ['999999999', 3_600_000],
    ['Sun, 03 May 2026 02:00:30 GMT', 30_000],
    ['Sun, 03 May 2020 02:00:30 GMT', 0],
    ['Sun, 03 May 2099 02:00:30 GMT', 3_600_000],
    ['soon', undefined],
    ['', undefined],
  ])('reads "%s" as %s', (header, afterMs) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(afterMs)
  })

  it('stays between nothing and an hour, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.bigInt().map(String)), (header) => {
        const afterMs = parseRetryAfter(header, NOW_MS)
        if (afterMs !== undefined) {
          expect(afterMs).toBeGreaterThanOrEqual(0)
          expect(afterMs).toBeLessThanOrEqual(3_600_000)
        }
      }),
    )
  })
})
