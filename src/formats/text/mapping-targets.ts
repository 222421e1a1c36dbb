/** The fields of an event that a mapping fills: where each stands, and what it takes. */
import { GRANTED_MAX, timeToMs } from '../../event/event.ts'
import { compileExpression, type Evaluate } from './expression.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  idOf,
  isFields,
  resourceIdOf,
  textOf,
  utcTimeOf,
} from './fields.ts'
import { promptDigest } from './prompt.ts'

/** A value as a field takes it, or undefined where it is none that the field can take. */
type Take = (value: unknown) => unknown

export interface Target {
  /** As the configuration names it: `map.agent.id`. */
  readonly place: string
  readonly keys: readonly string[]
  readonly text: string
  readonly evaluate: Evaluate
  readonly expected: string
  readonly take: Take
  readonly isRequired: boolean
}

/** The expressions of a mapping with their places, in the order of the schema. */
export function targetsOf(map: Fields, above: readonly string[]): Target[] {
  return Object.entries(map).flatMap(([key, child]): Target[] => {
    const keys = [...above, key]
    if (isFields(child)) return targetsOf(child, keys)
    if (typeof child !== 'string') return []
    const place = keys.join('.')
    const { expected, take } = TAKES[place] ?? TEXT
    const isRequired = REQUIRED.has(place)
    const evaluate = compileExpression(child)
    const at = place === 'trigger.prompt' ? ['trigger', 'digest'] : keys
    return [{ place: `map.${place}`, keys: at, text: child, evaluate, expected, take, isRequired }]
  })
}

const REQUIRED = new Set(['id', 'time', 'agent.id', 'action', 'resource.id'])

const TEXT = { expected: 'a text or a number', take: (value: unknown) => textOf(value) }
const ID = { expected: 'a text of at most 256 characters', take: (value: unknown) => idOf(value) }
const AMOUNT = { expected: 'a number that is not negative', take: amountOf }
/** What is no plain text. */
const TAKES: Readonly<Record<string, { readonly expected: string; readonly take: Take }>> = {
  id: ID,
  action: ID,
  time: { expected: 'an RFC 3339 time or epoch milliseconds', take: timeIn },
  'resource.id': { expected: 'a text', take: resourceIdOf },
  outcome: { expected: 'success, failure, denied, true or false', take: outcomeIn },
  error: { expected: 'a text', take: errorOf },
  'volume.bytes': AMOUNT,
  'volume.records': AMOUNT,
  'source.userAgent': { expected: 'a text', take: resourceIdOf },
  'trigger.prompt': { expected: 'a text or messages', take: promptDigest },
  'permission.granted': { expected: 'a list of texts', take: scopesIn },
}

function timeIn(value: unknown): string | number | undefined {
  const time = typeof value === 'number' ? value : utcTimeOf(value)
  return time === undefined || timeToMs(time) === undefined ? undefined : time
}

function outcomeIn(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'success' : 'failure'
  return value === 'success' || value === 'failure' || value === 'denied' ? value : undefined
}

function scopesIn(value: unknown): string[] | undefined {
  const scopes = (Array.isArray(value) ? value : [value]).map((each) => textOf(each))
  if (scopes.length > GRANTED_MAX) return undefined
  return scopes.includes(undefined) ? undefined : (scopes as string[])
}
