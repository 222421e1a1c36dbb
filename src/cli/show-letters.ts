/** How dead letters are shown: a line each, or one with all that was kept of it. */
import type { LetterAudit } from '../runtime/audit.ts'
import { aboutLetter, type KeptLetter } from '../runtime/dead-letters.ts'
import { count, oneLine } from './show-alerts.ts'
import { table } from './table.ts'

/** Letters shown; --json has all that are kept. */
const SHOWN_MAX = 50

export function lettersPage(letters: readonly KeptLetter[]): string {
  const rows = letters.slice(0, SHOWN_MAX).map(({ id, letter }) => {
    const { atMs, kind, code, reason } = letter
    return [id, new Date(atMs).toISOString().slice(0, 19), kind, code, aboutLetter(letter), reason]
  })
  const more = letters.length - rows.length
  return [
    ...(rows.length === 0 ? [] : table(['id', 'at', 'kind', 'code', 'of', 'reason'], rows)),
    `${count(letters.length, 'dead letter')}${more > 0 ? `; --json shows ${more} more` : ''}`,
  ].join('\n')
}

export function letterPage({ id, letter }: KeptLetter): string {
  const { atMs, kind, code, reason } = letter
  const held =
    letter.kind === 'event' ? letter.event : letter.kind === 'alert' ? letter.alert : undefined
  const text =
    letter.kind === 'record' ? oneLine(letter.record ?? '') : JSON.stringify(held, null, 2)
  return [
    `${id}  ${kind} of ${new Date(atMs).toISOString()}`,
    `${code}: ${oneLine(reason)}`,
    `of ${oneLine(aboutLetter(letter))}`,
    ...(letter.kind === 'record' && letter.from ? [`from ${oneLine(letter.from)}`] : []),
    text,
  ].join('\n')
}

/** Who put letters in again or dropped them, a line each. */
export function letterAuditsPage(audits: readonly LetterAudit[]): string {
  const rows = audits.slice(0, SHOWN_MAX).map(({ atMs, what, by, letter, kind, code, of, why }) => {
    return [new Date(atMs).toISOString().slice(0, 19), what, by, letter, kind, code, of, why]
  })
  const more = audits.length - rows.length
  return [
    ...(rows.length === 0
      ? []
      : table(['at', 'what', 'by', 'letter', 'kind', 'code', 'of', 'why'], rows)),
    `${count(audits.length, 'entry', 'entries')}${more > 0 ? `; --json shows ${more} more` : ''}`,
  ].join('\n')
}
