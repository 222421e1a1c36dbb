/**
 * Odd combination: what was found in the session of late does not go together as findings usually do.
 *
 * An autoencoder rebuilds each finding from all of them. A new task brings a new place, a rare deed and an
 * odd step at once, and it knows; a new destination by itself, at an odd hour, it does not expect.
 * Source    Kramer (1991), AIChE Journal; see autoencoder/network and autoencoder/fit.
 * Departs   The error is told as so many times the usual one of behaviour that was held back.
 * Reads     the findings of all other detectors, and the model
 * Cost      No memory; 2 µs where an event is odd of itself, which one in ten to fifteen is.
 * Blind to  Harm that goes together as honest work does, and everything where there is no model.
 */
import { scaled, traits } from './autoencoder/behaviour.ts'
import { type Model, networkFor } from './autoencoder/model.ts'
import { type Look, lookThrough, type Network } from './autoencoder/network.ts'
import type { Aspect, Detector } from './detector.ts'

/** Findings that are told: more than two or three nobody reads. */
const TOLD_MAX = 3
/** Below this a finding is told as none; from these on as slight, clear and strong, in nats. */
const GRADES = [
  [1, 'slightly'],
  [3, 'clearly'],
  [6, 'strongly'],
] as const

/** How a finding about an aspect is called, after "slightly". */
const WORDS: Readonly<Record<Aspect, string>> = {
  time: 'odd hours',
  silence: 'unusual silence',
  volume: 'more events',
  amount: 'more data',
  call: 'larger calls',
  duration: 'longer sessions',
  repetition: 'more repetition',
  outcome: 'more refusals',
  place: 'new places',
  deed: 'rare actions',
  use: 'rare uses',
  course: 'odd steps',
  cause: 'odd triggers',
  authority: 'new permissions',
  origin: 'new origins',
  client: 'new clients',
  destination: 'new destinations',
  flow: 'data sent on',
  'unheard deed': 'unheard-of actions',
  'unheard step': 'unheard-of steps',
  'unheard place': 'unheard-of places',
  'unheard origin': 'unheard-of origins',
  identity: 'strange identity',
  purpose: 'actions beyond its purpose',
  habit: 'lone habits',
  drift: 'drift over weeks',
  combination: 'odd combinations',
}

export const oddCombination: Detector = {
  name: 'odd-combination',
  aspect: 'combination',
  title: 'combined what does not go together',
  isOfSession: true,
  judge(_readings, { agent }, { findings, model }) {
    if (model === undefined || findings.length === 0) return undefined
    const network = networkFor(model, agent.blueprint)
    if (network === undefined) return undefined
    const { error } = lookAt(model, network, findings)
    return Math.max(0, Math.sqrt(error / network.usualError) - 1)
  },
  explain(_readings, { agent }, { findings, model }) {
    const network = model === undefined ? undefined : networkFor(model, agent.blueprint)
    if (model === undefined || network === undefined) {
      return { expected: 'findings that go together', seen: 'no model to tell' }
    }
    const { expected, residuals } = lookAt(model, network, findings)
    const told = [...model.places.keys()]
      .sort((a, b) => Math.abs(residuals[b]!) - Math.abs(residuals[a]!))
      .slice(0, TOLD_MAX)
    const listed = (nats: (trait: number) => number) =>
      told.map((trait) => phrase(traits[model.places[trait]!]!, nats(trait))).join(', ')
    return {
      expected: `by what else was found: ${listed((trait) => Math.max(0, expected[trait]!) ** 2)}`,
      seen: listed((trait) => findings[model.places[trait]!] ?? 0),
    }
  },
}

const values = new Float64Array(traits.length)

function lookAt({ places }: Model, network: Network, findings: Float64Array): Look {
  for (let trait = 0; trait < places.length; trait++) {
    values[trait] = scaled(findings[places[trait]!] ?? 0)
  }
  return lookThrough(network, values)
}

function phrase(aspect: Aspect, nats: number): string {
  const grade = GRADES.findLast(([from]) => nats >= from)
  return grade === undefined ? `no ${WORDS[aspect]}` : `${grade[1]} ${WORDS[aspect]}`
}
