/** Sample: the small simulated tenant that comes with the package, and what was found in it. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Alert } from '../alert/alert.ts'
import type { RawEvent } from '../event/event.ts'
import type { Label } from '../offline/simulate/simulate.ts'
import { count, gravestFirst, shownAll } from './show-alerts.ts'

/** The same place from `src/` and from `dist/`. */
const FOLDER = new URL('../../datasets/sample/', import.meta.url)

/** Alerts shown one by one. */
const SHOWN_MAX = 20

const pathOf = (name: string) => fileURLToPath(new URL(name, FOLDER))
export const SAMPLE_REGISTRY = pathOf('registry.json')

export interface Sample {
  /** One event each, in order of arrival. */
  readonly lines: readonly string[]
  /** The attacks among them. */
  readonly labels: readonly Label[]
}

/** Reads the sample, or the beginning of it. */
export async function readSample(eventsMax = Number.POSITIVE_INFINITY): Promise<Sample> {
  const unpacked = await promisify(gunzip)(await readFile(pathOf('events.ndjson.gz')))
  const lines = unpacked.toString('utf8').trimEnd().split('\n').slice(0, eventsMax)
  const labels = (await readFile(pathOf('labels.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Label)
  const latest: RawEvent = JSON.parse(lines.at(-1)!) // the sample is not empty
  const latestMs = new Date(latest.time).getTime()
  return { lines, labels: labels.filter(({ startMs }) => startMs <= latestMs) }
}

/** What alerts told, over all their revisions. */
export interface Told {
  /** As it was told last. */
  readonly alert: Alert
  readonly events: ReadonlySet<string>
}

/** The alerts beside the attacks they caught, the attacks beside whether they were, and the sum. */
export function report(told: readonly Told[], labels: readonly Label[]): string {
  const caughtBy = new Map<Label, Alert>()
  const attackOf = new Map<Alert, Label>()
  for (const { alert, events } of told) {
    for (const label of labels) {
      if (!label.events.some((id) => events.has(id))) continue
      attackOf.set(alert, attackOf.get(alert) ?? label)
      if (!caughtBy.has(label)) caughtBy.set(label, alert)
    }
  }
  const alerts = gravestFirst(told.map(({ alert }) => alert))
  const lines = shownAll(alerts.slice(0, SHOWN_MAX), alerts, (alert) => {
    const attack = attackOf.get(alert)
    return ` · ${attack === undefined ? 'FALSE' : `${attack.incident} ${attack.scenario}`}`
  })
  if (alerts.length > SHOWN_MAX) lines.push(`and ${alerts.length - SHOWN_MAX} more`)
  const width = Math.max(...labels.map(({ scenario }) => scenario.length))
  const agentWidth = Math.max(...labels.map(({ agent }) => agent.length))
  const attacks = labels.map((label) => {
    const alert = caughtBy.get(label)
    const fate = alert === undefined ? 'missed' : 'caught'
    const how = alert === undefined ? '' : `  ${alert.severity}, score ${Math.round(alert.score)}`
    const { incident, scenario, agent, events } = label
    const what = `${scenario.padEnd(width)}  ${agent.padEnd(agentWidth)}`
    return `${fate}  ${incident}  ${what}  ${count(events.length, 'event').padStart(9)}${how}`
  })
  const falseAlerts = alerts.filter((alert) => !attackOf.has(alert)).length
  const sum = `${caughtBy.size} of ${count(labels.length, 'labelled attack')} caught`
  return [
    ...lines,
    '',
    ...attacks,
    '',
    `${sum} · ${count(alerts.length, 'alert')}, ${falseAlerts} of them false`,
  ].join('\n')
}
