/** How dead letters are shown: a line each, or one with all that was kept of it. */
import type { KeptLetter } from '../runtime/dead-letters.ts'
import { count, oneLine } from './show-alerts.ts'
import { table } from './table.ts'

/** Letters shown; --json has all that are kept. */
const SHOWN_MAX = 50

export function lettersPage(letters: readonly KeptLetter[]): string {
  const rows = letters.slice(0, SHOWN_MAX).map(({ id, letter }) => {
    const { atMs, kind, code, reason } = letter
    return [id, new Date(atMs).toISOString().slice(0, 19), kind, code, about(letter), reason]
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
    `of ${oneLine(about(letter))}`,
    text,
  ].join('\n')
}

/** What it is about: a sink, an agent and its event, a place in a record. */
function about(letter: KeptLetter['letter']): string {
  if (letter.kind === 'alert') return letter.sink
  if (letter.kind === 'record') return letter.path
  const { agent, id } = letter.event as { readonly agent?: unknown; readonly id?: unknown }
  const name = typeof agent === 'object' && agent !== null && 'id' in agent ? agent.id : agent
  return [name, id].filter((one) => typeof one === 'string').join(' ')
}
