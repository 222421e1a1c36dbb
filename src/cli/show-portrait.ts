/** Shows what was learned of an agent: its week, its amounts, and the things it is known with. */
import type { Portrait } from '../alert/portrait.ts'
import { bytes, count } from '../detectors/words.ts'
import { oneLine } from './show-alerts.ts'
import { table } from './table.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const HOURS_PER_DAY = 24
/** From never to as busy as its busiest hour. */
const SHADES = '·░▒▓█'

export function portraitPage(portrait: Portrait): string[] {
  const { events, days } = portrait.calibration
  return [
    'When it works, UTC (· never, █ its busiest hour):',
    ...weekMap(portrait.week),
    '',
    'How much it does:',
    ...volumeTable(portrait),
    '',
    'What it is known with:',
    ...thingsTable(portrait),
    '',
    `Its answers are calibrated on ${count(events)} events and ${count(days)} days of its own.`,
  ]
}

/** A line a day, a sign an hour. */
function weekMap(week: readonly number[]): string[] {
  const most = Math.max(...week)
  const sign = (hours: number) =>
    hours === 0 ? SHADES[0]! : SHADES[Math.max(1, Math.ceil((hours / most) * (SHADES.length - 1)))]!
  const lines = DAYS.map((name, day) => {
    const hours = week.slice(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY)
    return `  ${name} ${hours.map(sign).join('')}`
  })
  return ['      0     6     12    18', ...lines]
}

function volumeTable({ volumes }: Portrait): string[] {
  const amount = (measure: string, value: number) =>
    measure === 'bytes' ? bytes(value) : count(value)
  const rows = volumes.map(({ measure, span, usual, largest }) => [
    `  ${measure}`,
    span,
    amount(measure, usual),
    amount(measure, largest),
  ])
  if (rows.length === 0) return ['  nothing yet: no window has ended']
  return table(['  in a', 'span', 'usual', 'largest'], rows)
}

function thingsTable({ facets }: Portrait): string[] {
  const rows = facets
    .filter(({ known }) => known > 0)
    .map(({ baseline, facet, known, support, examples }) => [
      `  ${baseline}`,
      facet,
      count(known),
      count(support),
      examples.map(oneLine).join(', '),
    ])
  return table(['  baseline', 'thing', 'known', 'seen', 'such as'], rows)
}
