/** Report page: an evaluation as one HTML file that needs no network, light or dark, wide or narrow. */
import { missedPlot, scenarioPlot } from './attack-plots.ts'
import { precisionRecallPlot, reliabilityPlot, rocPlot } from './curve-plots.ts'
import { escapeText } from './draw-plot.ts'
import { LEVELS, type Mark } from './reliability.ts'
import { REPORT_BUDGETS, type Report } from './report.ts'

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --text: #1c2430; --faint: #8b95a3; --grid: #e3e7ec;
  --own: #0b62c4; --second: #5fa8f5; --third: #2c8c4a; --fourth: #a06a00; --fifth: #8a5bb8; --bad: #c8322f }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --text: #e4e9f0; --faint: #7c8796;
  --grid: #2a323d; --own: #6db3ff; --second: #2f6fb3; --third: #63c583; --fourth: #e0a83c;
  --fifth: #bd94e6; --bad: #ff7b72 } }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
p { max-width: 44rem } .plots { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)) }
figure { margin: 0 } figcaption { font-size: .9rem } svg { width: 100%; height: auto; display: block }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem;
  font-variant-numeric: tabular-nums } p.note { font-size: .9rem; margin: 1rem 0 .25rem }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } .off { color: var(--bad); font-weight: 600 }
`

export function reportPage(report: Report): string {
  const { contenders, missed, reliability, counts } = report
  const [own] = contenders
  const { agentDays, maliciousEvents } = own!.evaluation // there is always what was evaluated
  const number = (value: number) => value.toLocaleString('en')
  const inputs = [...report.events, ...report.history.map((file) => `${file} (history)`)]
  const sections = [
    `<h1>Evaluation of ${escapeText(own!.name)}</h1>
<p>${number(counts.events)} events of ${number(counts.agents)} agents on ${number(agentDays)} agent-days;
${number(counts.attacks)} attacks with ${number(maliciousEvents)} events. ${escapeText(inputs.join(', '))};
labels in ${escapeText(report.labels)}. ${report.isFrozen ? 'Nothing was learned after the history. ' : ''}${alertsOf(report)}</p>`,
    contenderTable(report),
    `<div class="plots">
${figure(precisionRecallPlot(contenders), 'Events: precision over recall.')}
${figure(rocPlot(contenders), 'Events: share of the malicious found over share of the honest disturbed.')}
</div>`,
    `<h2>By scenario</h2><div class="plots">${figure(
      scenarioPlot(own!),
      `Attacks found at ${REPORT_BUDGETS.join(' and ')} false agent-days per 1,000, and missed.`,
    )}</div>`,
    reliability === undefined ? '' : reliabilitySection(reliability),
    ablationSection(report),
    missed.length === 0
      ? ''
      : `<h2>Missed attacks</h2><div class="plots">${missed
          .map((one) =>
            figure(
              missedPlot(one),
              `${escapeText(one.incident)}, ${escapeText(one.scenario)}: highest score ${one.highest.toFixed(1)}, alarms above ${one.above.toFixed(1)}.`,
            ),
          )
          .join('\n')}</div>`,
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${escapeText(own!.name)}</title><style>${STYLE}</style></head>
<body><main>${sections.filter((section) => section !== '').join('\n')}</main></body></html>
`
}

const figure = (plot: string, caption: string): string =>
  `<figure>${plot}<figcaption>${caption}</figcaption></figure>`

function table(caption: string, rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell, at) =>
      at === 0 && tag === 'td' ? `<th scope="row">${cell}</th>` : `<${tag}>${cell}</${tag}>`,
    )
  const lines = body.map((row) => `<tr>${cells(row, 'td').join('')}</tr>`)
  return `<p class="note">${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<thead><tr>${cells(head!, 'th').join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`
}

function alertsOf({ alerts }: Report): string {
  if (alerts === undefined) return ''
  const { alerts: all, falseAlerts, found, falsePerThousandAgentDays: rate } = alerts
  return `As configured there were ${all} alerts, ${falseAlerts} of them false (on ${rate.toFixed(1)} of 1,000 benign agent-days); ${found} attacks were alerted on.`
}

function contenderTable({ contenders }: Report): string {
  const percent = (part: number) => (Number.isNaN(part) ? '–' : `${(100 * part).toFixed(0)} %`)
  const ends = (interval: readonly number[], digits: number) =>
    interval.map((end) => end.toFixed(digits)).join('–')
  const rows = contenders.map(({ name, evaluation, intervals }) => {
    const { budgets, averagePrecision, rocAuc, sessions } = evaluation
    return [
      escapeText(name),
      ...budgets.map(({ found, attacks }, at) => {
        const share = intervals.found[at]!.map((end) => 100 * end)
        return `${percent(found / attacks)} (${ends(share, 0)})`
      }),
      `${averagePrecision.toFixed(3)} (${ends(intervals.averagePrecision, 3)})`,
      `${rocAuc.toFixed(3)} (${ends(intervals.rocAuc, 3)})`,
      sessions === undefined
        ? '–'
        : `${sessions.averagePrecision.toFixed(3)}, ${sessions.rocAuc.toFixed(3)}`,
      percent(budgets[0]!.recall),
      percent(budgets[0]!.precision),
    ]
  })
  const found = REPORT_BUDGETS.map((budget) => `found at ${budget}`)
  const head = ['', ...found, 'event AP', 'event ROC', 'session AP, ROC', 'recall', 'precision']
  const caption =
    'Attacks found by false agent-days per 1,000, with 95 % intervals; recall and precision of events at the first budget'
  return table(caption, [head, ...rows])
}

const SIGNS: Readonly<Record<Mark, string>> = {
  within: '',
  above: ' ↑',
  below: ' ↓',
  'too few': ' ?',
}

function reliabilitySection(reliability: NonNullable<Report['reliability']>): string {
  const rows = reliability.rows.map(({ channel, unit, cells }) => [
    unit === 'agent' ? `${channel} (of the agent)` : channel,
    ...cells.map(({ ratio, mark }) => {
      const text = `${ratio.toFixed(2)}${SIGNS[mark]}`
      return mark === 'above' && unit !== 'agent' ? `<span class="off">${text}</span>` : text
    }),
  ])
  const caption =
    'Share of honest events, or agent-days, at or below p, divided by p: ↑ above 1.5, ↓ below 1/1.5, ? too few expected to tell'
  return `<h2>Reliability</h2><div class="plots">${figure(
    reliabilityPlot(reliability),
    'A p-value that holds lies on the diagonal between the dashed lines.',
  )}</div>${table(caption, [['p ≤', ...LEVELS.map(String)], ...rows])}`
}

function ablationSection({ ablation, contenders: [own] }: Report): string {
  if (ablation === undefined) return ''
  const { budgets, averagePrecision } = own!.evaluation
  const scenarioOf = new Map(budgets[0]!.findings.map((one) => [one.incident, one.scenario]))
  const rows = [...ablation]
    .sort((a, b) => a.averagePrecision - b.averagePrecision)
    .map((one) => [
      one.detector,
      ...one.found.map((found, at) => String(found - budgets[at]!.found)),
      (one.averagePrecision - averagePrecision).toFixed(4),
      (one.rocAuc - own!.evaluation.rocAuc).toFixed(5),
      one.lost.map((incident) => escapeText(scenarioOf.get(incident) ?? incident)).join(', '),
    ])
  const head = [
    'without',
    ...REPORT_BUDGETS.map((budget) => `attacks at ${budget}`),
    'AP',
    'ROC',
    'lost',
  ]
  return `<h2>Without each detector</h2>${table('What changed when everything was scored anew without it', [head, ...rows])}`
}
