/** Portrait: what was learned of an agent, in words and numbers for a reader. */
import { measures, SPANS, spans } from '../agent/context.ts'
import type { Facets } from '../baselines/facet.ts'
import { type BaselineName, baselineNames, baselines } from '../baselines/index.ts'
import { HOURS_PER_WEEK } from '../baselines/week.ts'
import { gainAt } from '../math/decay.ts'
import { MOMENTS_SIZE } from '../math/moments.ts'
import { sizeOf, totalOf } from '../math/tally.ts'
import type { AgentState } from './agent-state.ts'

/** Strangeness is what scoring makes of events, not what the agent does. */
const TOLD = measures.filter((measure) => measure !== 'strangeness')

export interface Portrait {
  /** Faded active hours by hour of the UTC week, from Monday 00:00. */
  readonly week: readonly number[]
  /** The usual and the largest total of each span, where there was one. */
  readonly volumes: readonly Volume[]
  readonly facets: readonly KnownThings[]
  /** Actions whose calls are measured. */
  readonly sizedActions: number
  /** What calibration has learned from, faded: events, and whole days. */
  readonly calibration: { readonly events: number; readonly days: number }
}

export interface Volume {
  readonly measure: string
  readonly span: string
  readonly usual: number
  readonly largest: number
}

/** Things of one kind that the agent is known with. */
export interface KnownThings {
  readonly baseline: BaselineName
  readonly facet: string
  readonly known: number
  /** Faded events behind it. */
  readonly support: number
  readonly examples: readonly string[]
}

export function portraitOf({ memory, context }: AgentState): Portrait {
  const { memories, calibration, stretch } = memory
  const gain = gainAt(context.lastMs, stretch)
  return {
    week: Array.from(memories.hours.counts.subarray(0, HOURS_PER_WEEK), (count) => count / gain),
    volumes: volumesOf(memories.volume),
    facets: baselineNames.flatMap((name) => {
      const memory: unknown = memories[name]
      return isFacets(memory) ? thingsOf(name, memory, gain) : []
    }),
    sizedActions: memories.sizes.byAction.size,
    calibration: { events: calibration.events / gain, days: calibration.days / gain },
  }
}

function volumesOf(moments: Float32Array): Volume[] {
  const volumes: Volume[] = []
  for (const measure of TOLD) {
    for (let span = 0; span < SPANS; span++) {
      const offset = (span * measures.length + measures.indexOf(measure)) * MOMENTS_SIZE
      const largest = Math.expm1(moments[offset + 3]!)
      if (largest <= 0) continue
      const usual = Math.expm1(moments[offset + 1]!)
      volumes.push({ measure, span: spans[span]!, usual, largest })
    }
  }
  return volumes
}

function isFacets(memory: unknown): memory is Facets {
  return typeof memory === 'object' && memory !== null && 'examples' in memory && 'layout' in memory
}

function thingsOf(baseline: BaselineName, facets: Facets, gain: number): KnownThings[] {
  const names = Object.keys(baselines[baseline].blankReading())
  return facets.examples.map((examples, at) => ({
    baseline,
    facet: names[at]!, // a reading has the facets first, in their order
    known: sizeOf(facets, at),
    support: totalOf(facets, at) / gain,
    examples,
  }))
}
