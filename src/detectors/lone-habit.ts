/**
 * Lone habit: the agent is back, on another day, at a place that it took up of late and has sent to, and
 * that nobody else in its tenant uses.
 *
 * What is sent in drops is odd on the first day alone: the place becomes familiar by being used. As odd as
 * it was then, the answer grows with the days on which the agent was back, for three weeks, as long as
 * the place is a small part of its work.
 * Reads     the places it took up of late, resources
 * Blind to  Places that others of the tenant use as well, and one that takes a new place every day.
 */
import { DAY_MS } from '../agent/context.ts'
import type { Detector } from './detector.ts'
import { duration, HOURS_PER_DAY } from './words.ts'

export const loneHabit: Detector = {
  name: 'lone-habit',
  aspect: 'habit',
  title: 'made a habit of a place that nobody else uses',
  isOfTenant: true,
  judge: (_readings, _event, { lone }) => lone.nats,
  explain(_readings, { action, resource, atMs }, { lone }) {
    const days = Math.max(1, Math.round((atMs - lone.firstMs) / DAY_MS))
    return {
      expected: 'new places that others take up too, or that are left again',
      seen: `${action} on ${resource.id}, the ${nth(lone.days)} day there in ${duration(days * HOURS_PER_DAY)}`,
    }
  },
  suppositions: (_readings, { resource }) => [
    {
      kind: 'otherwise',
      had: `${resource.id} been used by others of its tenant`,
      suppose(_others, standing) {
        standing.lone = { ...standing.lone, nats: 0 }
      },
    },
  ],
}

const ENDINGS = ['th', 'st', 'nd', 'rd'] as const

function nth(number: number): string {
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${isTeen ? 'th' : (ENDINGS[number % 10] ?? 'th')}`
}
