/** What the attack suite found, as docs/attack-suite.md. */
import type { SuiteSummary } from '../src/offline/suite/summary.ts'
import { scenarioRows, twinRows } from './attack-suite-rows.ts'

export interface Recorded {
  readonly date: string
  readonly machine: string
  readonly node: string
  readonly seeds: readonly number[]
  /** False agent-days in a thousand, as configured by default. */
  readonly budget: number
  readonly full: SuiteSummary
  /** The small version, which every change has to pass; see test/offline/suite. */
  readonly small: SuiteSummary
}

export function pageOf({ date, machine, node, seeds, budget, full }: Recorded): string {
  const { ordinary, scenarios, twins } = full
  const perThousand = (days: number) => ((1000 * days) / ordinary.agentDays).toFixed(1)
  return `# Attack suite

Written by \`npm run attack-suite\`, never by hand: ${date}, ${node}, ${machine}, seeds ${seeds.join(', ')}.
Each attack and each honest change is played against a small company that was learned for three weeks, at
default settings: ${budget} false agent-days per 1,000. With nothing added, ${perThousand(ordinary.alerted)} of
1,000 agent-days had an alert and ${perThousand(ordinary.grave)} a high or critical one
(${ordinary.agentDays.toLocaleString('en')} agent-days).

## Attacks: ${full.detected} of ${scenarios.length} detected

A run is found when an alert holds one of its malicious events. A scenario is detected when at least half of
its runs at intensity 5 are found, and at least one at lower intensity. The columns are runs found: by intensity;
by spread; at intensity 5 in the first week of the company's log; and at intensity 5 hidden in a backlog that
arrives hours late.

| # | scenario | detected | ×1 | ×2 | ×5 | by spread | while learning | in a backlog |
|---|---|---|---|---|---|---|---|---|
${scenarioRows(full)}

## Honest changes: ${full.alarming} of ${twins.length} raise a high alert

A change alarms when it raises a high or critical alert on an agent and in the time it concerns, where the same
agent has none in the same company without the change. What the calendar brings (2 to 4) has no such company: it is
silent when it has no more of them than as many ordinary agent-days have by chance (5 %), whose number stands in
their place. Detectors are those named first in what was raised.

| # | change | silent | runs that alarm | high alerts | without the change | alerts of all grades | by |
|---|---|---|---|---|---|---|---|
${twinRows(full)}
`
}
