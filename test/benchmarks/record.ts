/** What was measured last, by part: docs/bench.json, which the pages and plots are made from. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const FILE = 'docs/bench.json'

/** A part as it was measured last; undefined where it never was. */
export function recorded(part: string): Record<string, unknown> | undefined {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8'))[part] : undefined
}

/** Writes a part in place of what was measured of it before; the others stay as they are. */
export function record(part: string, measured: object): void {
  const all = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}`
  all[part] = { date, machine, node: process.version, ...measured }
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`)
}

/** The value below which a share of all lies; `values` are in order. */
export function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN
}

export function inOrder(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b)
}
