/**
 * Golden memories: what each published version of a baseline wrote, kept for ever.
 *
 * `npx tsx test/golden/memories/memories.ts` adds a file for each version that has none. Once a
 * version is released its file is not written again.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { memoryOf, momentsOf, routine, shelf } from '../../support/life.ts'

const FOLDER = 'test/golden/memories'
const BYTES = '$base64'

export const goldens = (): string[] =>
  readdirSync(FOLDER).filter((file) => /^[a-z-]+\.v\d+\.json$/.test(file))

export const fileOf = (name: string, version: number): string => `${name}.v${version}.json`

/** Bytes are objects with one field, as JSON has none. */
export function readGolden(file: string): unknown {
  return JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8'), (_, value) =>
    typeof value === 'object' && value !== null && BYTES in value
      ? Uint8Array.from(Buffer.from(value[BYTES], 'base64'))
      : value,
  )
}

function written(saved: unknown): string {
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString('base64') }
    return Array.isArray(value) ? value.map(plain) : value
  }
  return `${JSON.stringify(plain(saved), null, 1)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const moments = momentsOf(routine(5))
  for (const [name, baseline] of shelf) {
    const path = `${FOLDER}/${fileOf(name, baseline.version)}`
    if (existsSync(path)) continue
    writeFileSync(path, written(baseline.save(memoryOf(baseline, moments))))
  }
}
