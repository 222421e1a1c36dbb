/** The spans and log records of an OTLP document, each with what its ancestors say of its agent. */
import { NAME_LENGTH_MAX } from '../../event/event.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, textOf } from './fields.ts'
import { attributesOf } from './otel-attributes.ts'
import { type OtelRecord, recordOf } from './otel-record.ts'

/** Most ancestors of a span that are asked. */
const ANCESTORS_MAX = 64
/** What a span has from the nearest ancestor that names an agent, where it names none itself. */
const OF_AGENT = [
  'gen_ai.agent.id',
  'gen_ai.agent.name',
  'gen_ai.agent.version',
  'microsoft.a365.agent.blueprint.id',
]
/** What it has from the nearest ancestor that tells, whichever agent that is of. */
const OF_RUN = ['user.id', 'user.email', 'enduser.id', 'client.address', 'user_agent.original']

/** The records of a document, or undefined where it is none of OTLP. */
export function recordsOfDocument(document: unknown): OtelRecord[] | undefined {
  if (!isFields(document)) return undefined
  if (!Array.isArray(document.resourceSpans) && !Array.isArray(document.resourceLogs)) {
    return undefined
  }
  return withAncestors([
    ...gathered(document, 'resourceSpans', 'scopeSpans', 'spans'),
    ...gathered(document, 'resourceLogs', 'scopeLogs', 'logRecords'),
  ])
}

function gathered(document: Fields, top: string, middle: string, bottom: string): OtelRecord[] {
  return listOf(document[top]).flatMap((group, first) => {
    const resource = attributesOf(fieldsOf(fieldsOf(group).resource).attributes)
    return listOf(fieldsOf(group)[middle]).flatMap((scope, second) =>
      listOf(fieldsOf(scope)[bottom]).map((record, third) => {
        const path = `$.${top}[${first}].${middle}[${second}].${bottom}[${third}]`
        return recordOf(fieldsOf(record), path, resource)
      }),
    )
  })
}

/** Spans come child first, and often only the span of the run names the agent. */
function withAncestors(records: readonly OtelRecord[]): OtelRecord[] {
  const bySpan = new Map<string, OtelRecord>()
  for (const record of records) {
    if (record.signal === 'span' && record.spanId !== undefined) {
      bySpan.set(`${record.traceId}:${record.spanId}`, record)
    }
  }
  return records.map((record) => {
    const ancestors = ancestorsOf(record, bySpan)
    if (ancestors.length === 0) return record
    const attributes: Record<string, unknown> = Object.assign(
      Object.create(null),
      record.attributes,
    )
    let caller: string | undefined
    for (const ancestor of ancestors) {
      for (const key of OF_RUN) attributes[key] ??= ancestor.attributes[key]
      const named = agentNamedBy(ancestor.attributes)
      const known = agentNamedBy(attributes)
      if (named === undefined || named === known) continue
      if (known === undefined)
        for (const key of OF_AGENT) attributes[key] ??= ancestor.attributes[key]
      else caller ??= otelAgentId(ancestor.attributes, ancestor.resource)
    }
    return { ...record, attributes, caller }
  })
}

/** From the nearest to the farthest, as far as they are in the same document. */
function ancestorsOf(record: OtelRecord, bySpan: ReadonlyMap<string, OtelRecord>): OtelRecord[] {
  const ancestors: OtelRecord[] = []
  let id = record.signal === 'log' ? record.spanId : record.parentId
  while (id !== undefined && ancestors.length < ANCESTORS_MAX) {
    const ancestor = bySpan.get(`${record.traceId}:${id}`)
    if (ancestor === undefined) break
    ancestors.push(ancestor)
    id = ancestor.parentId
  }
  return ancestors
}

const agentNamedBy = (attributes: Fields): string | undefined =>
  textOf(attributes['gen_ai.agent.id']) ?? textOf(attributes['gen_ai.agent.name'])

/** What an SDK calls a program that nobody has named. */
const UNNAMED_SERVICE = /^unknown_service/

export function serviceOf(resource: Fields): string | undefined {
  const name = textOf(resource['service.name'])
  return name === undefined || UNNAMED_SERVICE.test(name) ? undefined : name
}

/** An agent's id; where it has a name only, that is its own within its service. */
export function otelAgentId(attributes: Fields, resource: Fields): string | undefined {
  const service = serviceOf(resource)
  const id = idOf(attributes['gen_ai.agent.id'], NAME_LENGTH_MAX)
  const name = textOf(attributes['gen_ai.agent.name'])
  if (id !== undefined || name === undefined) return id ?? service
  return service === undefined ? name : `${service}/${name}`.slice(0, NAME_LENGTH_MAX)
}
