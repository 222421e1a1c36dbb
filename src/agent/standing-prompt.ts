/**
 * Standing prompt: what an agent is told each time its timetable sets it off, and when that changes.
 *
 * A digest that a line of the timetable has come with on several days, and with no other, stands. The
 * first event with another one is a change of instructions. It takes as many days again before another
 * change counts as one, so that nobody is excused for long by naming a new prompt each time.
 */
import { z } from 'zod'
import type { Event } from '../event/event.ts'
import { DAY_MS } from './context.ts'

export interface StandingPrompt {
  /** The line of the timetable; empty where it has no name. */
  readonly line: string
  digest: string
  /** The latest UTC day it came on, and on how many it did. */
  day: number
  days: number
}

/** Days after which a prompt stands: a working week. */
const STANDING_DAYS = 5
/** Lines of its timetable that are followed of an agent; of more, the one unused for longest is let go. */
const LINES_MAX = 4
const SCHEDULE = 'schedule'

/** Takes an event's prompt in, where a timetable set it off. Answers whether one that stood has changed. */
export function isPromptChanged(prompts: StandingPrompt[], { trigger, atMs }: Event): boolean {
  if (trigger?.digest === undefined || trigger.kind !== SCHEDULE) return false
  const { digest, id: line = '' } = trigger
  const day = Math.floor(atMs / DAY_MS)
  const known = prompts.find((prompt) => prompt.line === line)
  if (known === undefined) {
    if (prompts.length >= LINES_MAX) prompts.splice(idlest(prompts), 1)
    prompts.push({ line, digest, day, days: 1 })
    return false
  }
  if (known.digest === digest) {
    if (day <= known.day) return false
    known.day = day
    known.days++
    return false
  }
  if (day < known.day) return false // a late event, of before it changed
  const hasStood = known.days >= STANDING_DAYS
  known.digest = digest
  known.day = day
  known.days = 1
  return hasStood
}

function idlest(prompts: readonly StandingPrompt[]): number {
  let least = 0
  for (let at = 1; at < prompts.length; at++) {
    if (prompts[at]!.day < prompts[least]!.day) least = at
  }
  return least
}

export const savedPrompts = z
  .array(z.tuple([z.string(), z.string(), z.number(), z.number()]))
  .max(LINES_MAX)
type SavedPrompts = z.infer<typeof savedPrompts>

export function savePrompts(prompts: readonly StandingPrompt[]): SavedPrompts {
  return prompts.map(({ line, digest, day, days }) => [line, digest, day, days])
}

/** Reads what `savePrompts` wrote; the caller has checked it against `savedPrompts`. */
export function loadPrompts(saved: SavedPrompts): StandingPrompt[] {
  return saved.map(([line, digest, day, days]) => ({ line, digest, day, days }))
}
