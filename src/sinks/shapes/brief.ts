/** Brief: of an alert, what somebody reads in a chat before deciding to look. */
import type { Alert } from '../../alert/alert.ts'
import { printable } from '../../event/text.ts'

/** More would not be read there. */
const REASONS_SHOWN = 5
const STEPS_SHOWN = 5
const LINE_LENGTH_MAX = 300
/** What a header holds in Slack, and a line in Teams. */
const HEADLINE_LENGTH_MAX = 150

/** What the operator words himself of a message in a chat. */
export interface ChatWords {
  readonly title?: string | undefined
  /** Takes the place of all but the title and the foot, a line each. */
  readonly text?: readonly string[] | undefined
}

export interface Brief {
  readonly headline: string
  readonly title: string
  /** The operator's own words, which stand in place of facts, reasons and steps. */
  readonly text: readonly string[] | undefined
  /** What, and how it is. */
  readonly facts: readonly (readonly [string, string])[]
  readonly reasons: readonly string[]
  readonly nextSteps: readonly string[]
  readonly foot: string
}

/** Plain text, each one printable line. The receiver's own marks are the sink's to guard against. */
export function briefOf(alert: Alert, words: ChatWords = {}): Brief {
  const { agent, severity, score, revision } = alert
  const name = agent.name ?? agent.id
  const line = (text: string) => printable(text, LINE_LENGTH_MAX)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Agent', agent.name === undefined ? agent.id : `${agent.name} (${agent.id})`],
    ['Blueprint', agent.blueprint],
    ['Sponsor', agent.sponsor],
    ['Severity', `${severity}: ${alert.severityWhy.join('; ')}`],
    ['Confidence', alert.confidence.level],
    ['When', alert.time === alert.lastTime ? alert.time : `${alert.time} – ${alert.lastTime}`],
    ['Events', String(alert.eventCount)],
    ['May be', alert.candidates.map(({ mayBe }) => mayBe).join('; ') || undefined],
  ]
  const told = revision === 1 ? '' : `, told for the ${ordinal(revision)} time`
  return {
    headline: printable(
      words.title ?? `${severity.toUpperCase()} ${Math.round(score)} · ${name}`,
      HEADLINE_LENGTH_MAX,
    ),
    title: line(words.text?.[0] ?? alert.title),
    text: words.text?.map(line),
    facts: facts.flatMap(([label, value]) =>
      value === undefined ? [] : [[label, line(value)] as const],
    ),
    reasons: alert.reasons
      .slice(0, REASONS_SHOWN)
      .map(({ title, seen, expected }) => line(`${title}: ${seen} (expected ${expected})`)),
    nextSteps: alert.nextSteps.slice(0, STEPS_SHOWN).map(line),
    foot: line(`Perimeter alert ${alert.id} of ${alert.tenant}${told}`),
  }
}

function ordinal(count: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th' } as Record<string, string>
  return `${count}${ending[new Intl.PluralRules('en', { type: 'ordinal' }).select(count)]}`
}
