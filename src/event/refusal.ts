/** Why something that arrived is refused, in words that name the place and what came there. */
import type { z } from 'zod'

export interface Refusal {
  /** Where in the input: `$.agent.id`, `$.Records[3].eventTime`. */
  readonly path: string
  /** What was expected there, and what came. */
  readonly reason: string
}

/** Longest part of a refused value that is repeated in the reason, in characters. */
const SHOWN_LENGTH_MAX = 40
/** Longest key repeated in a path, in characters. */
const KEY_LENGTH_MAX = 60

/** The first of the schema's complaints, said plainly. */
export function refusalOf(issues: readonly z.core.$ZodIssue[], value: unknown): Refusal {
  const issue = issues[0]
  if (issue === undefined) return { path: '$', reason: 'expected an event' }
  let at = value
  for (const key of issue.path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key]
  return { path: pathOf(issue.path), reason: `${expectationOf(issue)}, got ${shown(at)}` }
}

/** `$.a[3]["odd key"]` */
export function pathOf(keys: readonly PropertyKey[]): string {
  let path = '$'
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) path += `.${String(key)}`
    else path += `[${quoted(String(key), KEY_LENGTH_MAX)}]`
  }
  return path
}

/** A value as it may be shown to a person: short, on one line, without control characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return quoted(value, SHOWN_LENGTH_MAX)
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function quoted(text: string, lengthMax: number): string {
  const whole = text.length <= lengthMax
  // Controls that JSON leaves alone, and the marks that reverse or hide text on a screen.
  const part = (whole ? text : text.slice(0, lengthMax)).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]/g,
    '?',
  )
  return whole ? JSON.stringify(part) : `${JSON.stringify(part)}… (${text.length} characters)`
}

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${article(issue.expected)}`
    case 'too_small':
      return issue.origin === 'string'
        ? `expected ${issue.minimum} or more characters`
        : `expected ${issue.minimum} or more`
    case 'too_big':
      if (issue.origin === 'string') return `expected at most ${issue.maximum} characters`
      if (issue.origin === 'array') return `expected at most ${issue.maximum} items`
      return `expected at most ${issue.maximum}`
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`
    default:
      return issue.message
  }
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)
