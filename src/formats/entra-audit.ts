/**
 * Microsoft Entra directory audits: changes of applications, service principals, roles, consents and
 * policies that agents and applications make. Pages of Graph (`auditLogs/directoryAudits`),
 * diagnostic settings and Event Hubs, rows of Log Analytics.
 *
 * An agent is the application that began the change, the agent that carried it out for a person, or
 * an agent's own user. What people change themselves is skipped, agents among what they change.
 *
 * Where the change grants something, the resource's path ends in what was granted to it:
 * `ServicePrincipal/1a2b…/AppRole/RoleManagement.ReadWrite.Directory`.
 *
 * Source  "directoryAudit resource type", "auditActivityInitiator", "targetResource", and
 *         "Microsoft Entra Agent ID logs", Microsoft Learn.
 */
import type { RawEvent } from '../event/event.ts'
import type { Format } from './format.ts'
import {
  type AzureRecord,
  azureRecordOf,
  column,
  fieldsIn,
  occasionOf,
  textAmong,
  unwrapAzure,
} from './text/azure-record.ts'
import { entraAgent, isAgentic } from './text/entra-agent.ts'
import { entraTarget } from './text/entra-target.ts'
import {
  errorOf,
  type Fields,
  fieldsOf,
  ipOf,
  isFields,
  listOf,
  oneWord,
  parsedOf,
  reject,
  skip,
  userAgentOf,
  withoutBlanks,
} from './text/fields.ts'

const LOG = 'auditlogs'

export const entraAudit: Format = {
  name: 'entra-audit',
  title: 'Microsoft Entra directory audits',
  unwrap: (document) => unwrapAzure(document, isAudit),
  recognises: isAudit,

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'a directory audit of Entra', outer)
    const record = azureRecordOf(outer)
    const { said, path, log } = record
    if (log !== '' && !isAudit(outer)) return skip('of another log')
    const actor = actorOf(said)
    if (typeof actor === 'string') return skip(actor)

    const occasion = occasionOf(record, 'id', 'activityDateTime')
    if ('kind' in occasion) return occasion
    const activity = oneWord(activityOf(record))
    if (activity === '') {
      const came = column(said, 'activityDisplayName')
      return reject(`${path}.activityDisplayName`, 'an activity', came)
    }
    const { resource, kind, granted } = entraTarget(said)
    const user = fieldsOf(fieldsIn(said, 'initiatedBy').user)
    const event: RawEvent = {
      ...occasion,
      ...actor,
      action: ['entra', activity, kind].filter(Boolean).join('.').slice(0, 256),
      resource,
      ...outcomeOf(record),
      ...withoutBlanks({
        source: withoutBlanks({
          ip:
            ipOf(column(user, 'ipAddress')) ??
            ipOf(detailOf(said, /^(?:ipaddr|clientipaddress)$/i)) ??
            ipOf(column(outer, 'callerIpAddress')),
          userAgent: userAgentOf(column(said, 'userAgent') ?? detailOf(said, /^user-?agent$/i)),
        }),
        permission: granted.length === 0 ? undefined : { granted: [...granted] },
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isAudit(record: unknown): boolean {
  if (!isFields(record)) return false
  const { said, log } = azureRecordOf(record)
  if (log === LOG) return true
  return (
    column(said, 'initiatedBy') !== undefined &&
    (column(said, 'activityDateTime') !== undefined ||
      column(said, 'activityDisplayName') !== undefined)
  )
}

/** In Log Analytics the name of the activity is the operation's. */
const activityOf = ({ said, outer }: AzureRecord): string | undefined =>
  textAmong(said, 'activityDisplayName', 'operationName') ?? textAmong(outer, 'operationName')

/** The agent that acted and the person it acted for, or why there is none. */
function actorOf(said: Fields): Pick<RawEvent, 'agent' | 'onBehalfOf'> | string {
  const initiator = fieldsIn(said, 'initiatedBy')
  const app = fieldsOf(initiator.app)
  const user = fieldsOf(initiator.user)
  const performer = fieldsIn(said, 'performedBy')
  const onBehalfOf = textAmong(user, 'userPrincipalName', 'id')
  if (isAgentic(textAmong(performer, 'agentType'))) {
    const agent = entraAgent(
      undefined,
      textAmong(performer, 'appId'),
      undefined,
      textAmong(performer, 'blueprintId'),
    )
    if (agent !== undefined) return { agent, ...withoutBlanks({ onBehalfOf }) }
  }
  const blueprint = textAmong(app, 'blueprintId')
  const name = textAmong(app, 'displayName', 'servicePrincipalName')
  const agent = entraAgent(
    textAmong(app, 'servicePrincipalId'),
    textAmong(app, 'appId'),
    name,
    blueprint,
  )
  if (agent !== undefined) return { agent }
  const userName = textAmong(user, 'displayName') ?? onBehalfOf
  if (isAgentic(textAmong(user, 'agentType'))) {
    const own = entraAgent(
      textAmong(user, 'id'),
      undefined,
      userName,
      textAmong(user, 'blueprintId'),
    )
    if (own !== undefined) return { agent: own }
  }
  if (onBehalfOf !== undefined) return "a person's own action"
  return name === undefined ? 'no principal' : 'Entra acting by itself'
}

function outcomeOf({ said, outer }: AzureRecord): Pick<RawEvent, 'outcome' | 'error'> {
  const result = textAmong(said, 'result') ?? textAmong(outer, 'result')
  if (result === undefined || /^success/i.test(result)) return { outcome: 'success' }
  const error = errorOf(column(said, 'resultReason')) ?? result
  const isDenied = /denied|unauthori[sz]ed|forbidden|insufficient|privilege/i.test(error)
  return { outcome: isDenied ? 'denied' : 'failure', error }
}

/** One of the details that services add as pairs of a key and a value. */
function detailOf(said: Fields, key: RegExp): unknown {
  const details = listOf(parsedOf(column(said, 'additionalDetails'))).map(fieldsOf)
  return details.find((detail) => key.test(textAmong(detail, 'key') ?? ''))?.value
}
