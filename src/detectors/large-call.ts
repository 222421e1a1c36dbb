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
    const words = isBytes ? bytes : (total: number) => `${count(total)} records`
    const largest = Math.expm1(isBytes ? sizes.logLargestBytes : sizes.logLargestRecords)
    const usual = Math.expm1(isBytes ? sizes.logUsualBytes : sizes.logUsualRecords)
    const seen = `${words((isBytes ? volume?.bytes : volume?.records) ?? 0)} by ${action}`
    if (largest <= 0) return { expected: `no ${action} so far`, seen }
    return { expected: `usually ${words(usual)}, at most ${words(largest)} so far`, seen }
  },
}
