/**
 * AWS CloudTrail: calls of the AWS API, as files in S3, lines of records or EventBridge envelopes.
 *
 * Every principal that holds credentials is an agent: users, roles, the root of an account, callers
 * from other accounts. Skipped are records without a principal, what AWS services do by themselves
 * on nobody's behalf, and Insights, which are AWS' own findings rather than calls.
 *
 * A role is one agent, however many sessions it has, because the caller chooses a session's name.
 * Two kinds of session are agents of their own, with the role as their blueprint: EC2 instances
 * (`i-0abc…`), and people who sign in through one shared role.
 *
 * Source  "CloudTrail record contents" and "userIdentity element", AWS CloudTrail User Guide.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import { AWS_DENIED, agentOfSession, lastPartOf } from './text/aws-identity.ts'
import { HIDDEN, resourceOf } from './text/aws-resource.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  field,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  nameIn,
  reject,
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'

/** A dry run that would have been allowed is reported as an error. */
const DRY_RUN = /^(?:Client\.)?DryRunOperation$/
/** Lambda and others append the version of the API: `ListFunctions20150331`. */
const API_VERSION = /\d{4}_?\d{2}_?\d{2}(?:v\d+)?$/

export const cloudtrail: Format = {
  name: 'cloudtrail',
  title: 'AWS CloudTrail',

  unwrap(document) {
    if (!isFields(document)) return undefined
    if (Array.isArray(document.Records)) return document.Records
    return document['detail-type'] !== undefined && isFields(document.detail)
      ? [document.detail]
      : undefined
  },

  recognises(record) {
    return (
      isFields(record) &&
      typeof field(record, 'eventName') === 'string' &&
      typeof field(record, 'eventSource') === 'string'
    )
  },

  translate(record) {
    if (!isFields(record)) return reject('$', 'a CloudTrail record', record)
    if (field(record, 'eventCategory') === 'Insight') return skip('an Insight, which is no call')
    const identity = fieldsOf(field(record, 'userIdentity'))
    if (identity.type === 'AWSService') return skip('an AWS service acting by itself')
    const agent = agentOf(identity, nameIn(record, 'recipientAccountId'))
    if (agent === undefined) return skip('no principal')

    const id = idOf(field(record, 'eventID'))
    if (id === undefined) return reject('$.eventID', 'an id', field(record, 'eventID'))
    const time = utcTimeOf(field(record, 'eventTime'))
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.eventTime', 'a time', field(record, 'eventTime'))
    }
    const service = nameIn(record, 'eventSource')?.replace(/\.amazonaws\.com(?:\.cn)?$/, '')
    if (service === undefined) {
      return reject('$.eventSource', 'a service', field(record, 'eventSource'))
    }
    const call = nameIn(record, 'eventName')?.replace(API_VERSION, '')
    const action = idOf(`${service}.${call}`)
    if (!call || action === undefined) {
      return reject('$.eventName', 'the name of a call', field(record, 'eventName'))
    }
    const conversed = conversationOf(service, record)
    const event: RawEvent = {
      id,
      time,
      agent,
      action,
      resource: resourceOf(service, record),
      ...outcomeOf(record),
      ...withoutBlanks({
        onBehalfOf: onBehalfOf(identity) ?? conversed.user,
        volume: withoutBlanks({ bytes: bytesOf(record) }),
        source: withoutBlanks({
          ip: ipOf(field(record, 'sourceIPAddress')),
          userAgent: userAgentOf(field(record, 'userAgent')),
        }),
        session: conversed.session ?? sessionOf(identity),
        trigger: triggerOf(identity),
        permission: { used: `${service}:${call}` },
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function agentOf(identity: Fields, recipient: string | undefined): RawEvent['agent'] | undefined {
  const issuer = fieldsOf(field(fieldsOf(field(identity, 'sessionContext')), 'sessionIssuer'))
  const account = nameIn(identity, 'accountId') ?? recipient
  const arn = nameIn(identity, 'arn')
  const session = arn === undefined ? undefined : agentOfSession(arn, nameIn(issuer, 'arn'))
  if (session !== undefined) return session
  const userName = nameIn(identity, 'userName')
  const role = nameIn(issuer, 'arn')
  if (role !== undefined) return { id: role, name: nameIn(issuer, 'userName') ?? lastPartOf(role) }
  if (arn !== undefined) return { id: arn, name: userName ?? lastPartOf(arn) }
  const principal = nameIn(identity, 'principalId')
  if (userName !== undefined && account !== undefined) {
    const kind = identity.type === 'AssumedRole' ? 'role' : 'user'
    return { id: `arn:aws:iam::${account}:${kind}/${userName}`.slice(0, 512), name: userName }
  }
  // A caller from another account: its own trail has the arn, ours the unique id before the colon.
  if (principal === undefined) return undefined
  const id = principal.split(':')[0] || principal
  return { id: account === undefined ? id : `${account}/${id}`.slice(0, 512), name: principal }
}

function onBehalfOf(identity: Fields): string | undefined {
  const context = fieldsOf(field(identity, 'sessionContext'))
  return (
    nameIn(fieldsOf(field(identity, 'onBehalfOf')), 'userId') ?? nameIn(context, 'sourceIdentity')
  )
}

/** Calls of an agent on Bedrock or AgentCore name its conversation, and may name whom it is with. */
function conversationOf(service: string, record: Fields) {
  if (!service.startsWith('bedrock')) return {}
  const request = fieldsOf(field(record, 'requestParameters'))
  const told = (name: string) => {
    const value = nameIn(request, name)
    return value === HIDDEN ? undefined : value
  }
  return { session: told('runtimeSessionId') ?? told('sessionId'), user: told('runtimeUserId') }
}

/** The key of temporary credentials lives as long as one session; a user's own key, for years. */
function sessionOf(identity: Fields): string | undefined {
  const key = nameIn(identity, 'accessKeyId')
  return key?.startsWith('ASIA') ? key : undefined
}

/** A service that called with the agent's credentials, on the agent's request. */
function triggerOf(identity: Fields): { kind: string; id: string } | undefined {
  const id = nameIn(identity, 'invokedBy')
  if (id === undefined) return undefined
  return { kind: id === 'scheduler.amazonaws.com' ? 'schedule' : 'service', id }
}

function outcomeOf(record: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  const code = textOf(field(record, 'errorCode'))
  const message = errorOf(field(record, 'errorMessage'))
  const signIn = field(fieldsOf(field(record, 'responseElements')), 'ConsoleLogin')
  if (code === undefined && signIn !== 'Failure') {
    return message === undefined ? { outcome: 'success' } : { outcome: 'failure', error: message }
  }
  const error = errorOf(`${code ?? 'ConsoleLogin'}: ${message ?? 'failed'}`) ?? 'failed'
  if (code === undefined) return { outcome: 'failure', error }
  if (DRY_RUN.test(code)) return { outcome: 'success', error }
  return { outcome: AWS_DENIED.test(code) ? 'denied' : 'failure', error }
}

/** What went in and what came out; S3 data events say both. */
function bytesOf(record: Fields): number | undefined {
  const data = fieldsOf(field(record, 'additionalEventData'))
  const inBytes = amountOf(field(data, 'bytesTransferredIn'))
  const outBytes = amountOf(field(data, 'bytesTransferredOut'))
  return inBytes === undefined && outBytes === undefined
    ? undefined
    : (inBytes ?? 0) + (outBytes ?? 0)
}
