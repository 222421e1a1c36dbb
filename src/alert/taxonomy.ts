/**
 * Taxonomy: what an alert may be, in the words and ids that others use for it.
 *
 * Detectors say what is odd; that is not yet a kind of attack. So each candidate names the detectors
 * that speak for it and what of the events it takes. It is the likelier the more of them spoke and the
 * better the events fit, and is never told as more than what may be.
 */
import { z } from 'zod'
import { type Intent, intentsOf } from '../event/intents.ts'
import type { Candidate, Facts } from './candidates/candidate.ts'
import { control } from './candidates/control.ts'
import { data } from './candidates/data.ts'
import { identity } from './candidates/identity.ts'
import type { KeptEvent } from './evidence.ts'
import {
  atlasTechnique,
  attackTechnique,
  attackTechniqueSchema,
  owaspTechnique,
  techniqueSchema,
} from './techniques.ts'

export const candidates: readonly Candidate[] = [...identity, ...control, ...data]

/** Told of one alert; more would be a list of everything. */
const TOLD_MAX = 3
/** What the events' fit counts for, in detectors; and what the foremost of them counts for besides. */
const FIT = 3
const FOREMOST = 1
/** Points from which a candidate is held for so likely. */
const HIGH = 5
const MEDIUM = 3

export const levels = ['low', 'medium', 'high'] as const
export type Level = (typeof levels)[number]

export const candidateSchema = z.object({
  id: z.string(),
  mayBe: z.string().describe('What it may be.'),
  confidence: z.enum(levels).describe('How well reasons and events fit this candidate.'),
  because: z.array(z.string()).describe('The detectors that speak for it.'),
  attack: z.array(attackTechniqueSchema),
  atlas: z.array(techniqueSchema),
  owasp: z.array(techniqueSchema),
})
export type ToldCandidate = z.infer<typeof candidateSchema>

export const techniquesSchema = z.object({
  attackV18: z.array(z.string()),
  attackV19: z.array(z.string()),
  atlas: z.array(z.string()),
  owasp: z.array(z.string()),
})

/** What candidates ask of a case; `found` are its detectors, the strongest first. */
export function factsOf(found: readonly string[], events: readonly KeptEvent[]): Facts {
  const intents = new Set<Intent>()
  for (const { action, resource } of events) {
    for (const intent of intentsOf(action, resource)) intents.add(intent)
  }
  const triggers = events.map(({ trigger }) => trigger?.split(' ', 1)[0] ?? 'none')
  const denials = events.filter(({ outcome }) => outcome === 'denied').length
  return {
    detectors: new Set(found),
    foremost: found[0],
    intents,
    triggers: new Set(triggers),
    denials,
  }
}

export interface Fit {
  readonly candidate: Candidate
  readonly level: Level
  readonly because: readonly string[]
}

/** The candidates that fit, the likeliest first; of equals in the order of the list. */
export function fitting(facts: Facts): Fit[] {
  return candidates
    .flatMap((candidate) => {
      const because = candidate.detectors.filter((name) => facts.detectors.has(name))
      const isPossible = because.length > 0 && (candidate.isPossible?.(facts) ?? true)
      if (!isPossible) return []
      const fit = candidate.isLikely?.(facts) ? FIT : 0
      const isForemost = facts.foremost !== undefined && because.includes(facts.foremost)
      const points = because.length + fit + (isForemost ? FOREMOST : 0)
      const level: Level = points >= HIGH ? 'high' : points >= MEDIUM ? 'medium' : 'low'
      return [{ candidate, points, level, because }]
    })
    .sort((a, b) => b.points - a.points)
    .slice(0, TOLD_MAX)
}

export function told({ candidate, level, because }: Fit): ToldCandidate {
  const { id, title, attack, atlas, owasp } = candidate
  return {
    id,
    mayBe: title,
    confidence: level,
    because: [...because],
    attack: attack.map(attackTechnique),
    atlas: atlas.map(atlasTechnique),
    owasp: owasp.map(owaspTechnique),
  }
}

/** The ids of all candidates, each once. */
export function techniquesOf(all: readonly ToldCandidate[]): z.infer<typeof techniquesSchema> {
  const ids = (of: (candidate: ToldCandidate) => readonly string[]) => [...new Set(all.flatMap(of))]
  return {
    attackV18: ids(({ attack }) => attack.map(({ v18 }) => v18)),
    attackV19: ids(({ attack }) => attack.map(({ v19 }) => v19)),
    atlas: ids(({ atlas }) => atlas.map(({ id }) => id)),
    owasp: ids(({ owasp }) => owasp.map(({ id }) => id)),
  }
}
