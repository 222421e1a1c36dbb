/**
 * Shows alerts as an analyst wants to read them, the gravest first: what happened and why it is odd,
 * what it may be, and what to do now.
 */
import type { Alert } from '../alert/alert.ts'
import { type Shared, sharedBy } from '../alert/correlation.ts'
import { printable } from '../event/text.ts'
import { severities } from '../scoring/threshold.ts'

/** Reasons shown of one alert; the alert itself holds a few more. */
const REASONS_MAX = 3
/** What it may be, of the candidates it holds, and other alerts it is linked with. */
const CANDIDATES_MAX = 2
const LINKED_MAX = 3
/** Alerts further apart than this are shown as linked by sessions alone. */
const APART_MAX_MS = 86_400_000
/** What it hangs on, of as many reasons. */
const HANGS_MAX = 2
/** Columns; a reason's further lines are indented by two more than its first. */
const WIDTH = 100
/** Longest text from outside that is shown; the rest of a long name says no more. */
const TEXT_LENGTH_MAX = 240
const INDENT = ' '.repeat(14)

/** The most severe first, then the highest score, then the earliest. */
export function gravestFirst(alerts: readonly Alert[]): Alert[] {
  const grade = ({ severity }: Alert) => severities.indexOf(severity)
  return [...alerts].sort(
    (a, b) => grade(b) - grade(a) || b.score - a.score || (a.time < b.time ? -1 : 1),
  )
}

/** Alerts as a page of text, in the order given; the first line of each can end in a note. */
export function shownAll(
  alerts: readonly Alert[],
  all: readonly Alert[] = alerts,
  noteOf: (alert: Alert) => string = () => '',
): string[] {
  const byId = new Map(all.map((alert) => [alert.id, alert]))
  const shared = sharedBy(all)
  return alerts.map((alert) => {
    const linked = (shared.get(alert.id) ?? []).flatMap((one) => linkedWith(alert, one, byId))
    return shown(alert, noteOf(alert), linked)
  })
}

function shown(alert: Alert, note: string, linked: readonly string[]): string {
  const { agent, severity, score, reasons, eventCount, confidence, nextSteps } = alert
  const kind = agent.blueprint === undefined ? '' : ` (${oneLine(agent.blueprint)})`
  const events = `${confidence.level} confidence · ${count(eventCount, 'event')}`
  const name = `${nameOf(alert)}${kind}`
  const head = `${severity.padEnd(8)}  ${String(Math.round(score)).padStart(2)}  ${name}`
  return [
    `${head} · ${span(alert)} · ${events}${note}`,
    ...reasons
      .slice(0, REASONS_MAX)
      .map(({ title, seen, expected }) => wrapped(`${title}: ${seen} (expected ${expected})`)),
    ...labelled('hangs on', hangsOn(alert)),
    ...labelled('may be', mayBe(alert)),
    ...labelled('do', nextSteps.map((step, at) => `${at + 1}. ${step}`).join(' ')),
    ...labelled('linked', linked.slice(0, LINKED_MAX).join(' · ')),
  ].join('\n')
}

const labelled = (label: string, text: string): string[] =>
  text === '' ? [] : [wrapped(`${label}: ${text}`)]

/** What would have kept one event of it from alerting, of every reason the likeliest. */
function hangsOn({ reasons }: Alert): string {
  const hanging = reasons.flatMap(({ counterfactuals: [first], event }) =>
    first?.effect === 'alert' ? [{ text: first.text, event: first.event ?? event }] : [],
  )
  const [foremost] = hanging
  if (foremost === undefined) return 'no single one of these: the others would have been enough'
  const others = hanging
    .filter(({ event }, at) => at > 0 && event === foremost.event)
    .map(({ text }) => text.replace(/^would not have alerted /, ''))
  return [foremost.text, ...others].slice(0, HANGS_MAX).join(', or ')
}

function mayBe({ candidates }: Alert): string {
  return candidates
    .slice(0, CANDIDATES_MAX)
    .map(({ mayBe: what, confidence, attack, owasp }) => {
      const ids = [...attack.slice(0, 1).map(({ v19 }) => v19), ...owasp.map(({ id }) => id)]
      return `${what} (${confidence}: ${ids.join(', ')})`
    })
    .join('; or ')
}

/** A session is one thing however long it lasts; what else is shared says little after a day. */
function linkedWith(
  alert: Alert,
  { id, kinds }: Shared,
  byId: ReadonlyMap<string, Alert>,
): string[] {
  const other = byId.get(id)
  if (other === undefined || other.agent.id === alert.agent.id) return []
  if (!kinds.includes('session') && !areNear(alert, other)) return []
  return [`${nameOf(other)} by ${kinds.join(' and ')}`]
}

function areNear(one: Alert, other: Alert): boolean {
  const startsMs = Math.max(Date.parse(one.time), Date.parse(other.time))
  return startsMs - Math.min(Date.parse(one.lastTime), Date.parse(other.lastTime)) <= APART_MAX_MS
}

const nameOf = ({ agent }: Alert): string => oneLine(agent.name ?? agent.id)

/** Breaks at spaces. A word that is longer than a line stays whole, to be found and copied. */
function wrapped(text: string): string {
  const lines: string[] = []
  let line = INDENT
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = `${INDENT}  ${word}`
    } else line += line === INDENT ? word : ` ${word}`
  }
  return [...lines, line].join('\n')
}

/** Text from outside as a terminal may show it. */
export const oneLine = (text: string): string => printable(text, TEXT_LENGTH_MAX)

/** "3 alerts", "1 alert", "no alerts": a number with its noun. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number === 0 ? 'no' : number.toLocaleString('en')} ${number === 1 ? noun : plural}`
}

/** "Mon 2 Mar 16:35", and until when where that is another minute; UTC. */
function span({ time, lastTime }: Alert): string {
  if (time.slice(0, 16) === lastTime.slice(0, 16)) return `${moment(time)} UTC`
  const isOneDay = time.slice(0, 10) === lastTime.slice(0, 10)
  return `${moment(time)} – ${isOneDay ? lastTime.slice(11, 16) : moment(lastTime)} UTC`
}

const days = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})

const moment = (time: string) =>
  `${days.format(new Date(time)).replace(',', '')} ${time.slice(11, 16)}`
