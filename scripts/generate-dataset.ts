/** Writes `datasets/sample/`: a small simulated tenant that fits into the repository. */
import { statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSimulation } from '../src/offline/simulate/write.ts'

const DIR = 'datasets/sample'
const EVENTS_BYTES_MAX = 3_000_000 // the repository is cloned by everybody
const OPTIONS = {
  seed: 14,
  agents: 38,
  days: 24,
  start: '2026-02-16', // holds a month end, two holidays and the American change of clocks
  attacks: 12,
  pace: 0.3,
}

const { events, malicious, agents, attacks, oddities } = await writeSimulation(DIR, OPTIONS)
const sizeBytes = statSync(join(DIR, 'events.ndjson.gz')).size
if (sizeBytes > EVENTS_BYTES_MAX)
  throw new Error(
    `events.ndjson.gz has ${sizeBytes} bytes; at most ${EVENTS_BYTES_MAX} are wanted.`,
  )

const labels = (await readFile(join(DIR, 'labels.ndjson'), 'utf8')).trim().split('\n')
const rows = labels.map((line) => {
  const { incident, scenario, agent, start, events: ids } = JSON.parse(line)
  return `| ${incident} | ${scenario} | ${agent} | ${start.slice(0, 16)} | ${ids.length} |`
})

await writeFile(
  join(DIR, 'source.md'),
  `# Sample tenant

Simulated, all of it: no person, address or file in it exists. Written by \`npx tsx
scripts/generate-dataset.ts\` with the options \`${JSON.stringify(OPTIONS)}\`; the same options
give the same bytes.

${events} events in order of arrival, ${agents} agents in the registry, ${attacks} attacks with
${malicious} malicious events, ${oddities} honest oddities.

| file | holds |
|---|---|
| events.ndjson.gz | canonical events, one per line |
| labels.ndjson | one attack per line: scenario, agent, span, ids of its malicious events |
| oddities.ndjson | honest things out of the ordinary: who, when, what |
| registry.json | the agent registry |
| tenant.json | options and counts |

| attack | scenario | agent | start | events |
|---|---|---|---|---|
${rows.join('\n')}
`,
)
console.log(`${events} events, ${sizeBytes} bytes packed, ${attacks} attacks`)
