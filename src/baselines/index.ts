/** The shelf of baselines. To add one: its file, a line here, a test, a golden memory. */
import { actions } from './actions.ts'
import { authority } from './authority.ts'
import type { Baseline } from './baseline.ts'
import { hours } from './hours.ts'
import { origin } from './origin.ts'
import { resources } from './resources.ts'
import { sizes } from './sizes.ts'
import { trend } from './trend.ts'
import { volume } from './volume.ts'

export const baselines = {
  hours,
  volume,
  sizes,
  resources,
  actions,
  origin,
  authority,
  trend,
} as const

export type BaselineName = keyof typeof baselines
type MemoryOf<B> = B extends Baseline<infer Memory, infer _> ? Memory : never
type ReadingOf<B> = B extends Baseline<infer _, infer Reading> ? Reading : never

/** Everything known of one agent, or of one group, by baseline. */
export type Memories = { readonly [Name in BaselineName]: MemoryOf<(typeof baselines)[Name]> }
/** One event as every baseline reads it. */
export type Readings = { readonly [Name in BaselineName]: ReadingOf<(typeof baselines)[Name]> }

export const baselineNames = Object.keys(baselines) as readonly BaselineName[]
