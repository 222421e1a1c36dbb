/**
 * OpenTelemetry GenAI: calls of models, tools, agents and MCP servers, as spans and as events of the
 * logs, in both generations of attribute names and in Agent 365's; and what Claude Code, Codex and Gemini
 * CLI log. OTLP/JSON documents, lines of the Collector's file exporter, and single spans of SDK consoles,
 * Application Insights and column stores.
 *
 * An agent is what `gen_ai.agent.id` says; one that has a name only is that name within its service; a
 * span that names none belongs to the agent of the nearest ancestor in the same document, and else to its
 * service. The coding agents are an agent for each user. A trace is a session. A log event of a call has
 * the id of the call's span, so that a call told twice counts once. Prompts leave a digest and the size of
 * answers; no text of either is kept.
 *
 * Source    "Semantic conventions for generative AI", OpenTelemetry, up to 1.36 and from 1.37;
 *           "Agent 365 observability", Microsoft Learn; for the coding agents, text/otel-coding.ts.
 * Blind to  Agents of spans whose run came in another document: those count for their service.
 */
import type { RawEvent } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  errorOf,
  type Fields,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  momentOf,
  reject,
  skip,
  textOf,
  userAgentOf,
  withoutBlanks,
} from './text/fields.ts'
import { modelOf, otelCall } from './text/otel-call.ts'
import { inWordsOfGenAi } from './text/otel-coding.ts'
import { otelAgentId, recordsOfDocument, serviceOf } from './text/otel-document.ts'
import { asOtelRecord, isOtelRecord, type OtelRecord } from './text/otel-record.ts'
import { digestOf, promptDigest } from './text/prompt.ts'
import { isRefusal } from './text/refused.ts'

export const otelGenai: Format = {
  name: 'otel-genai',
  title: 'OpenTelemetry GenAI',
  carriesPrompts: true,
  unwrap: recordsOfDocument,
  recognises: isOtelRecord,

  translate(raw) {
    if (!isFields(raw)) return reject('$', 'a span or a log record', raw)
    const record = inWordsOfGenAi(asOtelRecord(raw))
    const { attributes, path, traceId, spanId, time, timeField } = record
    const agent = agentOf(record)
    const call = otelCall(record, agent?.id ?? 'unnamed')
    if ('skip' in call) return skip(call.skip)
    if (agent === undefined) return skip('no agent named')

    const isSpan = record.signal === 'span'
    if (isSpan && traceId === undefined) {
      return reject(`${path}.traceId`, 'the id of a trace', raw.traceId)
    }
    if (isSpan && spanId === undefined) {
      return reject(`${path}.spanId`, 'the id of a span', raw.spanId)
    }
    const id = ownId(record)
    if (id === undefined) return reject(`${path}.spanId`, 'a short id', spanId)
    const at = momentOf(time)
    if (at === undefined) return reject(`${path}.${timeField}`, 'a time', time)

    const event: RawEvent = {
      id,
      time: at,
      agent,
      action: call.action,
      resource: call.resource,
      ...outcomeOf(record),
      ...withoutBlanks({
        onBehalfOf: userOf(attributes),
        volume: call.volume,
        source: withoutBlanks({
          ip: ipOf(attributes['client.address']),
          userAgent: userAgentOf(attributes['user_agent.original']),
        }),
        session: traceId ?? textOf(attributes['gen_ai.conversation.id']),
        trigger: triggerOf(record),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

/** A log event of a call is known by the call's span, and one that has none by what it says. */
function ownId({ traceId, spanId, time, name, attributes }: OtelRecord): string | undefined {
  if (traceId !== undefined && spanId !== undefined) return idOf(`${traceId}:${spanId}`)
  return digestOf(JSON.stringify([time, name, attributes]))
}

function agentOf({ attributes, resource }: OtelRecord): RawEvent['agent'] | undefined {
  const id = otelAgentId(attributes, resource)
  if (id === undefined) return undefined
  const name = textOf(attributes['gen_ai.agent.name'])
  const blueprint =
    textOf(attributes['microsoft.a365.agent.blueprint.id']) ?? serviceOf(resource) ?? name
  const version = textOf(attributes['gen_ai.agent.version']) ?? textOf(resource['service.version'])
  const model = modelOf(attributes)
  return { id, ...withoutBlanks({ name, blueprint, version, model }) }
}

const userOf = (attributes: Fields): string | undefined =>
  textOf(attributes['user.email']) ??
  textOf(attributes['user.id']) ??
  textOf(attributes['enduser.id'])

/** For a run, the agent that asked for it, where one is named; else the prompt, where it was recorded. */
function triggerOf({ attributes, caller, happenings, body, name, signal }: OtelRecord) {
  const isStart = attributes['gen_ai.operation.name'] === 'invoke_agent'
  const known = textOf(attributes['microsoft.a365.caller.agent.id']) ?? caller
  const agent = isStart ? known : undefined
  const digest =
    promptDigest(attributes['gen_ai.input.messages']) ??
    promptDigest(attributes['gen_ai.prompt']) ??
    promptDigest(openLlmetryPrompts(attributes)) ??
    promptDigest(happenings.flatMap(promptOf)) ??
    (signal === 'log' && name !== 'gen_ai.choice'
      ? promptDigest(fieldsOf(body)['gen_ai.input.messages'])
      : undefined)
  if (agent !== undefined) return { kind: 'agent', id: agent, ...withoutBlanks({ digest }) }
  return digest === undefined ? undefined : { kind: 'prompt', digest }
}

/** `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`, and so on. */
function openLlmetryPrompts(attributes: Fields): readonly unknown[] {
  const prompts: unknown[] = []
  for (let at = 0; at < 256; at++) {
    const content = attributes[`gen_ai.prompt.${at}.content`]
    if (content === undefined) break
    prompts.push({ role: attributes[`gen_ai.prompt.${at}.role`], content })
  }
  return prompts
}

/** The prompts of the older generation are events of the span. */
function promptOf({ name, attributes }: Fields): readonly unknown[] {
  const said = fieldsOf(attributes)
  if (name === 'gen_ai.user.message') return [{ role: 'user', content: said.content ?? '' }]
  const prompt = said['gen_ai.input.messages'] ?? said['gen_ai.prompt']
  return prompt === undefined ? [] : [{ role: 'user', content: String(prompt) }]
}

function outcomeOf(record: OtelRecord): Pick<RawEvent, 'outcome' | 'error'> {
  const { attributes, isError, message } = record
  const type = textOf(attributes['error.type'])
  const status = textOf(attributes['http.response.status_code'])
  const reasons = attributes['gen_ai.response.finish_reasons']
  const isFiltered = (Array.isArray(reasons) ? reasons : [reasons]).includes('content_filter')
  if (isFiltered) return { outcome: 'denied', error: 'content_filter' }
  if (type === undefined && !isError) return { outcome: 'success' }
  const error = errorOf([type, message].filter(Boolean).join(': ')) ?? 'failed'
  const isDenied = isRefusal(`${status ?? ''} ${error}`)
  return { outcome: isDenied ? 'denied' : 'failure', error }
}
