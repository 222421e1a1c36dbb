/** Tell: what a command has to say beside its output, a line each on standard error. */
import type { Reject } from '../offline/read.ts'
import { count, oneLine } from './show-alerts.ts'

/** Rejected records told one by one; a broken file has millions. */
export const REJECTS_SHOWN_MAX = 10

export function tell(line: string): void {
  process.stderr.write(`perimeter: ${line}\n`)
}

/** Tells of the rejects that were kept, and how many there were besides. */
export function tellRejects(kept: readonly Reject[], rejected: number): void {
  for (const { file, line, path, reason } of kept) {
    tell(`${oneLine(file)}:${line} ${oneLine(path)}: ${oneLine(reason)}`)
  }
  if (rejected > kept.length) tell(`and ${count(rejected - kept.length, 'more reject')}`)
}
