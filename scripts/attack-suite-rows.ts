/** The rows of docs/attack-suite.md, one a scenario and one a twin. */
import type { Found, SuiteSummary } from '../src/offline/suite/summary.ts'
import { row } from './speed-table.ts'

const share = ({ runs, found }: Found = { runs: 0, found: 0 }) =>
  runs === 0 ? '–' : `${found}/${runs}`
const mark = (isGood: boolean) => (isGood ? 'yes' : '**no**')

export function scenarioRows({ scenarios }: SuiteSummary): string {
  return scenarios
    .map(({ number, name, isDetected, byIntensity, bySpread, learning, backfill }) =>
      row(number, [
        name,
        mark(isDetected),
        ...['1', '2', '5'].map((level) => share(byIntensity[level])),
        Object.entries(bySpread)
          .map(([spread, found]) => `${spread} ${share(found)}`)
          .join(', '),
        share(learning),
        share(backfill),
      ]),
    )
    .join('\n')
}

export function twinRows({ twins }: SuiteSummary): string {
  return twins
    .map(({ number, name, isSilent, runs, alarmed, alerts, grave, graveWithout, detectors }) => {
      const by = Object.entries(detectors).map(([detector, count]) => `${detector} ${count}`)
      const counts = [`${alarmed}/${runs}`, String(grave), String(graveWithout), String(alerts)]
      return row(number, [name, mark(isSilent), ...counts, by.join(', ')])
    })
    .join('\n')
}
