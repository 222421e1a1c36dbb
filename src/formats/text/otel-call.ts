/** What a GenAI or MCP span was: the action, what it was done to, and how much went through. */
import type { RawEvent } from '../../event/event.ts'
import { ID_LENGTH_MAX } from '../../event/event.ts'
import { amountOf, type Fields, listOf, resourceIdOf, textOf, withoutBlanks } from './fields.ts'
import { pathOfUrl } from './m365-record.ts'
import type { OtelRecord } from './otel-record.ts'
import { toolAction, toolResource } from './tool-call.ts'

export interface Call {
  readonly action: string
  readonly resource: RawEvent['resource']
  readonly volume: RawEvent['volume']
}

/** Operations of a model, as `gen_ai.operation.name` has them. */
const MODEL_CALLS = new Set(['chat', 'generate_content', 'text_completion', 'embeddings'])
/** Events of the logs that tell of a call of a model. */
const MODEL_EVENTS = new Set(['gen_ai.client.inference.operation.details', 'gen_ai.choice'])
/** The earliest attributes had no operation; what they asked for is said by the request's type. */
const REQUEST_TYPES: Readonly<Record<string, string>> = {
  chat: 'chat',
  completion: 'text_completion',
  embedding: 'embeddings',
}
/** What MCP says to keep a connection going; none of it is an act. */
const MCP_CHATTER = /^(?:ping$|notifications\/)/

/** The call a record tells of, or the reason why it tells of none. */
export function otelCall(record: OtelRecord, agentId: string): Call | { readonly skip: string } {
  const { attributes } = record
  const method = textOf(attributes['mcp.method.name'])
  if (method !== undefined) return mcpCall(method, record)
  const operation = operationOf(record)
  if (operation === undefined) {
    const isMessage = record.signal === 'log' && record.name.startsWith('gen_ai.')
    return { skip: isMessage ? 'a message of a call told elsewhere' : 'no call of GenAI or MCP' }
  }
  if (MODEL_CALLS.has(operation)) {
    const model = modelOf(attributes) ?? 'unnamed'
    return call(`model.${operation}`, `models/${providerOf(attributes)}/${model}`, 'model', record)
  }
  switch (operation) {
    case 'execute_tool':
      return toolCall(textOf(attributes['gen_ai.tool.name']) ?? toolInName(record), record)
    case 'invoke_agent': {
      const channel = textOf(attributes['microsoft.channel.name']) ?? 'direct'
      return call('agent.start', `channels/${channel}`, 'channel', record)
    }
    case 'create_agent':
      return call('agent.create', `agents/${agentId}`, 'agent', record)
    case 'invoke_workflow': {
      const workflow = textOf(attributes['gen_ai.workflow.name']) ?? 'unnamed'
      return call('workflow.start', `workflows/${workflow}`, 'workflow', record)
    }
    case 'retrieval': {
      const source = textOf(attributes['gen_ai.data_source.id']) ?? 'unnamed'
      return call('retrieval.query', `data-sources/${source}`, 'data-source', record)
    }
    default: {
      // `search_memory`, `plan`, `output_messages` and what is yet to come: the operation is a name.
      const store = textOf(attributes['gen_ai.memory.store.id'])
      const id = store === undefined ? `agents/${agentId}` : `memories/${store}`
      return call(`agent.${operation}`, id, store === undefined ? 'agent' : 'memory', record)
    }
  }
}

function mcpCall(method: string, record: OtelRecord): Call | { readonly skip: string } {
  const { attributes } = record
  if (MCP_CHATTER.test(method)) return { skip: 'chatter of MCP' }
  if (record.kind === 'SERVER') return { skip: "the server's side of a call of MCP" }
  if (method === 'tools/call') {
    return toolCall(textOf(attributes['gen_ai.tool.name']) ?? toolInName(record), record)
  }
  const server = textOf(attributes['server.address']) ?? 'mcp'
  const uri = textOf(attributes['mcp.resource.uri'])
  const prompt = textOf(attributes['gen_ai.prompt.name'])
  const inside = prompt === undefined ? undefined : `prompts/${prompt}`
  const id = uri === undefined ? [server, inside].filter(Boolean).join('/') : pathOfUrl(uri)
  return call(`mcp.${method.replaceAll('/', '.')}`, id, 'mcp', record)
}

function toolCall(name: string | undefined, record: OtelRecord): Call {
  const { attributes } = record
  const tool = name ?? 'unnamed'
  const { id, type } = toolResource(
    textOf(attributes['server.address']),
    tool,
    attributes['gen_ai.tool.call.arguments'],
  )
  return call(toolAction(tool), id, type, record)
}

/** `execute_tool lookup` and `tools/call lookup` name the tool even where no attribute does. */
const toolInName = ({ name }: OtelRecord): string | undefined =>
  textOf(/^(?:execute_tool|tools\/call)\s(.+)$/.exec(name)?.[1])

function call(action: string, id: string, type: string, { attributes }: OtelRecord): Call {
  const resource = { id: resourceIdOf(id) ?? type, type }
  return { action: action.slice(0, ID_LENGTH_MAX), resource, volume: volumeOf(attributes) }
}

function operationOf({ attributes, name, signal }: OtelRecord): string | undefined {
  const named = textOf(attributes['gen_ai.operation.name'])
  if (named !== undefined) return named.replace(/[^\w-]+/g, '_')
  if (MODEL_EVENTS.has(name)) return 'chat'
  if (signal === 'log') return undefined
  if (attributes['gen_ai.tool.name'] !== undefined) return 'execute_tool'
  if (modelOf(attributes) === undefined) return undefined
  return REQUEST_TYPES[textOf(attributes['llm.request.type']) ?? 'chat'] ?? 'chat'
}

export const modelOf = (attributes: Fields): string | undefined =>
  textOf(attributes['gen_ai.request.model']) ?? textOf(attributes['gen_ai.response.model'])

const providerOf = (attributes: Fields): string =>
  textOf(attributes['gen_ai.provider.name']) ?? textOf(attributes['gen_ai.system']) ?? 'unnamed'

/** Tokens in and out count as records; what a tool answered and what was retrieved, as they are. */
function volumeOf(attributes: Fields): RawEvent['volume'] {
  const tokensIn = amountOf(
    attributes['gen_ai.usage.input_tokens'] ?? attributes['gen_ai.usage.prompt_tokens'],
  )
  const tokensOut = amountOf(
    attributes['gen_ai.usage.output_tokens'] ?? attributes['gen_ai.usage.completion_tokens'],
  )
  const isCounted = tokensIn !== undefined || tokensOut !== undefined
  const documents = listOf(attributes['gen_ai.retrieval.documents']).length
  const answer = attributes['gen_ai.tool.call.result']
  return withoutBlanks({
    bytes:
      amountOf(attributes['tool.result.bytes']) ??
      (answer === undefined || answer === null ? undefined : sizeOf(answer)),
    records: isCounted ? (tokensIn ?? 0) + (tokensOut ?? 0) : documents || undefined,
  })
}

const sizeOf = (answer: unknown): number =>
  Buffer.byteLength(typeof answer === 'string' ? answer : JSON.stringify(answer))
