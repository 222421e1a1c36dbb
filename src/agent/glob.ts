/** Patterns of actions and resources, as in AWS policies: `*` is any text, across dots and slashes. */
import { unitAt } from '../math/hash.ts'

/** Longest pattern, in characters. */
export const PATTERN_LENGTH_MAX = 512

/** Whether a value is what a pattern describes. Nothing but `*` is special, and case counts. */
export function matches(pattern: string, value: string): boolean {
  return compile(pattern)(value)
}

/**
 * A test for one pattern, to be kept. Each part between stars is looked for once, from where the one
 * before it ended, so that no pattern takes longer than its length times the value's.
 */
export function compile(pattern: string): (value: string) => boolean {
  const [prefix = '', ...rest] = pattern.split(/\*+/)
  const suffix = rest.pop()
  if (suffix === undefined) return (value) => value === pattern
  if (suffix === '' && rest.length === 0) return (value) => startsWith(value, prefix)
  return (value) => {
    if (!value.startsWith(prefix)) return false
    let from = prefix.length
    for (const part of rest) {
      const found = value.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    return value.length - suffix.length >= from && value.endsWith(suffix)
  }
}

/** By hand: most values differ in the first unit, and calling the method takes longer than to see it. */
function startsWith(value: string, prefix: string): boolean {
  for (let at = 0; at < prefix.length; at++) {
    if (unitAt(value, at) !== unitAt(prefix, at)) return false
  }
  return true
}
