/**
 * Azure activity: what is done to the resources of a subscription, and within storage accounts and
 * key vaults. Diagnostic settings and Event Hubs, rows of `AzureActivity`.
 *
 * An agent is a service principal or managed identity that acts, or an application that acts for a
 * person. Skipped is what people do with Microsoft's own clients, what Azure reports of itself, and
 * the beginning of an operation, whose end is logged too.
 *
 * `MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE` is `compute.virtualmachines.write`, as the case of it
 * differs by who writes the log; the resource's path begins with its subscription.
 *
 * Source  "Azure activity log event schema", "Azure Key Vault logging", "Azure Storage monitoring
 *         data reference" and "AzureActivity", Microsoft Learn.
 */
import { createHash } from 'node:crypto'
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import { azureActor } from './text/azure-actor.ts'
import { azureBytes, azureOutcome } from './text/azure-outcome.ts'
import {
  type AzureRecord,
  azureRecordOf,
  column,
  fieldsIn,
  textAmong,
  timeIn,
  unwrapAzure,
} from './text/azure-record.ts'
import { azureResource } from './text/azure-resource.ts'
import {
  type Fields,
  idOf,
  ipOf,
  isFields,
  oneWord,
  reject,
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'

/** Categories of what somebody does, and the table of Log Analytics. */
const LOG = /^(?:administrative|azureactivity|storage(?:read|write|delete)|auditevent)$/
/** Categories of what Azure finds out or does by itself. */
const REPORT =
  /^(?:alert|autoscale|policy|recommendation|resourcehealth|security|servicehealth|maintenance)$/
const BEGUN = /^(?:start|accept)/i

export const azureActivity: Format = {
  name: 'azure-activity',
  title: 'Azure activity log',
  unwrap: (document) => unwrapAzure(document, isActivity),
  recognises: isActivity,

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'a record of the Azure activity log', outer)
    const record = azureRecordOf(outer)
    const category = categoryOf(record)
    if (REPORT.test(category)) return skip('what Azure reports by itself')
    if (category !== '' && !LOG.test(category)) return skip('of another log')
    const status = statusOf(outer)
    if (BEGUN.test(status)) return skip('the beginning of an operation, whose end is logged too')
    const actor = azureActor(outer)
    if ('skip' in actor) return skip(actor.skip)

    const time = utcTimeOf(column(outer, 'eventTimestamp')) ?? timeIn(record)
    if (typeof time !== 'string' || timeToMs(time) === undefined) {
      return reject('$.time', 'a time', column(outer, 'time'))
    }
    const operation = operationOf(outer)
    if (operation === undefined) {
      return reject('$.operationName', 'an operation', column(outer, 'operationName'))
    }
    const resource = azureResource(outer, fieldsIn(outer, 'properties'))
    if (resource === undefined) {
      return reject('$.resourceId', 'a resource', column(outer, 'resourceId'))
    }
    const { agent, onBehalfOf, session, role } = actor
    const properties = fieldsIn(outer, 'properties')
    const event: RawEvent = {
      id: eventId(record, [time, operation, status, resource.id, agent.id]),
      time,
      agent,
      action: actionOf(operation, resource.type),
      resource,
      ...azureOutcome(outer, properties, status),
      ...withoutBlanks({
        onBehalfOf,
        volume: withoutBlanks({ bytes: azureBytes(properties) }),
        source: withoutBlanks({
          ip: ipOf(
            column(outer, 'callerIpAddress') ?? fieldsIn(outer, 'httpRequest').clientIpAddress,
          ),
          userAgent: userAgentOf(properties.userAgentHeader ?? properties.clientInfo),
        }),
        session,
        permission: withoutBlanks({
          used: operation.includes('/') ? operation : undefined,
          granted: role === undefined ? undefined : [role],
        }),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isActivity(record: unknown): boolean {
  if (!isFields(record)) return false
  const category = categoryOf(azureRecordOf(record))
  if (!LOG.test(category) && !REPORT.test(category)) return false
  const id = textAmong(record, 'resourceId', '_ResourceId')
  return operationOf(record) !== undefined && !/microsoft\.aadiam/i.test(id ?? '')
}

/** Of a row of Log Analytics the category has a column of its own. */
const categoryOf = ({ outer, log }: AzureRecord): string =>
  (textOf(valueIn(outer, 'category')) ?? log).toLowerCase()

/** Where its API writes `{"value": …}`, Log Analytics has a column of that name. */
function valueIn(outer: Fields, name: string): unknown {
  const named = column(outer, `${name}Value`) ?? column(outer, name)
  return isFields(named) ? named.value : named
}

function operationOf(outer: Fields): string | undefined {
  const operation = idOf(valueIn(outer, 'operationName'))
  return operation?.includes('/') ? operation.toLowerCase() : operation
}

const statusOf = (outer: Fields): string =>
  textOf(valueIn(outer, 'status')) ??
  textAmong(outer, 'activityStatusValue', 'resultType', 'statusText') ??
  ''

/** `microsoft.compute/virtualmachines/write` → `compute.virtualmachines.write` */
function actionOf(operation: string, type: string | undefined): string {
  const parts = operation
    .replace(/^microsoft\./, '')
    .split('/')
    .map(oneWord)
    .filter(Boolean)
  if (parts.length > 1) return parts.join('.')
  const service = type?.replace(/^microsoft\./, '').split('/')[0] ?? 'azure'
  return `${service}.${parts[0] ?? 'call'}`.slice(0, 256)
}

/**
 * Exports of a diagnostic setting carry no id of an event, so that one is made of all that tells it
 * from others. A second delivery has the same.
 */
function eventId({ outer }: AzureRecord, parts: readonly string[]): string {
  const properties = fieldsIn(outer, 'properties')
  const given =
    idOf(column(outer, 'eventDataId')) ??
    idOf(column(properties, 'eventDataId')) ??
    idOf(column(fieldsIn(outer, 'properties_d'), 'eventDataId'))
  if (given !== undefined) return given
  const correlation = textAmong(outer, 'correlationId') ?? ''
  const request = textAmong(properties, 'clientRequestId', 'serviceRequestId') ?? ''
  const digest = createHash('sha256').update(JSON.stringify([correlation, request, ...parts]))
  return digest.digest('hex')
}
