/**
 * Novelty: how unlikely it is to meet this thing next, given what was met before and what one's
 * peers have met.
 *
 * An agent meets a thing it knows in proportion to how often it met it, and something new as often
 * as it has lately been meeting new things. What is new to the agent is then asked of its blueprint:
 * is it new to the peers too, and how often is something? What is, of the tenant in turn. A group learns of a thing only when it was new to the member, so that
 * a busy member does not outvote the others.
 *
 * Source    Teh (2006), "A Hierarchical Bayesian Language Model based on Pitman-Yor Processes", ACL.
 * Departs   The answer is the probability of anything at least as unfamiliar, not of the very thing: a
 *           thing that peers know is never more surprising than one they do not. Every thing is served at one table per member (the minimal seating), and the discount is
 *           applied to the faded weight of first meetings, so that a rush of novelty in the first
 *           days does not excuse novelty for ever.
 */
import { type Tally, weightOf } from './tally.ts'

/** How much one first meeting says about the next: near 1, new things keep coming. */
const DISCOUNT = 0.8
/** How many meetings the belief "everything is new" counts for at the start. */
const CONCENTRATION = 1

/** P(the next thing is one not held), in (0, 1]. */
export function newShare(tally: Tally, gain: number): number {
  const total = tally.total / gain
  return (CONCENTRATION + DISCOUNT * (tally.novel / gain)) / (CONCENTRATION + total)
}

/** How surprising it is to meet something not held, in nats; 0 where nothing was ever met. */
export function newNats(tally: Tally, gain: number): number {
  return -Math.log(newShare(tally, gain))
}

/** How surprising the key is to the agent in the light of its kin, in nats, ≥ 0. */
export function noveltyOf(
  own: Tally,
  blueprint: Tally | undefined,
  tenant: Tally,
  key: number,
  gain: number,
): number {
  const unseen = newShare(own, gain)
  const held = weightOf(own, key)
  let nats = -Math.log(unseen)
  if (held > 0) {
    // A float32 weight may exceed its float64 total by a rounding error.
    const known = Math.max(0, -Math.log(((1 - unseen) * held) / own.total))
    return Math.min(nats, known)
  }
  if (blueprint !== undefined && blueprint.total > 0) {
    if (weightOf(blueprint, key) > 0) return nats
    nats -= Math.log(newShare(blueprint, gain))
  }
  return weightOf(tenant, key) > 0 ? nats : nats - Math.log(newShare(tenant, gain))
}
