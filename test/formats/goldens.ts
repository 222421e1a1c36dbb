/** The golden cases of the formats: an input as it arrives, and all that comes of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Format } from '../../src/formats/format.ts'
import { readEvents } from '../../src/offline/read.ts'

const ROOT = 'test/golden/formats'

export interface Golden {
  readonly format: string
  readonly name: string
  readonly input: string
  readonly expected: string
}

export function goldensOf(format: string): Golden[] {
  const folder = join(ROOT, format)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const at = join(folder, name)
      const input = ['ndjson', 'json', 'csv']
        .map((end) => join(at, `input.${end}`))
        .find(existsSync)
      return { format, name, input: input!, expected: join(at, 'event.json') }
    })
}

/** Everything a file comes to, in the form the golden files have. */
export async function outcomeOf(input: string, format: string | Format = 'auto') {
  const events: unknown[] = []
  const rejects: unknown[] = []
  const skips: unknown[] = []
  for await (const batch of readEvents([input], { format })) {
    events.push(...batch.events)
    rejects.push(...batch.rejects.map(({ line, path, reason }) => ({ line, path, reason })))
    skips.push(...batch.skips)
  }
  return { events, rejects, skips }
}

export const readGolden = (golden: Golden): unknown =>
  JSON.parse(readFileSync(golden.expected, 'utf8'))
