/**
 * Isolation forest: the detector one picks from a library, on the features one usually picks.
 *
 * One forest of `ml-isolation-forest` for each blueprint, over how far an event is from its own agent's
 * habits: amounts, pace, hour of the day, rarity of action, place and address, and refusals. It is
 * fitted to a sample of the very events it then scores, so that it knows more than any detector that
 * has to answer at once.
 *
 * The library draws from `Math.random`, which cannot be seeded. While a forest grows it is replaced by
 * a seeded stream, and put back when that is done, also where it fails; nothing else runs meanwhile.
 *
 * Source    Liu, Ting, Zhou (2008), "Isolation Forest", ICDM.
 * Departs   The library fits every tree to the whole sample instead of 256 events of it.
 * Cost      80 bytes per event; 100 trees to walk for each.
 */
// @ts-expect-error the library comes without types
import { IsolationForest } from 'ml-isolation-forest'
import type { RawEvent } from '../event/event.ts'
import { type Random, random } from '../math/random.ts'
import type { Competitor } from './competitors.ts'
import { blankHabits, type Habits, readHabits } from './habits.ts'

/** The library's part that is used here. */
interface Forest {
  train(rows: number[][]): void
  predict(rows: number[][]): number[]
}

const FEATURES = 10
/** Events of a blueprint that its forest is fitted to, at the most. */
const SAMPLE_MAX = 2_048
/** Events scored at a time, for the library wants a row of its own for each. */
const CHUNK = 4_096
/** Fewer cannot be split. */
const SAMPLE_MIN = 2
const ROOM_FIRST = 1_024
/** A score of the library, 2^(−depth / usual depth), is 0.5 where nothing can be told. */
const UNKNOWN = 0.5

export function isolationForest(seed: number): Competitor {
  const habits = new Map<string, Habits>()
  const members = new Map<string, number[]>() // places of a blueprint's events
  let features = new Float64Array(ROOM_FIRST * FEATURES)
  let count = 0
  return {
    take(event) {
      const { agent } = event
      const own = habits.get(agent.id) ?? blankHabits()
      habits.set(agent.id, own)
      if ((count + 1) * FEATURES > features.length) {
        const larger = new Float64Array(features.length * 2)
        larger.set(features)
        features = larger
      }
      features.set(featuresOf(own, event), count * FEATURES)
      const kind = agent.blueprint ?? ''
      const places = members.get(kind)
      if (places === undefined) members.set(kind, [count])
      else places.push(count)
      count++
    },
    scores() {
      const scores = new Float64Array(count).fill(UNKNOWN)
      for (const [kind, places] of members) {
        if (places.length < SAMPLE_MIN) continue
        scoreInto(scores, features, places, random(`isolation-forest/${seed}/${kind}`))
      }
      return scores
    },
  }
}

function featuresOf(habits: Habits, event: RawEvent): number[] {
  const { hourly, bytes, records, clock, gap, action, container, address } = readHabits(
    habits,
    event,
  )
  const isDenied = event.outcome === 'denied' ? 1 : 0
  const isFailed = event.outcome === 'failure' ? 1 : 0
  return [hourly, bytes, records, clock, gap, action, container, address, isDenied, isFailed]
}

function scoreInto(
  scores: Float64Array,
  features: Float64Array,
  places: readonly number[],
  rng: Random,
): void {
  const rowsOf = (some: readonly number[]) =>
    some.map((at) => [...features.subarray(at * FEATURES, (at + 1) * FEATURES)])
  const forest: Forest = new IsolationForest()
  withSeededChance(rng, () => forest.train(rowsOf(sampleOf(places, rng))))
  for (let from = 0; from < places.length; from += CHUNK) {
    const chunk = places.slice(from, from + CHUNK)
    forest.predict(rowsOf(chunk)).forEach((score, nth) => {
      scores[chunk[nth]!] = score
    })
  }
}

function sampleOf(places: readonly number[], rng: Random): readonly number[] {
  if (places.length <= SAMPLE_MAX) return places
  return Array.from({ length: SAMPLE_MAX }, () => rng.pick(places))
}

function withSeededChance(rng: Random, act: () => void): void {
  const { random: unseeded } = Math
  Math.random = rng.uniform
  try {
    act()
  } finally {
    Math.random = unseeded
  }
}
