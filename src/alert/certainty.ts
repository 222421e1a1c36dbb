/**
 * Certainty: how far the baselines behind an alert can be relied on, which is not how grave it is.
 *
 * Points for how long the agent has been known, for how many independent aspects spoke, and for peers
 * that are known where the agent itself is not; a tenant that has been watched for few days caps it.
 * That an agent is not registered is a fact of the registry: no history is needed for it.
 */
import { z } from 'zod'
import { count } from '../detectors/words.ts'
import { levels } from './taxonomy.ts'

/** What was known when the case opened. */
export const groundsSchema = z.object({
  agentDays: z.number(),
  agentEvents: z.number(),
  /** Days since the first event known of the tenant. */
  tenantDays: z.number(),
  hasPeers: z.boolean(),
  /** Days since another version, model, standing prompt or tool of its kind was first met; absent where none was. */
  releaseDays: z.number().optional(),
})
export type Grounds = z.infer<typeof groundsSchema>

export const certaintySchema = z.object({
  level: z.enum(levels),
  why: z.array(z.string()),
})
export type Certainty = z.infer<typeof certaintySchema>

/** An agent is well known from two of its weeks on, and known a little from some days. */
const WELL_KNOWN = { days: 14, events: 200, points: 2 }
const KNOWN = { days: 3, events: 50, points: 1 }
/** Aspects that are many, and that are more than one fact. */
const MANY_ASPECTS = 4
const SOME_ASPECTS = 2
/** Days of a tenant before a word of it is worth much, and worth anything. */
const YOUNG_DAYS = 7
const NEWBORN_DAYS = 3
/** For so long what an agent does anew may well come with its new release. */
const RELEASE_DAYS = 2
const HIGH = 4
const MEDIUM = 2

export function certaintyOf(
  grounds: Grounds | undefined,
  aspects: number,
  isUnregistered: boolean,
): Certainty {
  if (grounds === undefined) {
    return { level: 'medium', why: ['opened by an earlier version, which kept no grounds'] }
  }
  const { agentDays, agentEvents, tenantDays, hasPeers, releaseDays = Infinity } = grounds
  const isOf = ({ days, events }: typeof KNOWN) => agentDays >= days && agentEvents >= events
  const history = isOf(WELL_KNOWN) ? WELL_KNOWN.points : isOf(KNOWN) ? KNOWN.points : 0
  const known = isUnregistered ? WELL_KNOWN.points : history
  const byPeers = known < WELL_KNOWN.points && hasPeers ? 1 : 0
  const breadth = aspects >= MANY_ASPECTS ? 2 : aspects >= SOME_ASPECTS ? 1 : 0
  const isReleased = releaseDays < RELEASE_DAYS
  const points = known + byPeers + breadth - (isReleased ? 1 : 0)
  const earned = points >= HIGH ? 2 : points >= MEDIUM ? 1 : 0
  const cap = tenantDays < NEWBORN_DAYS ? 0 : tenantDays < YOUNG_DAYS ? 1 : 2
  const why = [
    `${span(agentDays)} and ${amount(agentEvents, 'event')} of the agent known beforehand`,
    hasPeers ? 'its peers are known' : 'no peers are known',
    `${amount(aspects, 'independent aspect')} clearly odd`,
    ...(isUnregistered ? ['that it is not registered is certain'] : []),
    ...(isReleased
      ? [`a release, prompt or tool that is new to it has been running for ${span(releaseDays)}`]
      : []),
    ...(cap < 2 ? [`the tenant has been watched for ${span(tenantDays)} only`] : []),
  ]
  return { level: levels[Math.min(earned, cap)]!, why } // 0 to 2, as there are levels
}

const span = (days: number): string => (days < 1 ? 'less than a day' : amount(days, 'day'))

function amount(number: number, noun: string): string {
  const whole = Math.floor(number)
  return `${whole === 0 ? 'no' : count(whole)} ${noun}${whole === 1 ? '' : 's'}`
}
