/**
 * Slow drift: the agent's days have been moving away from a reference of months, each by little.
 *
 * It speaks once a day, at the event that ends the day before. The sum of deviations that nothing drives
 * is at least s on a share of e⁻ˢ of days, and the answer is what is left of it beyond the quiet three.
 * Reads     trend
 * Source    Siegmund (1985), "Sequential Analysis", chapter 2, for how far a sum goes by chance.
 * Blind to  A drift that its blueprint or its tenant shares, and one slower than the spread of its days
 *           in eight months.
 */
import { courses } from '../baselines/trend.ts'
import type { Detector } from './detector.ts'
import { bytes, count } from './words.ts'

type Course = (typeof courses)[number]

/** What a day came to, in words. */
const inWords: Readonly<Record<Course, (amount: number) => string>> = {
  events: (amount) => `${count(amount)} events a day`,
  resources: (amount) => `${count(amount)} different resources a day`,
  records: (amount) => `${count(amount)} records a call`,
  bytes: (amount) => `${bytes(amount)} a call`,
}

export const slowDrift: Detector = {
  name: 'slow-drift',
  aspect: 'drift',
  title: 'drifted from its ways, day by day',
  isOfDay: true,
  judge: ({ trend }) => trend.nats,
  explain({ trend }) {
    const words = inWords[courses[trend.course]!]
    const usual = Math.expm1(trend.logUsual)
    const seen = Math.expm1(trend.logLatest)
    return {
      expected: `about ${words(usual)}, as for ${count(Math.max(1, trend.days))} days`,
      seen: `more and more over days, ${words(seen)} on the latest`,
      measured: { unit: courses[trend.course]!, seen, usual, over: 'day' },
    }
  },
  suppositions: () => [
    {
      kind: 'otherwise',
      had: 'its days been as they were for months',
      suppose({ trend }) {
        trend.nats = 0
      },
    },
  ],
}
