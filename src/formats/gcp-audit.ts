/**
 * Google Cloud Audit Logs: calls of Google's APIs, as lines and arrays of log entries, pages of
 * `entries.list`, and messages of Pub/Sub.
 *
 * An agent is a service account, an agent identity or a workload that an identity pool vouches for.
 * Skipped are people, what Google does by itself, and the end of an operation that went well, whose
 * beginning was logged with the rights it took.
 *
 * `google.iam.admin.v1.CreateServiceAccountKey` is `iam.admin.CreateServiceAccountKey`, on a path
 * that begins with the service.
 *
 * Source  "Cloud Audit Logs overview", "AuditLog" and "Understanding audit logs", Google Cloud.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  field,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  listOf,
  nameIn,
  oneWord,
  reject,
  resourceIdOf,
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'
import { gcpActor } from './text/gcp-actor.ts'

/** Words of a method's name that say nothing: who made it, and which version it is. */
const SILENT = /^(?:google|cloud|io|k8s|alpha|beta|v\d[a-z\d]*)$/
/** `PERMISSION_DENIED` and `UNAUTHENTICATED`. */
const DENIED_CODES = new Set([7, 16])

export const gcpAudit: Format = {
  name: 'gcp-audit',
  title: 'Google Cloud Audit Logs',

  unwrap(document) {
    if (!isFields(document)) return undefined
    return Array.isArray(document.entries) ? document.entries : undefined
  },

  recognises(record) {
    if (!isFields(record)) return false
    const payload = fieldsOf(field(record, 'protoPayload'))
    return field(payload, 'methodName') !== undefined || field(payload, 'serviceName') !== undefined
  },

  translate(record) {
    if (!isFields(record)) return reject('$', 'a log entry', record)
    const payload = field(record, 'protoPayload')
    if (!isFields(payload)) return skip('no audit log')
    if (/%2Fsystem_event$/.test(nameIn(record, 'logName') ?? '')) {
      return skip('what Google Cloud does by itself')
    }
    const status = fieldsOf(field(payload, 'status'))
    const code = amountOf(status.code) ?? 0
    const operation = fieldsOf(field(record, 'operation'))
    if (operation.last === true && operation.first !== true && code === 0) {
      return skip('the end of an operation, whose beginning is logged too')
    }
    const actor = gcpActor(fieldsOf(field(payload, 'authenticationInfo')))
    if ('skip' in actor) return skip(actor.skip)

    const id = idOf(field(record, 'insertId'))
    if (id === undefined) return reject('$.insertId', 'an id', field(record, 'insertId'))
    const time = utcTimeOf(field(record, 'timestamp'))
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.timestamp', 'a time', field(record, 'timestamp'))
    }
    const service = serviceOf(payload)
    const action = actionOf(service, nameIn(payload, 'methodName'))
    if (action === undefined) {
      return reject('$.protoPayload.methodName', 'a method', field(payload, 'methodName'))
    }
    const request = fieldsOf(field(payload, 'requestMetadata'))
    const { permission, isRefused } = rightOf(payload)
    const isDenied = DENIED_CODES.has(code) || (code === 0 && isRefused)
    const error = errorOf(status.message) ?? (code === 0 ? undefined : `code ${code}`)
    const event: RawEvent = {
      id,
      time,
      agent: actor.agent,
      action,
      resource: resourceOf(service, record, payload),
      outcome: isDenied ? 'denied' : code === 0 ? 'success' : 'failure',
      ...withoutBlanks({
        error: isDenied || code !== 0 ? error : undefined,
        onBehalfOf: actor.onBehalfOf,
        volume: withoutBlanks({ records: amountOf(field(payload, 'numResponseItems')) }),
        source: withoutBlanks({
          ip: ipOf(field(request, 'callerIp') ?? request.callerIP),
          userAgent: userAgentOf(field(request, 'callerSuppliedUserAgent')),
        }),
        session: nameIn(record, 'trace'),
        trigger: actor.trigger,
        permission: withoutBlanks({ used: permission }),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

const serviceOf = (payload: Fields): string => {
  const [service = ''] = (nameIn(payload, 'serviceName') ?? '').split('.')
  return oneWord(service) || 'gcp'
}

function actionOf(service: string, method: string | undefined): string | undefined {
  const parts = (method ?? '')
    .split(/[./]/)
    .map(oneWord)
    .filter((part) => part !== '' && !SILENT.test(part))
  if (parts[0]?.toLowerCase() === service.toLowerCase()) parts.shift()
  return parts.length === 0 ? undefined : `${service}.${parts.join('.')}`.slice(0, 256)
}

/** The permission a call took: the one that was refused, where one was. */
function rightOf(payload: Fields): { permission: string | undefined; isRefused: boolean } {
  const checks = listOf(field(payload, 'authorizationInfo')).map(fieldsOf)
  const refused = checks.find((check) => check.granted === false)
  const right = refused ?? checks.find((check) => check.permission !== undefined)
  return { permission: textOf(right?.permission), isRefused: refused !== undefined }
}

/** `projects/_/buckets/pay/objects/may.csv` of storage → `storage/buckets/pay/objects/may.csv` */
function resourceOf(service: string, record: Fields, payload: Fields): RawEvent['resource'] {
  const place = fieldsOf(field(record, 'resource'))
  const labels = fieldsOf(field(place, 'labels'))
  const project = nameIn(labels, 'project_id')
  const named =
    resourceIdOf(field(payload, 'resourceName')) ??
    (project === undefined ? undefined : `projects/${project}`)
  const bare = named
    ?.replace(/^\/\/[^/]+\//, '')
    .replace(/^projects\/_\//, '')
    .replace(/^\/+/, '')
  const id = resourceIdOf([service, bare].filter(Boolean).join('/')) ?? service
  return { id, ...withoutBlanks({ type: nameIn(place, 'type') }) }
}
