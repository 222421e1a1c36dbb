/**
 * Novelty: how unlikely it is to meet this thing next, given what was met before and what one's
 * peers have met.
 *
 * An agent meets a thing it knows in proportion to how often it met it, and something new as often
 * as it has lately been meeting new things; what is new to the agent is then asked of its blueprint,
 * and of the tenant in turn. A group learns of a thing only when it was new to the member, so that
 * a busy member does not outvote the others.
 *
 * Source    Teh (2006), "A Hierarchical Bayesian Language Model based on Pitman-Yor Processes", ACL.
 * Departs   Every thing is served at one table per member (the minimal seating), and the discount is
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

function predictive(tally: Tally, key: number, gain: number, parent: number): number {
  if (tally.total === 0) return parent
  const unseen = newShare(tally, gain)
  const held = weightOf(tally, key)
  return unseen * parent + (held === 0 ? 0 : ((1 - unseen) * held) / tally.total)
}

/** How surprising the key is to the agent in the light of its kin, in nats, ≥ 0. */
export function noveltyOf(
  own: Tally,
  blueprint: Tally | undefined,
  tenant: Tally,
  key: number,
  gain: number,
): number {
  let expected = predictive(tenant, key, gain, 1)
  if (blueprint !== undefined) expected = predictive(blueprint, key, gain, expected)
  return -Math.log(Math.min(predictive(own, key, gain, expected), 1))
}
