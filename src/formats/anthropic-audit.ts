/**
 * Anthropic compliance activity: what happens in an organisation of Claude, as pages of the Compliance
 * API or lines of activities.
 *
 * What an agent is here: a key of the API, a key of the Admin API, a service account, and any other
 * actor that has an id and is neither a person nor Anthropic. What people do themselves is skipped, as
 * are Anthropic's own doings and what a directory synchronises.
 *
 * Source  "Query the Activity Feed", Compliance API, Claude Platform Docs.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  errorOf,
  type Fields,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  nameIn,
  reject,
  resourceIdOf,
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'

/** Actors that are no agents, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  user: "a person's own action",
  unauthenticated_user: 'somebody who has not signed in',
  anthropic: 'Anthropic acting by itself',
  system: 'Anthropic acting by itself',
  scim_directory_sync: 'a directory being synchronised',
}

export const anthropicAudit: Format = {
  name: 'anthropic-audit',
  title: 'Anthropic compliance activity',

  /** A page of the API. */
  unwrap(document) {
    if (!isFields(document) || !Array.isArray(document.data)) return undefined
    return document.data.some(isRecord) ? document.data : undefined
  },

  recognises: isRecord,

  translate(record) {
    if (!isFields(record)) return reject('$', 'an activity', record)
    const actor = fieldsOf(record.actor)
    const kind = textOf(actor.type)?.replace(/_actor$/, '')
    if (kind === undefined) return skip('no principal')
    if (Object.hasOwn(OTHERS, kind)) return skip(OTHERS[kind]!)
    const name = kind === 'api' ? 'api_key' : kind
    const agentId = nameIn(actor, `${name}_id`)
    if (agentId === undefined) return skip('no principal')

    const id = idOf(record.id)
    if (id === undefined) return reject('$.id', 'an id', record.id)
    const time = utcTimeOf(record.created_at)
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.created_at', 'a time', record.created_at)
    }
    const type = textOf(record.type)
    const action = type === undefined ? undefined : idOf(`anthropic.${type}`)
    if (type === undefined || action === undefined) {
      return reject('$.type', 'the type of an activity', record.type)
    }
    const event: RawEvent = {
      id,
      time,
      agent: { id: agentId, blueprint: `anthropic/${name}`.slice(0, 512) },
      action,
      resource: resourceOf(record),
      ...outcomeOf(type, record),
      ...withoutBlanks({
        source: withoutBlanks({
          ip: ipOf(actor.ip_address),
          userAgent: userAgentOf(actor.user_agent),
        }),
        session: nameIn(record, 'session_id'),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isRecord(record: unknown): boolean {
  if (!isFields(record) || typeof record.type !== 'string') return false
  const { type } = fieldsOf(record.actor)
  return record.created_at !== undefined && typeof type === 'string' && type.endsWith('_actor')
}

/** Ids that say where something lies rather than what it is. */
const PLACES = new Set(['id', 'organization_id', 'session_id', 'claude_project_id', 'workspace_id'])

/** `claude_proj_1/claude_chat/claude_chat_2`: project, workspace or organisation, then the thing. */
function resourceOf(record: Fields): RawEvent['resource'] {
  const where =
    textOf(record.claude_project_id) ??
    textOf(record.workspace_id) ??
    textOf(record.organization_id) ??
    'organization'
  // What a role is for says more than whom it is given to, which comes first.
  const keys = ['resource_id', ...Object.keys(record)]
  for (const key of keys) {
    const id = textOf(record[key])
    if (!key.endsWith('_id') || PLACES.has(key) || id === undefined) continue
    const kind = key === 'resource_id' ? textOf(record.resource_type) : undefined
    const type = kind ?? (textOf(key.slice(0, -'_id'.length)) || 'resource')
    return { id: resourceIdOf(`${where}/${type}/${id}`) ?? where, type }
  }
  return { id: where, type: 'organization' }
}

function outcomeOf(type: string, record: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  const end = /_(failed|denied|blocked|rejected)$/.exec(type)?.[1]
  if (end === undefined) return { outcome: 'success' }
  const error = errorOf(record.error_message) ?? errorOf(record.reason) ?? end
  return { outcome: end === 'failed' ? 'failure' : 'denied', error }
}
