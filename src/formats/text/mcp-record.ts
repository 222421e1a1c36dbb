/** What a record of an MCP proxy says, by whichever of the names that proxies give it. */
import { type Fields, fieldsOf, isFields, textOf } from './fields.ts'

/** Methods of the Model Context Protocol. */
const METHOD =
  /^(?:initialize|ping|(?:tools|resources|prompts|notifications|sampling|completion|elicitation|roots|logging|server|subscriptions|tasks)\/[\w/-]{1,64})$/
/** Fields in which a proxy keeps the message of JSON-RPC, as an object or as its text. */
const MESSAGES = [
  'message',
  'request',
  'mcpRequest',
  'mcp_request_payload',
  'request_body',
  'requestBody',
  'payload',
  'body',
  'rpc',
]
const ANSWERS = ['response', 'mcpResponse', 'mcp_response_payload', 'response_body', 'responseBody']
/** Longest message that is parsed, in UTF-16 units. */
const MESSAGE_UNITS_MAX = 1_048_576

export interface McpRecord {
  readonly method: string | undefined
  readonly params: Fields
  /** The result or the error, where the record carries it beside the request. */
  readonly answer: Fields
  /** Whether the record is of an answer alone. */
  readonly isAnswer: boolean
}

export function isMcpRecord(record: unknown): boolean {
  if (!isFields(record)) return false
  const { method, isAnswer } = mcpRecordOf(record)
  return method !== undefined || isAnswer
}

export function mcpRecordOf(record: Fields): McpRecord {
  const message = messageIn(record, MESSAGES) ?? (record.jsonrpc === undefined ? {} : record)
  const answer = messageIn(record, ANSWERS) ?? {}
  const said =
    textOf(message.method) ??
    textOf(record.mcp_method) ??
    textOf(record.mcpMethod) ??
    textOf(record.callType) ??
    textOf(record.method) ??
    textOf(record.Method)
  const method = said !== undefined && METHOD.test(said) ? said : undefined
  const isRpcAnswer = message.result !== undefined || message.error !== undefined
  return {
    method,
    params: fieldsOf(message.params ?? record.params),
    answer: isRpcAnswer ? message : answer,
    isAnswer:
      (method === undefined && message.jsonrpc !== undefined && isRpcAnswer) ||
      (method !== undefined && /^mcp_.*response$/.test(textOf(record.event_type) ?? '')),
  }
}

function messageIn(record: Fields, names: readonly string[]): Fields | undefined {
  for (const name of names) {
    const value = record[name]
    const message = isFields(value) ? value : parsed(value)
    if (message === undefined) continue
    const { method, jsonrpc, result, error } = message
    if ([method, jsonrpc, result, error].some((part) => part !== undefined)) return message
  }
  return undefined
}

function parsed(value: unknown): Fields | undefined {
  if (typeof value !== 'string' || value.length > MESSAGE_UNITS_MAX) return undefined
  if (!value.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(value) as Fields // the bracket makes it an object
  } catch {
    return undefined
  }
}

/** The first of several fields that says something; a dot leads inside. */
export function saidIn(record: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    let value: unknown = record
    for (const key of name.split('.')) value = fieldsOf(value)[key]
    const text = textOf(value)
    if (text !== undefined) return text
  }
  return undefined
}
