/** Next steps: what an analyst does about an alert, in order, naming whom and what. */

import { intentsOf } from '../event/intents.ts'
import { printable } from '../event/text.ts'
import type { Severity } from '../scoring/threshold.ts'
import type { Subject } from './candidates/candidate.ts'
import type { KeptEvent } from './evidence.ts'
import type { Fit } from './taxonomy.ts'

/** Candidates whose step is told; the third is seldom right. */
const STEPS_MAX = 2
const NAME_MAX = 120

interface Whose {
  readonly id: string
  readonly name?: string | undefined
  readonly blueprint?: string | undefined
  readonly sponsor?: string | undefined
}

/** How much time there is for the first step. */
const WHEN: Readonly<Record<Severity, string>> = {
  critical: 'At once',
  high: 'Today, before it runs again',
  medium: 'This week',
  low: 'When there is time',
  informational: 'If it comes again',
}
/** Severities at which an honest change of a whole blueprint is as likely as anything. */
const MILD = new Set<Severity>(['informational', 'low', 'medium'])

export function nextStepsOf(
  whose: Whose,
  severity: Severity,
  fits: readonly Fit[],
  events: readonly KeptEvent[],
  isShared: boolean,
): string[] {
  const agent = printable(whose.name ?? whose.id, NAME_MAX)
  const sponsor = printable(whose.sponsor ?? 'whoever answers for it', NAME_MAX)
  const kind = whose.blueprint
  const peers =
    kind === undefined ? 'agents of its kind' : `the other ${printable(kind, NAME_MAX)} agents`
  const subjectOf = (fit: Fit): Subject => {
    const event = spokenOf(fit, events)
    const { action = 'what it did', resource = 'what it touched' } = event ?? {}
    const { trigger = 'no trigger' } =
      event?.trigger === undefined ? (events.find(({ trigger }) => trigger) ?? {}) : event
    return { agent, sponsor, peers, action, resource, trigger }
  }
  const steps = fits.slice(0, STEPS_MAX).map((fit) => fit.candidate.step(subjectOf(fit)))
  const [first = `Ask ${sponsor} whether ${agent} was meant to do this.`, ...rest] = new Set(steps)
  const stop = `Now: suspend ${agent} or revoke its tokens; keep its sessions as they are.`
  return [
    ...(severity === 'critical' ? [stop] : []),
    `${WHEN[severity]}: ${first.replace(/^./, (letter) => letter.toLowerCase())}`,
    ...rest,
    ...(severity === 'high' ? [`Suspend ${agent} if nobody can say what this was for.`] : []),
    ...(isShared && MILD.has(severity)
      ? [`If ${peers} show the same (a link of kind shift), take it for a roll-out.`]
      : []),
  ]
}

/** The strangest event that the candidate is about, or else that a detector of it spoke on. */
function spokenOf(
  { candidate, because }: Fit,
  events: readonly KeptEvent[],
): KeptEvent | undefined {
  const { about } = candidate
  const isAbout = ({ action, resource }: KeptEvent) =>
    about !== undefined && intentsOf(action, resource).has(about)
  const isVoiced = ({ detectors }: KeptEvent) => detectors.some((name) => because.includes(name))
  const rank = (event: KeptEvent) => (isAbout(event) ? 2 : 0) + (isVoiced(event) ? 1 : 0)
  return events.toSorted((a, b) => rank(b) - rank(a) || a.p - b.p)[0]
}
