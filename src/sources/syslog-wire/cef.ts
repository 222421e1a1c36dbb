/**
 * CEF read: one message of the Common Event Format as an object, by the names the standard gives.
 *
 * Source    Micro Focus (2023), "ArcSight Common Event Format (CEF) Implementation Standard".
 */

/** What stands between the bars, after the version. */
const HEADER = [
  'deviceVendor',
  'deviceProduct',
  'deviceVersion',
  'deviceEventClassId',
  'name',
  'severity',
] as const

export type CefRecord = Readonly<Record<(typeof HEADER)[number], string>> & {
  readonly cefVersion: string
  /** Keys as they came; every value is a text. */
  readonly extension: Readonly<Record<string, string>>
}

export const isCef = (text: string): boolean => /^CEF: ?\d/.test(text)

/** Undefined where the header has not all its fields. */
export function readCef(text: string): CefRecord | undefined {
  const fields: string[] = []
  let at = 'CEF:'.length
  for (let start = at; fields.length <= HEADER.length; at++) {
    if (at >= text.length) return undefined
    if (text[at] === '\\') at++
    else if (text[at] === '|') {
      fields.push(unescaped(text.slice(start, at)))
      start = at + 1
    }
  }
  const [version = '', ...others] = fields
  const named = Object.fromEntries(HEADER.map((name, nth) => [name, others[nth]!])) // counted above
  return {
    cefVersion: version.trim(),
    ...(named as Record<(typeof HEADER)[number], string>),
    extension: readExtension(text.slice(at)),
  }
}

/** A value goes on, spaces and all, up to the next key: what stands between a space and an `=`. */
function readExtension(text: string): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null)
  let key: string | undefined
  let start = 0
  let earliest = 0 // where a key may begin: after the `=` before
  const put = (end: number) => {
    if (key !== undefined) pairs[key] = unescaped(text.slice(start, end)).trimEnd()
  }
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '=') {
      const begin = keyBegin(text, earliest, at)
      earliest = at + 1
      if (begin === undefined) continue
      put(begin)
      key = text.slice(begin, at)
      start = at + 1
    }
  }
  put(text.length)
  return pairs
}

/** Where the key begins that ends at `end`; undefined where what stands there is part of a value. */
function keyBegin(text: string, earliest: number, end: number): number | undefined {
  let begin = end
  while (begin > earliest && /[\w.[\]-]/.test(text[begin - 1]!)) begin--
  return begin < end && (begin === 0 || text[begin - 1] === ' ') ? begin : undefined
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r' }

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (_, one: string) => ESCAPED[one] ?? one)
