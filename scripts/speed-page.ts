/** What `npm run bench` measured last, as the part of docs/results.md on speed and size. */
import { type BenchRecord, benchRecord, image, measuredBy } from './bench-record.ts'
import { growthOf, recoveryOf, sustainedOf } from './speed-parts.ts'
import { liveRows } from './speed-rows.ts'
import { speedOf } from './speed-table.ts'

type Plots = Partial<Record<keyof BenchRecord, string>>

export function speedPageOf(plots: Plots): string {
  const { live, sustained, recovery, growth } = benchRecord()
  const parts = [
    `## Speed and size\n\n${speedOf()}`,
    live && `### Live\n\n${liveOf(live, plots.live)}`,
    sustained && `### Memory, live\n\n${sustainedOf(sustained, plots.sustained)}`,
    recovery && `### Recovery\n\n${recoveryOf(recovery)}`,
    growth && `### Growth\n\n${growthOf(growth, plots.growth)}`,
  ]
  return parts.filter((part) => part !== undefined).join('\n')
}

function liveOf(live: NonNullable<BenchRecord['live']>, plot: string | undefined): string {
  return `Events of ${live.runs[0]!.agents} agents over HTTP, 500 in a request, to one \`perimeter serve\`, a private Redis
that syncs once a second, and one or two \`perimeter worker\`; the sender and the receiver of the webhook run on the same
machine. Times are from when a request was due until all its events were scored, and until a signed alert arrived: median,
95th and 99th percentile in ms. Processor time in µs per event, of all workers together. A stream that has been running
ends its epochs less often; a new one pays for them.

| workers | events before | offered/s | scored/s | scored after | webhook after | service | Redis | workers |
|---|---|---|---|---|---|---|---|---|
${liveRows(live)}

${image('Time until scored and until the webhook', plot)}${measuredBy(live)}\n`
}
