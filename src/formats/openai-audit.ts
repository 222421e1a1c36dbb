/**
 * OpenAI organisation audit log: keys, roles, projects and settings of an organisation, as pages of the
 * API or lines of records.
 *
 * What an agent is here: a service account, whichever of its keys it uses; and a key that a person has
 * made for a program, which acts on that person's behalf. What people do in their own sessions is skipped.
 *
 * Source  "Audit logs", OpenAI API reference.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  amountOf,
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
  withoutBlanks,
} from './text/fields.ts'

const OBJECT = 'organization.audit_log'

export const openaiAudit: Format = {
  name: 'openai-audit',
  title: 'OpenAI organisation audit log',

  /** A page of the API. */
  unwrap(document) {
    if (!isFields(document) || document.object !== 'list') return undefined
    if (!Array.isArray(document.data)) return undefined
    return document.data.length === 0 || document.data.some(isRecord) ? document.data : undefined
  },

  recognises: isRecord,

  translate(record) {
    if (!isFields(record)) return reject('$', 'an audit log record', record)
    const actor = fieldsOf(record.actor)
    if (actor.type === 'session') return skip("a person's own session")
    const key = fieldsOf(actor.api_key)
    const agent = agentOf(key)
    if (agent === undefined) return skip('no principal')

    const id = idOf(record.id)
    if (id === undefined) return reject('$.id', 'an id', record.id)
    const seconds = amountOf(record.effective_at)
    const time = seconds === undefined ? undefined : seconds * 1_000
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.effective_at', 'epoch seconds', record.effective_at)
    }
    const type = textOf(record.type)
    const action = type === undefined ? undefined : idOf(`openai.${type}`)
    if (type === undefined || action === undefined) {
      return reject('$.type', 'the type of an event', record.type)
    }
    const details = fieldsOf(record[type] ?? record[type.replaceAll('.', '_')])
    const user = fieldsOf(key.user)
    const event: RawEvent = {
      id,
      time,
      agent,
      action,
      resource: resourceOf(type, details, fieldsOf(record.project)),
      ...outcomeOf(type, details),
      ...withoutBlanks({
        onBehalfOf: nameIn(user, 'email') ?? nameIn(user, 'id'),
        source: withoutBlanks({
          ip: ipOf(key.ip_address),
          country: nameIn(fieldsOf(key.ip_address_details), 'country'),
          userAgent: userAgentOf(key.user_agent),
        }),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isRecord(record: unknown): boolean {
  if (!isFields(record) || typeof record.type !== 'string') return false
  return record.object === OBJECT || (record.effective_at !== undefined && isFields(record.actor))
}

function agentOf(key: Fields): RawEvent['agent'] | undefined {
  const account = fieldsOf(key.service_account)
  const accountId = nameIn(account, 'id')
  if (accountId !== undefined) {
    const name = nameIn(account, 'name')
    return { id: accountId, blueprint: 'openai/service-account', ...withoutBlanks({ name }) }
  }
  const userId = nameIn(fieldsOf(key.user), 'id')
  const id = nameIn(key, 'id') ?? (userId === undefined ? undefined : `${userId}/api-key`)
  return id === undefined ? undefined : { id: id.slice(0, 512), blueprint: 'openai/api-key' }
}

/** `proj_1/api_key/key_2`: the project, or the organisation, then the kind of thing and its id. */
function resourceOf(type: string, details: Fields, project: Fields): RawEvent['resource'] {
  const kind = textOf(type.split('.').slice(0, -1).join('.')) ?? 'organization'
  const id = textOf(details.id)
  const where = nameIn(project, 'id') ?? projectIn(details) ?? 'organization'
  const parts = where === id ? [where] : [where, kind, id]
  return { id: resourceIdOf(parts.filter(Boolean).join('/')) ?? kind, type: kind }
}

/** The project a role is assigned in. */
function projectIn(details: Fields): string | undefined {
  const isProject = /project$/.test(textOf(details.resource_type) ?? '')
  return isProject ? textOf(details.resource_id) : undefined
}

function outcomeOf(type: string, details: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  if (!type.endsWith('.failed')) return { outcome: 'success' }
  const said = [textOf(details.error_code), textOf(details.error_message)]
    .filter(Boolean)
    .join(': ')
  return { outcome: 'failure', error: errorOf(said) ?? 'failed' }
}
