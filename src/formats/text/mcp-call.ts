/** What a record of an MCP proxy tells of a call: action, resource, how it ended, how much came back. */
import type { RawEvent } from '../../event/event.ts'
import { ID_LENGTH_MAX } from '../../event/event.ts'
import { amountOf, errorOf, type Fields, fieldsOf, resourceIdOf, textOf } from './fields.ts'
import { pathOfUrl } from './m365-record.ts'
import { type McpRecord, saidIn } from './mcp-record.ts'
import { isRefusal } from './refused.ts'
import { toolAction, toolResource } from './tool-call.ts'

const SERVERS = [
  ...['server.name', 'server_name', 'serverName', 'ServerName', 'ServerURL', 'server_url'],
  ...['mcpServerDisplayName', 'server', 'McpServerEndpoint', 'ServerID', 'gateway_name'],
]
const TOOLS = [
  'ToolCallName',
  'ToolName',
  'mcp_tool_name',
  'tool_name',
  'toolName',
  'callIdentifier',
]

/** The call, and the tool, resource or prompt it reached for. */
export function mcpCall(
  record: Fields,
  method: string,
  params: Fields,
): Pick<RawEvent, 'action' | 'resource'> {
  const named = saidIn(record, SERVERS)
  const server = named === undefined ? undefined : pathOfUrl(named)
  if (method === 'tools/call') {
    const tool = textOf(params.name) ?? saidIn(record, TOOLS) ?? 'unnamed'
    const args = params.arguments ?? record.arguments ?? record.args
    return { action: toolAction(tool), resource: toolResource(server, tool, args) }
  }
  const uri = textOf(params.uri) ?? saidIn(record, ['ResourceReadURI', 'resource_uri'])
  const prompt =
    method === 'prompts/get'
      ? (textOf(params.name) ?? saidIn(record, ['PromptGetName', 'prompt_name']))
      : undefined
  const inside = prompt === undefined ? undefined : `prompts/${prompt}`
  const path = [server ?? 'mcp', inside].filter(Boolean).join('/')
  const id = resourceIdOf(uri === undefined ? path : pathOfUrl(uri)) ?? 'mcp'
  const action = `mcp.${method.replaceAll('/', '.')}`.slice(0, ID_LENGTH_MAX)
  return { action, resource: { id, type: 'mcp' } }
}

/** How it ended, as the proxy decided or the server answered. */
export function mcpOutcome(
  record: Fields,
  { answer }: McpRecord,
): Pick<RawEvent, 'outcome' | 'error'> {
  const decision = saidIn(record, ['decision', 'policy_decision', 'policyDecision', 'verdict'])
  const isBlocked =
    fieldsOf(record.security).blocked === true ||
    record.blocked === true ||
    /^(?:den|block|reject)/i.test(decision ?? '')
  const rpcError = fieldsOf(answer.error)
  const code = saidIn(record, ['httpStatusCode', 'http_status', 'status_code', 'statusCode'])
  const status = saidIn(record, ['status', 'outcome', 'result_status'])
  const said =
    textOf(rpcError.message) ??
    saidIn(record, ['ErrorType', 'error_type', 'error.message', 'error', 'Error', 'reason'])
  const isFailed =
    said !== undefined ||
    answer.error !== undefined ||
    fieldsOf(answer.result).isError === true ||
    record.Success === false ||
    record.success === false ||
    /^(?:err|fail|den|block)/i.test(status ?? '') ||
    Number(code) >= 400
  if (!isFailed && !isBlocked) return { outcome: 'success' }
  const told = said ?? (Number(code) >= 400 ? `status ${code}` : undefined)
  const error = errorOf(told) ?? (isBlocked ? 'blocked by the proxy' : 'the call came to an error')
  return { outcome: isBlocked || isRefusal(error) ? 'denied' : 'failure', error }
}

/** What came back. */
export function mcpBytes(record: Fields, { answer }: McpRecord): number | undefined {
  const told = saidIn(record, ['response_bytes', 'responseBytes', 'response_size', 'responseSize'])
  if (told !== undefined) return amountOf(told)
  const { result } = answer
  return result === undefined ? undefined : Buffer.byteLength(JSON.stringify(result))
}
