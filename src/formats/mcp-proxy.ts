/**
 * MCP proxies and gateways: calls of tools, resources and prompts as a proxy between agents and servers
 * writes them down. Records that wrap the message of JSON-RPC, or spell out its parts: Cloudflare MCP
 * portals, Azure API Management, Golf, Obot and recorders of messages.
 *
 * The agent is what the proxy says it is, or the client of OAuth; a client program that many use is an
 * agent for each user, with the program as blueprint. A browser is a person. Answers that have a record of
 * their own are skipped: which call they answer, no record says alone.
 *
 * Source    Model Context Protocol 2025-11-25; "MCP Portal Logs", Cloudflare Logpush;
 *           "ApiManagementGatewayMCPLog", Azure Monitor; "Audit log schema", Golf Gateway.
 * Blind to  How a call ended, where the proxy writes the answer apart.
 */
import type { RawEvent } from '../event/event.ts'
import { NAME_LENGTH_MAX } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  type Fields,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  listOf,
  momentOf,
  reject,
  skip,
  textOf,
  userAgentOf,
  withoutBlanks,
} from './text/fields.ts'
import { mcpBytes, mcpCall, mcpOutcome } from './text/mcp-call.ts'
import { isMcpRecord, type McpRecord, mcpRecordOf, saidIn } from './text/mcp-record.ts'
import { digestOf, promptDigest } from './text/prompt.ts'

const CHATTER = /^(?:ping$|notifications\/)/
const TIMES = ['timestamp', 'time', 'ts', 'Datetime', 'TimeGenerated', 'startedAt', 'createdAt']
const IDS = ['event_id', 'eventId', 'log_id', 'id', 'request_id', 'requestId', 'CorrelationId']
const AGENTS = ['agent.id', 'agent_id', 'agentId', 'client_id', 'clientId', 'clientID']
const NAMES = ['agent.name', 'agent_name', 'agentName']
const CLIENTS = ['client_info.name', 'clientInfo.name', 'client.name', 'ClientName', 'client_name']
const VERSIONS = ['client_info.version', 'clientInfo.version', 'client.version', 'ClientVersion']
const AGENT_STRINGS = ['user_agent', 'userAgent', 'UserAgent']
const USERS = [
  ...['user.email', 'user.sub', 'user.id', 'user_email', 'userEmail', 'UserEmail', 'user_id'],
  ...['userId', 'UserID', 'userID', 'userAccountId', 'user'],
]
const SESSIONS = ['session_id', 'sessionId', 'SessionID', 'SessionId', 'sessionID', 'mcpSessionId']
const ADDRESSES = ['client_ip', 'clientIp', 'ClientIP', 'clientIP', 'remote_addr', 'ip']

export const mcpProxy: Format = {
  name: 'mcp-proxy',
  title: 'MCP proxies and gateways',
  carriesPrompts: true,

  /** A page of an API whose items are such records. */
  unwrap(document) {
    if (!isFields(document) || !Array.isArray(document.items)) return undefined
    return document.items.some(isMcpRecord) ? document.items : undefined
  },

  recognises: isMcpRecord,

  translate(record) {
    if (!isFields(record)) return reject('$', 'a record of an MCP proxy', record)
    const mcp = mcpRecordOf(record)
    if (mcp.isAnswer) return skip('the answer to a call')
    if (mcp.method === undefined) return skip('no call of MCP')
    if (CHATTER.test(mcp.method)) return skip('chatter of MCP')
    const user = saidIn(record, USERS)
    const userAgent = saidIn(record, AGENT_STRINGS)
    const agent = agentOf(record, mcp, user, userAgent)
    if ('skip' in agent) return skip(agent.skip)

    const timeField = TIMES.find((name) => record[name] !== undefined) ?? 'timestamp'
    const time = momentOf(record[timeField])
    if (time === undefined) return reject(`$.${timeField}`, 'a time', record[timeField])
    const prompt = promptDigest(mcp.params.messages)
    const event: RawEvent = {
      // Not every proxy numbers its records. The same record is the same text.
      id: ownId(record) ?? digestOf(JSON.stringify(record)),
      time,
      agent: agent.agent,
      ...mcpCall(record, mcp.method, mcp.params),
      ...mcpOutcome(record, mcp),
      ...withoutBlanks({
        onBehalfOf: user,
        volume: withoutBlanks({ bytes: mcpBytes(record, mcp) }),
        source: withoutBlanks({
          ip: ipOf(saidIn(record, ADDRESSES)),
          country: textOf(record.ClientCountry)?.toUpperCase(),
          userAgent: userAgentOf(userAgent),
        }),
        session: saidIn(record, SESSIONS),
        trigger: prompt === undefined ? undefined : { kind: 'prompt', digest: prompt },
        permission: withoutBlanks({ granted: scopesOf(record) }),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

/** Numbers are ids of JSON-RPC, which begin anew with each session. */
function ownId(record: Fields): string | undefined {
  if (record.jsonrpc !== undefined) return undefined
  const name = IDS.find((each) => typeof record[each] === 'string')
  return name === undefined ? undefined : idOf(record[name])
}

function agentOf(
  record: Fields,
  mcp: McpRecord,
  user: string | undefined,
  userAgent: string | undefined,
): { readonly agent: RawEvent['agent'] } | { readonly skip: string } {
  if (userAgent?.startsWith('Mozilla/')) return { skip: "a person's own call" }
  const initialized = fieldsOf(mcp.params.clientInfo)
  const client =
    saidIn(record, CLIENTS) ?? textOf(initialized.name) ?? textOf(userAgent?.split(/[/\s(]/)[0])
  const version = saidIn(record, VERSIONS) ?? textOf(initialized.version)
  const known = saidIn(record, AGENTS)
  const id = known ?? [client, client === undefined ? undefined : user].filter(Boolean).join('/')
  if (id === '') return { skip: 'no agent named' }
  const name = saidIn(record, NAMES)
  return {
    agent: {
      id: id.slice(0, NAME_LENGTH_MAX),
      ...withoutBlanks({ name, blueprint: client, version }),
    },
  }
}

function scopesOf(record: Fields): string[] | undefined {
  const listed = listOf(fieldsOf(record.authentication).scopes ?? record.scopes).slice(0, 1_000)
  const scopes = listed.map((scope) => textOf(scope)).filter((scope) => scope !== undefined)
  return scopes.length === 0 ? undefined : scopes
}
