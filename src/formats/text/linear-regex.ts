/**
 * Regular expressions that take time linear in the text, whatever the two are.
 *
 * Source    Cox (2010), "Regular Expression Matching in the Wild": RE2, in its port to JavaScript.
 * Departs   No back references and no looking around, which is what costs others their bound.
 */
import { createRequire } from 'node:module'
import type * as Re2 from 're2js'

/** What JSONata asks of `RegExp`: to search from a place, and to say where the next search begins. */
export class LinearRegex {
  lastIndex = 0
  readonly #compiled: Re2.RE2JS

  constructor(written: RegExp) {
    this.#compiled = compiled(written)
  }

  exec(text: string): (RegExpExecArray & { index: number }) | null {
    const matcher = this.#compiled.matcher(text)
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0
      return null
    }
    const groups: (string | undefined)[] = []
    for (let at = 0; at <= this.#compiled.groupCount(); at++) {
      groups.push(matcher.group(at) ?? undefined)
    }
    this.lastIndex = matcher.end()
    return Object.assign(groups as unknown as RegExpExecArray, { index: matcher.start() })
  }
}

/** Loaded when the first expression is met, as few programs have any. */
let loaded: typeof Re2 | undefined
function engine(): typeof Re2 {
  loaded ??= createRequire(import.meta.url)('re2js') as typeof Re2
  return loaded
}

/** An expression is compiled anew each time it is evaluated; the few there are stay at hand. */
const KNOWN_MAX = 256
const known = new Map<string, Re2.RE2JS>()

/** @throws where the expression looks around or refers back */
function compiled({ source, flags }: RegExp): Re2.RE2JS {
  const key = `${flags}/${source}`
  const before = known.get(key)
  if (before !== undefined) return before
  const { RE2JS } = engine()
  let options = 0
  if (flags.includes('i')) options |= RE2JS.CASE_INSENSITIVE
  if (flags.includes('m')) options |= RE2JS.MULTILINE
  if (flags.includes('s')) options |= RE2JS.DOTALL
  const made = RE2JS.compile(source, options)
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(key, made)
  return made
}
