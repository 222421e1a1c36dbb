/**
 * Template: what of a message the operator words himself, as a JSONata expression over the alert.
 *
 * What it comes to is text like any other that came from outside: each sink escapes it as it does the
 * alert's own. Where it fails or comes to something else, the sink's own words are sent and it is told.
 */
import { z } from 'zod'
import type { Alert } from '../alert/alert.ts'
import { shown } from '../event/refusal.ts'
import { compileExpression, expressionSchema } from '../formats/text/expression.ts'
import { isFields } from '../formats/text/fields.ts'
import type { ChatWords } from './shapes/brief.ts'
import type { Attempt } from './sink.ts'

/** Lines of a message; more would not be read there, and the receivers have limits. */
const LINES_MAX = 20

const templateSchema = z.strictObject({
  jsonata: expressionSchema.describe('An expression over the alert.'),
})
export type Template = z.output<typeof templateSchema>

/** An option that holds one. */
export const templateOption = (about: string) => templateSchema.optional().describe(about)

/** What it comes to for an alert; undefined where there is no template, or none that can be used. */
export type Filled<Value> = (alert: Alert, attempt: Attempt) => Value | undefined

/** What a template may come to: how it is read, in words that can follow "expected". */
export interface Wanted<Value> {
  readonly expected: string
  read(value: unknown): Value | undefined
}

export const aText: Wanted<string> = {
  expected: 'a text',
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
}

const someLines: Wanted<readonly string[]> = {
  expected: `a text, or a list of at most ${LINES_MAX} texts`,
  read(value) {
    const lines = typeof value === 'string' ? value.split('\n') : value
    const isFit = Array.isArray(lines) && lines.length > 0 && lines.length <= LINES_MAX
    return isFit && lines.every((line) => typeof line === 'string') ? lines : undefined
  },
}

/** Its JSON, no longer than so many bytes. */
export const anObject = (bytesMax: number): Wanted<object> => ({
  expected: `an object of at most ${bytesMax} bytes`,
  read: (value) =>
    isFields(value) && Buffer.byteLength(JSON.stringify(value)) <= bytesMax ? value : undefined,
})

/** Those of a chat: what stands at the head of a message, and what below it. */
export const chatTemplates = {
  title: templateOption('The head of the message: a text.'),
  text: templateOption(
    'What stands below it, in place of facts, reasons and steps: a text or a list of lines.',
  ),
}

export function openChatTemplates(config: {
  readonly title?: Template | undefined
  readonly text?: Template | undefined
}): (alert: Alert, attempt: Attempt) => ChatWords {
  const title = openTemplate(config.title, 'title', aText)
  const text = openTemplate(config.text, 'text', someLines)
  return (alert, attempt) => ({ title: title(alert, attempt), text: text(alert, attempt) })
}

/** @param option where it stands in the configuration of the sink */
export function openTemplate<Value>(
  template: Template | undefined,
  option: string,
  { expected, read }: Wanted<Value>,
): Filled<Value> {
  if (template === undefined) return () => undefined
  const evaluate = compileExpression(template.jsonata)
  return (alert, attempt) => {
    let why: string
    try {
      const value = evaluate(alert)
      const filled = read(value)
      if (filled !== undefined) return filled
      why = `expected ${expected}, got ${shown(value)}`
    } catch (error) {
      why = (error as Error).message
    }
    attempt.noticed?.(`${option}: ${why}; it is worded as without the template`)
    return undefined
  }
}
