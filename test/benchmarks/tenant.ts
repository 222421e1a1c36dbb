/** The simulated tenants that are measured on: made once, and kept among the temporary files. */
import { existsSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulateOptions } from '../../src/offline/simulate/simulate.ts'
import { writeSimulation } from '../../src/offline/simulate/write.ts'

export interface TenantOptions extends SimulateOptions {
  readonly agents: number
  readonly days: number
}

/** Where its files are: `events.ndjson`, `registry.json`. */
export async function tenantFolder(options: TenantOptions): Promise<string> {
  const { agents, days, start = 'default' } = options
  const folder = join(tmpdir(), `perimeter-bench-${agents}-${days}-${start}`)
  if (existsSync(folder)) return folder
  console.log(`generating ${agents} agents over ${days} days into ${folder} …`)
  await writeSimulation(`${folder}.part`, { ...options, gzip: false })
  renameSync(`${folder}.part`, folder)
  return folder
}
