/** Shows alerts as an analyst wants to read them: the gravest first, each with its reasons. */
import type { Alert } from '../alert/alert.ts'
import { printable } from '../event/text.ts'
import { severities } from '../scoring/threshold.ts'

/** Reasons shown of one alert; the alert itself holds a few more. */
const REASONS_MAX = 3
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

/** One alert, several lines; the first can end in a note. */
export function shown(alert: Alert, note = ''): string {
  const { agent, severity, score, reasons, eventCount } = alert
  const name = oneLine(agent.name ?? agent.id)
  const kind = agent.blueprint === undefined ? '' : ` (${oneLine(agent.blueprint)})`
  const events = count(eventCount, 'event')
  const head = `${severity.padEnd(8)}  ${String(Math.round(score)).padStart(2)}  ${name}${kind}`
  const lines = reasons
    .slice(0, REASONS_MAX)
    .map(({ title, seen, expected }) => wrapped(`${title}: ${seen} (expected ${expected})`))
  return [`${head} · ${span(alert)} · ${events}${note}`, ...lines].join('\n')
}

/** Breaks at spaces. A word that is longer than a line stays whole, to be found and copied. */
function wrapped(text: string): string {
  const lines: string[] = []
  let line = INDENT
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = `${INDENT}  ${word}`
    } else line += line.trim() === '' ? word : ` ${word}`
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
