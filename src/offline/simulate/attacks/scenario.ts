/** Scenario: one kind of attack, by its number in the scenario table. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts'
import type { Craft } from './craft.ts'

export interface Scenario {
  /** Number in the scenario table. */
  readonly number: number
  readonly name: string
  /** Over how long it may be spread. */
  readonly spreadsMs: readonly number[]
  readonly run: (craft: Craft) => void
}

export const MINUTES = 12 * MINUTE_MS
export const HOURS = 4 * HOUR_MS
export const DAY = DAY_MS
export const DAYS = 4 * DAY_MS
export const WEEKS = 13 * DAY_MS
