/** What `npm run bench` measured last, as docs/bench.json has it; each part may be of another day. */
import { existsSync, readFileSync } from 'node:fs'
import type { measureGrowth } from '../test/benchmarks/growth.ts'
import type { Load } from '../test/benchmarks/live/load.ts'
import type { measureRecovery } from '../test/benchmarks/live/recovery.ts'
import type { measureScan } from '../test/benchmarks/scan.ts'

interface When {
  readonly date: string
  readonly machine: string
  readonly node: string
}
type Part<Measured> = (When & Measured) | undefined

export interface BenchRecord {
  readonly scan: Part<Awaited<ReturnType<typeof measureScan>>>
  readonly live: Part<{ readonly runs: readonly Load[] }>
  readonly sustained: Part<Load>
  readonly recovery: Part<Awaited<ReturnType<typeof measureRecovery>>>
  readonly growth: Part<Awaited<ReturnType<typeof measureGrowth>>>
}

export function benchRecord(): Partial<BenchRecord> {
  const file = new URL('../docs/bench.json', import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

export function measuredBy({ date, machine, node }: When): string {
  return `Measured ${date} by \`npm run bench\` on ${machine}, ${node}.`
}

/** Nothing where there is no such plot. */
export const image = (title: string, file: string | undefined) =>
  file ? `![${title}](${file})\n\n` : ''
