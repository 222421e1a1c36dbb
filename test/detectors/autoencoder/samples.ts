/** Behaviour to learn from: two kinds of honest days, each of which lights up traits of its own. */
import { type Sample, traits } from '../../../src/detectors/autoencoder/behaviour.ts'
import { random } from '../../../src/math/random.ts'

/** Traits that go together in one kind of day, and in the other. */
export const TASK = ['place', 'deed', 'course'].map(placeOf)
export const MOVE = ['origin', 'client', 'authority'].map(placeOf)

function placeOf(name: string): number {
  return (traits as readonly string[]).indexOf(name)
}

/** Values in which some traits are strong and the others next to nothing. */
export function valuesWith(strong: readonly number[], strength: number, noise = () => 0) {
  return Float32Array.from(
    traits,
    (_, trait) => (strong.includes(trait) ? strength : 0.2) + noise(),
  )
}

export function samplesOf(count: number, blueprint: string | undefined = undefined): Sample[] {
  const chance = random(5)
  return Array.from({ length: count }, (_, at) => ({
    blueprint,
    agentDay: `agent-${at % 40} ${at % 7}`,
    values: valuesWith(chance.chance(0.5) ? TASK : MOVE, chance.between(0.5, 3), () =>
      chance.normal(0, 0.02),
    ),
  }))
}
