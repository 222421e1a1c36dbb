/**
 * An expression of JSONata, compiled once and evaluated under limits.
 *
 * Limits are counted in steps, depth and sizes and never in time, and what asks the clock or chance is
 * refused: a record comes to the same event on every machine, however busy. Regular expressions take
 * linear time.
 *
 * Source    JSONata 1.8, the line that evaluates without promises.
 */
import { createRequire } from 'node:module'
import type jsonata from 'jsonata'
import { z } from 'zod'
import { shown } from '../../event/refusal.ts'
import { type Fields, isFields } from './fields.ts'
import { LinearRegex } from './linear-regex.ts'

/** Longest expression, in UTF-16 units. */
const EXPRESSION_LENGTH_MAX = 4_096
/** Most nodes evaluated for one answer. A path takes one for each of its names and values. */
const STEPS_MAX = 20_000
/** Deepest evaluation; beyond it the stack would end first. */
const DEPTH_MAX = 128
/** Longest text and list that may arise on the way. */
const TEXT_LENGTH_MAX = 1_048_576
const LIST_LENGTH_MAX = 20_000

/** Functions that ask the clock or chance, that hide what they do, or whose cost is a number's. */
const REFUSED = new Set(['now', 'millis', 'random', 'shuffle', 'eval', 'pad'])

/** Its types leave out the options it takes. */
type Compile = (text: string, options: { RegexEngine: typeof LinearRegex }) => jsonata.Expression
let compile: Compile | undefined

/** Loaded when the first expression is met: it takes longer than most commands, which have none. */
function compiler(): Compile {
  compile ??= createRequire(import.meta.url)('jsonata') as Compile
  return compile
}

export type Evaluate = (input: unknown) => unknown

/** An expression in a configuration; one that is none is refused with it. */
export const expressionSchema = z
  .string()
  .min(1)
  .max(EXPRESSION_LENGTH_MAX)
  .superRefine(checkExpression)

/**
 * @returns a function that answers undefined where the expression finds nothing
 * @throws Error with a message for a reader: what is wrong with the expression and where; the function
 *   throws one when the expression fails or exceeds a limit
 */
export function compileExpression(text: string): Evaluate {
  let expression: jsonata.Expression
  try {
    expression = compiler()(text, { RegexEngine: LinearRegex })
  } catch (error) {
    throw new Error(messageOf(error))
  }
  const ast = expression.ast()
  inspect(ast)
  let steps = 0
  let depth = 0
  expression.assign('__evaluate_entry', () => {
    if (++steps > STEPS_MAX) throw new Error(`takes more than ${STEPS_MAX} steps`)
    if (++depth > DEPTH_MAX) throw new Error(`is nested more than ${DEPTH_MAX} deep`)
  })
  expression.assign(
    '__evaluate_exit',
    (_node: unknown, _in: unknown, _frame: unknown, out: unknown) => {
      depth--
      const isLong =
        (typeof out === 'string' && out.length > TEXT_LENGTH_MAX) ||
        (Array.isArray(out) && out.length > LIST_LENGTH_MAX)
      if (isLong) throw new Error('grows too large')
    },
  )
  const slowly: Evaluate = (input) => {
    steps = 0
    depth = 0
    try {
      // Bindings of its own make a frame of its own: nothing of a record is left for the next.
      return expression.evaluate(input, {}) as unknown
    } catch (error) {
      throw new Error(messageOf(error))
    }
  }
  const names = namesOf(ast)
  return names === undefined ? slowly : (input) => quickly(names, input, slowly)
}

/** Most expressions are plain paths, and most records have no lists on them: then it is a look-up. */
function quickly(names: readonly string[], input: unknown, slowly: Evaluate): unknown {
  let at = input
  for (const name of names) {
    if (Array.isArray(at)) return slowly(input)
    if (!isFields(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return Array.isArray(at) ? slowly(input) : at
}

/** The names of a plain path: `user.name`. */
function namesOf({ type, steps, ...more }: jsonata.ExprNode): readonly string[] | undefined {
  if (type !== 'path' || steps === undefined) return undefined
  if (Object.keys(more).length > 0) return undefined
  const isPlain = steps.every((step) => step.type === 'name' && Object.keys(step).length <= 3)
  return isPlain ? steps.map(({ value }) => String(value)) : undefined
}

/** Goes through all nodes for what is refused, and for regular expressions that are not linear. */
function inspect(node: unknown): void {
  if (Array.isArray(node)) {
    for (const each of node) inspect(each)
    return
  }
  if (!isFields(node)) return
  const { type, value, position } = node
  if (type === 'variable' && typeof value === 'string' && REFUSED.has(value)) {
    throw new Error(`$${value} at ${position} is not available here`)
  }
  if (type === 'binary' && value === '..')
    throw new Error(`.. at ${position} is not available here`)
  if (value instanceof RegExp) {
    try {
      new LinearRegex(value)
    } catch (error) {
      throw new Error(`${value} at ${position}: ${(error as Error).message}`)
    }
    return
  }
  for (const child of Object.values(node)) inspect(child)
}

function checkExpression(text: string, context: z.core.$RefinementCtx<string>): void {
  try {
    compileExpression(text)
  } catch (error) {
    const message = `expected a JSONata expression, got ${shown(text)}: ${(error as Error).message}`
    context.issues.push({ code: 'custom', message, input: text })
  }
}

/** JSONata throws objects of its own, with a message and a place. */
function messageOf(error: unknown): string {
  const { message, position } = error as Fields
  const text = typeof message === 'string' && message !== '' ? message : 'fails'
  return typeof position === 'number' ? `${text} (at ${position})` : text
}
