/**
 * Novelty: how unlikely it is to meet this thing next, given what was met before and what one's
 * peers have met.
 *
 * An agent meets a thing it knows in proportion to how often it met it, and something new as often
 * as it has lately been meeting new things. What is new to the agent is then asked of its blueprint:
 * how many of the peers know it, and how often do members take up something so little known? What no
 * peer knows is asked of the tenant in turn. A group learns of a thing only when it was new to the
 * member, so that a busy member does not outvote the others.
 *
 * Source    Teh (2006), "A Hierarchical Bayesian Language Model based on Pitman-Yor Processes", ACL;
 *           Good (1953), "The population frequencies of species", Biometrika, for the uptake.
 * Departs   The answer is the probability of anything at least as unfamiliar, not of the very thing.
 *           Every thing is served at one table per member (the minimal seating), and the discount is
 *           applied to the faded weight of first meetings, so that a rush of novelty in the first
 *           days does not excuse novelty for ever.
 */

/** How much one first meeting says about the next: near 1, new things keep coming. */
const DISCOUNT = 0.8
/** How many meetings the belief "everything is new" counts for at the start. */
const CONCENTRATION = 1
/** Meetings under one condition before their own rate of new things outweighs the general one. */
const CONDITION_STRENGTH = 5

/** What is left of the surprise once one peer has begun: new ways are seldom taken by one alone. */
const STARTED_SHARE = 0.3

/** Grades of how well known a thing is in a group: to none, about 1, 2, 4, 8, 16 members, more. */
export const POPULARITIES = 7

/**
 * How well known things were when members took them up: faded weight by grade of popularity. Where a
 * group's members mostly take up what many know, a thing that none knows is strange. It has
 * `POPULARITIES` places from an offset.
 */
export type Uptake = Float64Array

/** The grade of a thing that so many members know; the number is faded and need not be whole. */
export function popularityOf(members: number): number {
  if (members <= 0) return 0
  let grade = 1
  for (let from = 1.5; members >= from && grade < POPULARITIES - 1; from *= 2) grade++
  return grade
}

/** P(the next thing is one not held), in (0, 1], where so much was met and so much of it new. */
export function newShare(met: number, novel: number, gain: number): number {
  return (CONCENTRATION * gain + DISCOUNT * novel) / (CONCENTRATION * gain + met)
}

/** The same under a condition, of which so much was met and so much of it new. */
export function newShareGiven(share: number, met: number, novel: number, gain: number): number {
  const strength = CONDITION_STRENGTH * gain
  return (strength * share + DISCOUNT * novel) / (strength + met)
}

/** How surprising it is that a member takes up what so few know, in nats ≥ 0. */
export function uptakeNats(uptake: Uptake, offset: number, grade: number, gain: number): number {
  let upTo = CONCENTRATION * gain
  let total = upTo
  for (let at = 0; at < POPULARITIES; at++) {
    total += uptake[offset + at]!
    if (at <= grade) upTo += uptake[offset + at]!
  }
  return upTo >= total ? 0 : Math.log(total / upTo)
}

/**
 * How surprising a thing that is held is, in nats ≥ 0; never more than something new. Of so much met
 * it was so much.
 */
export function knownNats(met: number, held: number, unseen: number): number {
  // A float32 weight may exceed its float64 total by a rounding error.
  const share = Math.max(((1 - unseen) * held) / met, unseen)
  return share >= 1 ? 0 : -Math.log(share)
}

/** What being known to so few members of a group adds, in nats ≥ 0. */
export function peersNats(uptake: Uptake, offset: number, members: number, gain: number): number {
  const grade = popularityOf(members)
  const nats = uptakeNats(uptake, offset, grade, gain)
  return grade === 0 ? nats : nats * STARTED_SHARE
}
