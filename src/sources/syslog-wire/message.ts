/**
 * One syslog message, in RFC 5424, in what RFC 3164 found in use, or without any header: what stands
 * behind the header and the cookie `@cee:`, which is for others to read; CEF is read here.
 *
 * Source    RFC 5424, section 6; RFC 3164, section 4; "CEE Log Syntax", cee.mitre.org.
 * Departs   Of RFC 3164 only where the content begins is looked for: dates without a year, and names
 *           of hosts that may be left out, say nothing reliable.
 */
import { isUtf8 } from 'node:buffer'
import { isCef, readCef } from './cef.ts'

/** Severities and facilities as the number in front of a message has them. */
const SEVERITIES = 8
const PRIORITY_MAX = 191
const PRIORITY = /^<(\d{1,3})>/
/** Of RFC 5424: version, then time, host, application, process and kind of message. */
const HEADER = /^1 (\S{1,48}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,128}) /
/** `Dec  1 00:32:45`, with a year and fractions as some write it, or RFC 3339. */
const TIME =
  /^(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d)?):? /
const CONTENT = /^(?:@cee:|CEF: ?\d|\{|\[\s*[{\]])/
/** The host, and the tag or a part of it. */
const WORDS_MAX = 3
/** A tag that its colon ends, right before the content or a space. */
const TAG = /^[^\s:[\]{}]{1,128}(?:\[[^\s\]]{0,64}\])?:(?=[ {@[]|CEF:)/
const COOKIE = /^@cee:/

export type SyslogRecord =
  /** What stands behind the header as it came, and CEF as an object. */
  { readonly body: Buffer | object } | { readonly reason: string }

/**
 * What the message says, or why that cannot be told. A record of CEF gains `syslog`: what the message's
 * own header tells.
 *
 * @param isCut the connection ended after it: JSON shows whether it is whole, CEF does not
 */
export function readMessage(bytes: Buffer, isCut = false): SyslogRecord {
  if (!isUtf8(bytes)) return { reason: 'expected UTF-8 text, got other bytes' }
  const { content, header } = split(bytes.toString('utf8', 0, textEnd(bytes)).trim())
  const said = content
    .replace(/^ ?\ufeff/, '')
    .trimStart()
    .replace(COOKIE, '')
    .trim()
  if (said === '') return { reason: 'expected JSON or CEF behind the header, got nothing' }
  if (isCut && isCef(said)) return { reason: 'the connection ended inside it' }
  if (!isCef(said)) return { body: Buffer.from(said) }
  const record = readCef(said)
  if (record !== undefined) return { body: { ...record, syslog: headerOf(header) } }
  return { reason: 'expected seven fields between bars in front of the extension of CEF' }
}

/** Some senders end messages as C ends texts. */
function textEnd(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}

/** As they stand there; undefined where they do not. */
interface Header {
  readonly priority?: number
  readonly time?: string | undefined
  readonly host?: string | undefined
  readonly app?: string | undefined
}

function split(text: string): { readonly content: string; readonly header: Header } {
  const [whole = '', digits = ''] = PRIORITY.exec(text) ?? []
  const priority = Number(digits)
  if (whole === '' || priority > PRIORITY_MAX) return { content: contentOf(text), header: {} }
  const rest = text.slice(whole.length)
  const [head, time, host, app] = HEADER.exec(rest) ?? []
  if (head === undefined) return { content: contentOf(rest), header: { priority } }
  const start = structuredEnd(rest, head.length)
  const content = start === undefined ? '' : rest.slice(start)
  return { content, header: { priority, time, host, app } }
}

/** Where the structured data ends; undefined where it does not. */
function structuredEnd(text: string, start: number): number | undefined {
  if (text[start] === '-') return start + 1
  let at = start
  while (text[at] === '[') {
    let isQuoted = false
    for (at++; isQuoted || text[at] !== ']'; at++) {
      if (at >= text.length) return undefined
      if (isQuoted && text[at] === '\\') at++
      else if (text[at] === '"') isQuoted = !isQuoted
    }
    at++
  }
  return at > start ? at : undefined
}

/** What follows time, host and tag, of which each may be missing. */
function contentOf(text: string): string {
  let rest = text.slice(TIME.exec(text)?.[0].length ?? 0)
  for (let words = 0; words < WORDS_MAX; words++) {
    if (CONTENT.test(rest)) return rest
    const tag = TAG.exec(rest)?.[0].length
    if (tag !== undefined) return rest.slice(tag).trimStart()
    const space = rest.indexOf(' ')
    if (space === -1) break
    rest = rest.slice(space + 1).trimStart()
  }
  return CONTENT.test(rest) ? rest : text
}

/** By the names a record of CEF has them; `-` says nothing. */
function headerOf({ priority, ...named }: Header): Readonly<Record<string, string | number>> {
  const stated = Object.entries(named).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '-',
  )
  if (priority === undefined) return Object.fromEntries(stated)
  const facility = Math.floor(priority / SEVERITIES)
  return { facility, severity: priority % SEVERITIES, ...Object.fromEntries(stated) }
}
