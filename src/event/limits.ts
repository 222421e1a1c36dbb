/** What an event may carry beyond the schema: how deep, how much, and under which names. */
import type { Refusal } from './refusal.ts'

/** Longest event, in bytes of its JSON text: a hundred times the usual one. It rests in a queue. */
export const EVENT_BYTES_MAX = 65_536
/** Deepest nesting of an event. The schema needs 3; no log seen so far passes 12. */
export const EVENT_DEPTH_MAX = 16

/** The walk met more levels than it may. */
const TOO_DEEP = -1

/**
 * Looks through an event that carries more than the schema names. Answers what is wrong with it,
 * if anything, and removes the keys by which a careless copy would change an object's prototype.
 *
 * @param sizeBytes length of the event's text; where it is negative, and so unknown, an estimate
 *   from below takes its place.
 */
export function inspectExtras(
  event: Record<string, unknown>,
  sizeBytes: number,
): Refusal | undefined {
  if (sizeBytes > EVENT_BYTES_MAX) return tooLarge(sizeBytes)
  const leastBytes = measure(event, 1)
  if (leastBytes === TOO_DEEP) {
    return { path: '$', reason: `expected at most ${EVENT_DEPTH_MAX} levels of nesting, got more` }
  }
  return leastBytes > EVENT_BYTES_MAX ? tooLarge(leastBytes) : undefined
}

/** Bytes of JSON below a node, counted from below. It never goes deeper than the limit. */
function measure(node: Record<string, unknown>, depth: number): number {
  if (depth > EVENT_DEPTH_MAX) return TOO_DEEP
  let bytes = 2
  for (const key in node) {
    const child = node[key]
    bytes += 2 // a comma, and at least one character
    if (typeof child === 'string') bytes += child.length + 1
    else if (typeof child === 'object' && child !== null) {
      const below = measure(child as Record<string, unknown>, depth + 1)
      if (below === TOO_DEEP) return TOO_DEEP
      bytes += below
    }
    if (key === '__proto__' || key === 'constructor') dropIfDangerous(node, key)
  }
  return bytes
}

/** `JSON.parse` makes both of these plain properties; copied onward they would be more than that. */
function dropIfDangerous(node: Record<string, unknown>, key: '__proto__' | 'constructor'): void {
  const child = node[key]
  const isPlain = typeof child !== 'object' || child === null || !Object.hasOwn(child, 'prototype')
  if (key === 'constructor' && isPlain) return
  delete node[key]
}

const tooLarge = (sizeBytes: number): Refusal => ({
  path: '$',
  reason: `expected at most ${EVENT_BYTES_MAX} bytes, got at least ${sizeBytes}`,
})
