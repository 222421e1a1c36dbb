/** How fast a history is learned into a live store: the command itself, with a Redis of its own. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Enough that what starting takes hardly counts, so few that it ends within minutes. */
const HISTORY_BYTES = 134_217_728
const COMMAND = resolve('dist/cli/main.js')

export interface Backfill {
  readonly events: number
  /** From reading the files until all is joined to the agents' present. */
  readonly seconds: number
}

/** Learns the beginning of a file of events, in order of time, with one worker. */
export function backfill(file: string): Backfill {
  const folder = mkdtempSync(join(tmpdir(), 'perimeter-backfill-'))
  try {
    const history = join(folder, 'history.ndjson')
    writeFileSync(history, headOf(file))
    const options = { cwd: folder, encoding: 'utf8' } as const
    const summary = execFileSync(process.execPath, [COMMAND, 'learn', history, '--json'], options)
    const { events, seconds } = JSON.parse(summary) as Backfill
    return { events, seconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whole lines, as many as fit. */
function headOf(path: string): Buffer {
  const bytes = Buffer.alloc(HISTORY_BYTES)
  const file = openSync(path, 'r')
  const length = readSync(file, bytes, 0, HISTORY_BYTES, 0)
  closeSync(file)
  const head = bytes.subarray(0, length)
  return head.subarray(0, head.lastIndexOf('\n') + 1)
}
