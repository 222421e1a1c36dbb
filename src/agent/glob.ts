/** Patterns of actions and resources: `*` within a segment, `**` across segments. */

/** Longest pattern, in characters; matching takes time in proportion to it. */
export const PATTERN_LENGTH_MAX = 512

/** Actions are cut at dots, resources at slashes. */
export type Separator = '.' | '/'

const STAR = '*'
const GLOBSTAR = '**'

/**
 * Whether a value is what a pattern describes. `files/*` is one level below `files`; `files/**` is
 * `files` itself and everything below it. Nothing else in a pattern is special, and case counts.
 */
export function matches(pattern: string, value: string, separator: Separator = '/'): boolean {
  return compile(pattern, separator)(value)
}

/**
 * A test for one pattern, to be kept. It follows all ways a pattern could match at once, so that no
 * value takes longer than its length times the pattern's, however many stars there are.
 */
export function compile(pattern: string, separator: Separator = '/'): (value: string) => boolean {
  const steps = stepsOf(pattern, separator)
  const firstStar = steps.findIndex((step) => step.length > 1 || step === STAR)
  if (firstStar === -1) return (value) => value === pattern
  const prefix = steps.slice(0, firstStar).join('')
  const rest = steps.slice(firstStar)
  if (rest.length === 1 && rest[0] === GLOBSTAR) return (value) => value.startsWith(prefix)
  return (value) => value.startsWith(prefix) && follow(rest, value, prefix.length, separator)
}

/** The end of a pattern that is the parent itself or anything below it. */
const BELOW = 'below'

/** Single characters, stars, and `below` for a separator and globstar at the end. */
function stepsOf(pattern: string, separator: Separator): string[] {
  const ending = `${separator}${GLOBSTAR}`
  const hasEnding = pattern.endsWith(ending) && pattern.length > ending.length
  const body = hasEnding ? pattern.slice(0, -ending.length) : pattern
  const steps = body.match(/\*\*+|[\s\S]/g) ?? []
  const normal = steps.map((step) => (step.length > 1 ? GLOBSTAR : step))
  return hasEnding ? [...normal, BELOW] : normal
}

/** Runs the steps over the value from `from`, holding the set of steps reached so far. */
function follow(
  steps: readonly string[],
  value: string,
  from: number,
  separator: Separator,
): boolean {
  const end = steps.length
  let reached = new Uint8Array(end + 1)
  let next = new Uint8Array(end + 1)
  enter(reached, steps, 0)
  for (let at = from; at < value.length; at++) {
    const unit = value[at]! // within the loop's bound
    next.fill(0)
    let isAlive = false
    for (let step = 0; step < end; step++) {
      if (reached[step] === 0) continue
      const expected = steps[step]!
      if (expected === BELOW) {
        if (unit === separator) return true // whatever follows
      } else if (expected === GLOBSTAR || (expected === STAR && unit !== separator)) {
        enter(next, steps, step)
        isAlive = true
      } else if (expected === unit && expected !== STAR) {
        enter(next, steps, step + 1)
        isAlive = true
      }
    }
    if (!isAlive) return false
    const spent = reached
    reached = next
    next = spent
  }
  return reached[end] === 1
}

/** Marks a step as reached, and those behind it that may match nothing at all. */
function enter(reached: Uint8Array, steps: readonly string[], step: number): void {
  let at = step
  reached[at] = 1
  while (at < steps.length) {
    const expected = steps[at]
    if (expected !== STAR && expected !== GLOBSTAR && expected !== BELOW) return
    at++
    reached[at] = 1
  }
}
