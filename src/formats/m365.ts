/**
 * Microsoft 365 unified audit: Copilot, its agents, and apps at work in Exchange, SharePoint, Teams
 * and Entra. Management Activity API arrays, lines of records, Purview CSV exports (`AuditData`
 * column) and Graph audit log queries (`auditData`) all carry the same record.
 *
 * What an agent is here: a record's agent or AI app; Copilot itself, by host application, where no
 * agent is named; an app or service principal, whether it acts for itself or for a person. What
 * people do themselves is skipped: in a browser or in Microsoft's own clients (Outlook, Teams,
 * Office, OneDrive), signing in, or administering. So is what Microsoft 365 does by itself.
 *
 * Source  "Office 365 Management Activity API schema" and "CopilotInteraction", Microsoft Learn.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import {
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
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'
import { m365Actor } from './text/m365-actor.ts'
import { m365Outcome, m365Resource, m365Volume, resourcesAccessed } from './text/m365-record.ts'

/** Longest `AuditData` column that is parsed, in characters; Microsoft's own limit is 32,767. */
const AUDIT_DATA_LENGTH_MAX = 1_048_576

export const m365: Format = {
  name: 'm365',
  title: 'Microsoft 365 unified audit',

  /** A page of the Graph API. */
  unwrap(document) {
    if (!isFields(document) || !Array.isArray(document.value)) return undefined
    const isPage = document['@odata.context'] !== undefined || document.value.some(isRecord)
    return isPage ? document.value : undefined
  },

  recognises: isRecord,

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'a Microsoft 365 audit record', outer)
    const record = innerOf(outer)
    if (record === undefined) return reject('$.AuditData', 'a JSON object', auditDataOf(outer))

    const id = idOf(field(record, 'Id')) ?? idOf(field(outer, 'Identity')) ?? idOf(outer.id)
    if (id === undefined) return reject('$.Id', 'an id', field(record, 'Id'))
    const time =
      utcTimeOf(field(record, 'CreationTime')) ??
      utcTimeOf(field(outer, 'CreationDate')) ??
      utcTimeOf(outer.createdDateTime)
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.CreationTime', 'a time', field(record, 'CreationTime'))
    }
    const operation = oneWord(nameIn(record, 'Operation'))
    if (operation === '') return reject('$.Operation', 'an operation', field(record, 'Operation'))

    const actor = m365Actor(record)
    if ('skip' in actor) return skip(actor.skip)

    const workload = oneWord(nameIn(record, 'Workload') ?? 'm365').toLowerCase()
    const shared = {
      time,
      agent: actor.agent,
      ...withoutBlanks({
        onBehalfOf: actor.onBehalfOf,
        source: withoutBlanks({ ip: addressIn(record), userAgent: userAgentIn(record) }),
        session: sessionIn(record),
        trigger: triggerOf(record),
      }),
    }
    const accessed = resourcesAccessed(record)
    if (accessed.length === 0) {
      const event: RawEvent = {
        id,
        ...shared,
        action: `${workload}.${operation}`.slice(0, 256),
        resource: m365Resource(workload, record),
        ...m365Outcome(record, operation),
        ...withoutBlanks({ volume: m365Volume(record) }),
      }
      return { kind: 'events', events: [event] }
    }
    const events = accessed.map(({ action, resource, outcome }, index): RawEvent => {
      const own = index === 0 ? id : `${id.slice(0, 248)}#${index}`
      const verb = oneWord(action) || operation
      const event = { id: own, ...shared, action: `${workload}.${verb}`.slice(0, 256), resource }
      const volume = index === 0 ? m365Volume(record) : undefined
      return { ...event, ...outcome, ...withoutBlanks({ volume }) }
    })
    return { kind: 'events', events }
  },
}

function isRecord(record: unknown): boolean {
  if (!isFields(record)) return false
  if (auditDataOf(record) !== undefined) return true
  return (
    typeof field(record, 'Operation') === 'string' &&
    field(record, 'CreationTime') !== undefined &&
    (field(record, 'RecordType') !== undefined || field(record, 'UserId') !== undefined)
  )
}

/** Purview writes `AuditData` as text, Graph `auditData` as an object. */
const auditDataOf = (outer: Fields): unknown => outer.auditData ?? field(outer, 'AuditData')

/** The audit record inside an export's row or a query's answer, or the record itself. */
function innerOf(outer: Fields): Fields | undefined {
  const inner = auditDataOf(outer)
  if (inner === undefined || inner === null) return outer
  if (isFields(inner)) return inner
  if (typeof inner !== 'string' || inner.length > AUDIT_DATA_LENGTH_MAX) return undefined
  try {
    const parsed: unknown = JSON.parse(inner)
    return isFields(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const addressIn = (record: Fields): string | undefined =>
  ipOf(field(record, 'ClientIP')) ??
  ipOf(field(record, 'ClientIPAddress')) ??
  ipOf(field(record, 'ActorIpAddress'))

/** Entra keeps it among the extended properties. */
function userAgentIn(record: Fields): string | undefined {
  const own = userAgentOf(field(record, 'UserAgent') ?? field(record, 'ClientInfoString'))
  if (own !== undefined) return own
  const listed = listOf(field(record, 'ExtendedProperties')).find(
    (property) => fieldsOf(property).Name === 'UserAgent',
  )
  return userAgentOf(fieldsOf(listed).Value)
}

const sessionIn = (record: Fields): string | undefined =>
  nameIn(fieldsOf(field(record, 'CopilotEventData')), 'ThreadId') ??
  nameIn(fieldsOf(field(record, 'AppAccessContext')), 'AADSessionId') ??
  nameIn(record, 'SessionId')

/** Type number of a scheduled Copilot prompt, which nobody types at the time it runs. */
const SCHEDULED_PROMPT = '363'

/** What set Copilot off. Microsoft's own findings of an attack by prompt are kept beside it. */
function triggerOf(record: Fields): RawEvent['trigger'] {
  if (textOf(field(record, 'RecordType')) === SCHEDULED_PROMPT) return { kind: 'schedule' }
  const data = fieldsOf(field(record, 'CopilotEventData'))
  const said = listOf(field(data, 'Messages')).map(fieldsOf)
  if (!said.some((message) => message.isPrompt === true)) return undefined
  const isJailbreak = said.some((message) => message.JailbreakDetected === true)
  const isInjected = listOf(field(data, 'AccessedResources')).some(
    (resource) => fieldsOf(resource).XPIADetected === true,
  )
  return {
    kind: 'prompt',
    ...(isJailbreak && { jailbreakDetected: true }),
    ...(isInjected && { injectionDetected: true }),
  }
}
