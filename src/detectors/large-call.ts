/**
 * Large call: a single call moved more than the agent's calls of this action do.
 *
 * Reads     sizes
 * Blind to  Many calls of usual size, and logs that carry no volumes.
 */
import { excess } from '../math/moments.ts'
import type { Detector } from './detector.ts'
import { bytes, count } from './words.ts'

export const largeCall: Detector = {
  name: 'large-call',
  aspect: 'call',
  title: 'moved more in one call than it ever does',
  judge: ({ sizes }, { volume }) =>
    volume === undefined ? undefined : Math.max(sizes.bytesNats, sizes.recordsNats),
  relevance({ sizes }) {
    const isBytes = sizes.bytesNats >= sizes.recordsNats
    return isBytes
      ? excess(sizes.logBytes, sizes.logLargestBytes)
      : excess(sizes.logRecords, sizes.logLargestRecords)
  },
  explain({ sizes }, { action, volume }) {
    const isBytes = sizes.bytesNats >= sizes.recordsNats
    const words = isBytes ? bytes : records
    const largest = Math.expm1(isBytes ? sizes.logLargestBytes : sizes.logLargestRecords)
    const usual = Math.expm1(isBytes ? sizes.logUsualBytes : sizes.logUsualRecords)
    const amount = (isBytes ? volume?.bytes : volume?.records) ?? 0
    const seen = `${words(amount)} by ${action}`
    const measured = { unit: isBytes ? 'bytes' : 'records', seen: amount, over: 'call' }
    if (largest <= 0) return { expected: `no ${action} so far`, seen, measured }
    return {
      expected: `usually ${words(usual)}, at most ${words(largest)} so far`,
      seen,
      measured: { ...measured, usual, largest },
    }
  },
  suppositions({ sizes }, { volume }) {
    const of = sizes.bytesNats >= sizes.recordsNats ? 'bytes' : 'records'
    const words = of === 'bytes' ? bytes : records
    const inWords = (amount: number) => `${words(amount)} in one call`
    const other = of === 'bytes' ? 'records' : 'bytes'
    const alongside = { of: other, seen: volume?.[other] ?? 0 } as const
    return [{ kind: 'less', of, seen: volume?.[of] ?? 0, alongside, inWords }]
  },
}

const records = (total: number) => `${count(total)} records`
