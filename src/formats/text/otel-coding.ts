/**
 * What the coding agents of the terminal tell in the logs, in the words of GenAI: Claude Code, Codex and
 * Gemini CLI have event names and attributes of their own.
 *
 * Each user's is an agent of its own, and acts for that user. The event is known by its content: it has
 * no span, or shares one with others.
 *
 * Source  "Monitoring", Claude Code Docs; "Observability and telemetry", Codex; "Observability with
 *         OpenTelemetry", Gemini CLI.
 */
import { type Fields, textOf } from './fields.ts'
import { otelAgentId } from './otel-document.ts'
import type { OtelRecord } from './otel-record.ts'

const EVENT = /^(?:claude_code|codex|gemini_cli)\.(\w+)$/
/** Events that tell of a tool, of a call of the model, of a prompt. All others are chatter. */
const TOOLS = new Set(['tool_result', 'tool_call'])
const MODELS = new Set(['api_request', 'api_response', 'api_error'])
const MCP_TOOL = /^mcp__(.+?)__(.+)$/

/** The record in the words of GenAI; as it is where it is none of a coding agent. */
export function inWordsOfGenAi(record: OtelRecord): OtelRecord {
  if (record.signal !== 'log') return record
  const event = eventOf(record)
  if (event === undefined) return record
  const said = record.attributes
  const user =
    textOf(said['user.email']) ?? textOf(said['user.account_uuid']) ?? textOf(said['user.id'])
  const program = otelAgentId({}, record.resource) ?? event.family
  const attributes: Fields = {
    'gen_ai.agent.id': user === undefined ? program : `${program}/${user}`.slice(0, 512),
    'gen_ai.agent.version': said['app.version'],
    'gen_ai.conversation.id': said['session.id'] ?? said['conversation.id'],
    'user.email': said['user.email'],
    'user.id': said['user.account_uuid'] ?? said['user.id'],
    'error.type': isFalse(said.success) ? (said.error_type ?? 'tool_error') : said.error_type,
    ...wordsOf(event.name, said),
  }
  return {
    ...record,
    traceId: undefined,
    spanId: undefined,
    message: textOf(said.error) ?? textOf(said['error.message']),
    attributes,
  }
}

/** Claude Code says in the body to whom the event belongs, and calls it by its last name. */
function eventOf({ name, body }: OtelRecord) {
  for (const text of [name, body]) {
    const found = typeof text === 'string' ? EVENT.exec(text) : null
    if (found !== null) return { name: found[1]!, family: text as string }
  }
  return undefined
}

function wordsOf(event: string, said: Fields): Fields {
  if (TOOLS.has(event) || isRefused(event, said)) {
    const name = textOf(said.tool_name) ?? textOf(said.function_name) ?? 'unnamed'
    const mcp = MCP_TOOL.exec(name)
    return {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': mcp?.[2] ?? name,
      'server.address': mcp?.[1] ?? said.mcp_server_name,
      'gen_ai.tool.call.arguments':
        said.tool_parameters ?? said.tool_input ?? said.arguments ?? said.function_args,
      'tool.result.bytes': said.tool_result_size_bytes ?? said.content_length,
      ...(isRefused(event, said) && { 'error.type': 'denied' }),
    }
  }
  const isAnswer = MODELS.has(event) || said['event.kind'] === 'response.completed'
  if (isAnswer && (event === 'api_error' || hasTokens(said))) {
    return {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': said.model,
      'gen_ai.usage.input_tokens': said.input_tokens ?? said.input_token_count,
      'gen_ai.usage.output_tokens': said.output_tokens ?? said.output_token_count,
      ...(event === 'api_error' && {
        'error.type': said.status_code ?? said.error_type ?? 'api_error',
      }),
    }
  }
  if (event !== 'user_prompt') return {}
  return { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.prompt': promptIn(said) }
}

/** A call of a tool that a person or a policy did not let happen; what was let is told by its result. */
const isRefused = (event: string, { decision }: Fields): boolean =>
  event === 'tool_decision' && /^(?:reject|den|abort)/i.test(textOf(decision) ?? '')

/** Codex and Gemini tell of a request when it begins, and again when it is answered. */
const hasTokens = (said: Fields): boolean =>
  (said.input_tokens ?? said.input_token_count) !== undefined

/** A prompt is left out unless asked for, and then told to be. */
const promptIn = ({ prompt }: Fields): unknown =>
  typeof prompt === 'string' && /redacted/i.test(prompt) && prompt.length < 64 ? undefined : prompt

const isFalse = (value: unknown): boolean => value === false || value === 'false'
