/** An alert: what is sent when an agent's anomalous events have been gathered into one case. */
import { z } from 'zod'
import { severities } from '../scoring/threshold.ts'
import { certaintySchema } from './certainty.ts'
import { linkSchema } from './correlation.ts'
import { counterfactualSchema } from './counterfactual.ts'
import { shownEventSchema } from './evidence.ts'
import { candidateSchema, techniquesSchema } from './taxonomy.ts'

/** Raised when a field changes its meaning or goes; a new field alone does not raise it. */
export const ALERT_VERSION = 2

const probability = z.number().min(0).max(1)
const text = z.string()

/** The same as expected and seen, in numbers; of the past where it is known. */
export const measuredSchema = z.object({
  unit: text.describe('What is counted: records, bytes, events, calls, minutes, hours.'),
  seen: z.number(),
  usual: z.number().optional().describe('Typical so far: a mean on a logarithmic scale.'),
  largest: z.number().optional().describe('The largest so far.'),
  over: text.describe('What it was counted over: call, session, silence, 10 min, hour, day.'),
})

/** One reason for an alert, as an analyst reads it. */
export const reasonSchema = z.object({
  detector: text.describe('The name of the detector that found it.'),
  title: text.describe('What it found, to be read on after "the agent".'),
  expected: text,
  seen: text,
  measured: measuredSchema.optional(),
  p: probability.describe('Calibrated P(something at least this unusual | usual behaviour).'),
  event: text.describe('The event that showed it most strongly.'),
  counterfactuals: z
    .array(counterfactualSchema)
    .describe('What would have to have been otherwise; found by judging the event anew.'),
})
export type Reason = z.infer<typeof reasonSchema>

export const alertSchema = z.object({
  version: z.literal(ALERT_VERSION).describe('Version of this schema.'),
  id: text.describe('Stable over all revisions; the key by which a receiver knows it again.'),
  revision: z
    .number()
    .int()
    .min(1)
    .describe('1 when it is first sent; one more each time the case has grown and is sent again.'),
  tenant: text,
  agent: z.object({
    id: text,
    name: text.optional(),
    blueprint: text.optional(),
    sponsor: text.optional().describe('As the event says, or else the registry.'),
    criticality: text.optional().describe('As the registry has it.'),
  }),
  time: text.describe('RFC 3339, UTC: when the first anomalous event happened.'),
  lastTime: text.describe('RFC 3339, UTC: when the latest anomalous event happened.'),
  score: z.number().min(0).max(100).describe('The highest score in the case.'),
  severity: z.enum(severities),
  severityWhy: z.array(text).describe('What the severity follows from.'),
  confidence: certaintySchema.describe('How far the baselines behind it can be relied on.'),
  title: text,
  reasons: z.array(reasonSchema).describe('Strongest first; one a detector.'),
  evidence: z
    .array(shownEventSchema)
    .describe('The first and the strangest of its events, by time. No prompt is ever kept.'),
  candidates: z
    .array(candidateSchema)
    .describe('What it may be, the likeliest first. Never a finding of fact.'),
  techniques: techniquesSchema.describe('The ids of all candidates, for filters and pivots.'),
  nextSteps: z.array(text).describe('What to do now, in order.'),
  links: z
    .array(linkSchema)
    .describe('Keys that it shares with other alerts which may be of the same thing.'),
  events: z
    .array(text)
    .describe('Ids of the anomalous events, in order; of many the first and the latest.'),
  eventCount: z.number().int().min(1).describe('How many there were, listed or not.'),
  sessions: z.array(text).describe('Sessions the events belong to; at most a few.'),
  scoredWith: text.describe('The versions the score was made with.'),
})

type Parsed = z.infer<typeof alertSchema>
/** An alert that was told does not change. */
export type Alert = { readonly [Field in keyof Parsed]: Parsed[Field] }
