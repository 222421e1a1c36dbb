/**
 * Reservoir: an even sample of behaviour from a stream of any length, for all and by blueprint.
 *
 * Source    Vitter (1985), "Random sampling with a reservoir", ACM TOMS, algorithm R.
 */
import { type Random, random } from '../../math/random.ts'
import type { Sample } from './behaviour.ts'

/** Samples kept of all together: more do not make the model better, only training longer. */
const ALL_MAX = 100_000
/** Samples kept of one blueprint, and how many blueprints: at most 200 MB in all. */
const BLUEPRINT_MAX = 20_000
const BLUEPRINTS_MAX = 100

interface Kept {
  readonly samples: Sample[]
  /** How many were offered so far. */
  offered: number
}

export class Reservoir {
  readonly all: Kept = { samples: [], offered: 0 }
  readonly byBlueprint = new Map<string, Kept>()
  private readonly chance: Random

  constructor(seed: number) {
    this.chance = random(seed)
  }

  offer(sample: Sample): void {
    this.keep(this.all, sample, ALL_MAX)
    const { blueprint } = sample
    if (blueprint === undefined) return
    let kept = this.byBlueprint.get(blueprint)
    if (kept === undefined) {
      if (this.byBlueprint.size >= BLUEPRINTS_MAX) return
      kept = { samples: [], offered: 0 }
      this.byBlueprint.set(blueprint, kept)
    }
    this.keep(kept, sample, BLUEPRINT_MAX)
  }

  private keep(kept: Kept, sample: Sample, max: number): void {
    kept.offered++
    if (kept.samples.length < max) {
      kept.samples.push(sample)
      return
    }
    const place = this.chance.integer(0, kept.offered - 1)
    if (place < max) kept.samples[place] = sample
  }
}
