/** What an agent was told, as a hash: the door at which prompt text stays behind. */
import { createHash } from 'node:crypto'
import { type Fields, fieldsOf, isFields, listOf } from './fields.ts'

/** Hex digits of a digest: 128 bits, more than enough to tell prompts apart. */
const DIGITS = 32
/** Longest JSON text of messages that is parsed, in UTF-16 units; beyond it the text itself counts. */
const PARSED_UNITS_MAX = 1_048_576
/** Most parts of one message that are looked at. */
const PARTS_MAX = 256

/** A hash of a prompt's text. The same text gives the same digest on every platform. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS)
}

/**
 * The digest of what the user said last in a list of messages, whichever way they are written: OpenAI,
 * Anthropic, Bedrock Converse, OpenTelemetry. The agent's own turns after it do not change the digest,
 * so that all calls of a run share one. Undefined where nothing was said.
 */
export function promptDigest(messages: unknown): string | undefined {
  const text = promptText(messages)
  return text === undefined ? undefined : digestOf(text)
}

function promptText(value: unknown): string | undefined {
  const messages = parsedOf(value)
  if (typeof messages === 'string') return messages.trim() === '' ? undefined : messages
  if (isFields(messages)) return textOfMessage(messages)
  const list = listOf(messages)
  for (let at = list.length - 1; at >= 0; at--) {
    const message = fieldsOf(list[at])
    if (!isOfUser(message)) continue
    const text = textOfMessage(message)
    if (text !== undefined) return text
  }
  return undefined
}

/** Messages may be written as JSON text inside JSON. */
function parsedOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > PARSED_UNITS_MAX) return value
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** Who says nothing of his role is taken for the user. */
const isOfUser = ({ role }: Fields): boolean =>
  role === undefined || (typeof role === 'string' && /^(?:user|human)$/i.test(role))

/** The text of a message, without images and what tools answered. */
function textOfMessage(message: Fields): string | undefined {
  const content = message.content ?? message.parts ?? message.text
  const parts = isFields(content) ? [content] : listOf(content).slice(0, PARTS_MAX)
  const texts =
    typeof content === 'string'
      ? [content]
      : parts.map((part) => {
          if (typeof part === 'string') return part
          const { text, content: inner } = fieldsOf(part)
          if (typeof text === 'string') return text
          return fieldsOf(part).type === 'text' && typeof inner === 'string' ? inner : ''
        })
  const text = texts.filter((each) => each !== '').join('\n')
  return text.trim() === '' ? undefined : text
}
