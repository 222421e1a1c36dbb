/**
 * OCSF: API activity (6003) and the other classes in which something is done, such as datastore, HTTP,
 * file, account and authentication activity, as lines, or inside CloudEvents and EventBridge events.
 *
 * An agent is what `ai_agent` says, else the application that acts, else a user who is a service or the
 * system, or an identity of AWS, which is then the same agent as in CloudTrail. Who is a person and acts
 * through no application is skipped; so are findings and inventories.
 *
 * Source  Open Cybersecurity Schema Framework 1.8.0, and `ai_agent` as in 1.9.0-dev.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import { agentOfSession, lastPartOf } from './text/aws-identity.ts'
import {
  type Fields,
  fieldsOf,
  idOf,
  ipOf,
  isFields,
  nameIn,
  reject,
  skip,
  textOf,
  userAgentOf,
  withoutBlanks,
} from './text/fields.ts'
import {
  noActivity,
  ocsfAction,
  ocsfOutcome,
  ocsfResource,
  ocsfVolume,
  serviceOf,
} from './text/ocsf-activity.ts'
import { digestOf, promptDigest } from './text/prompt.ts'

/** `type_id` of users who are no people: the system, and services. */
const MACHINES = new Set([3, 4])
/** `type_id` of users who are: a user, and an administrator. */
const PEOPLE = new Set([1, 2])

export const ocsf: Format = {
  name: 'ocsf',
  title: 'OCSF activity',
  carriesPrompts: true,

  /** The detail of an event of EventBridge, or what a forwarder has under `data` or `event`. */
  unwrap(document) {
    if (!isFields(document) || isRecord(document)) return undefined
    const inside = document.data ?? document.detail ?? document.event
    const records = Array.isArray(inside) ? inside : [inside]
    return records.some(isRecord) ? records : undefined
  },

  recognises: isRecord,

  translate(record) {
    if (!isFields(record)) return reject('$', 'an OCSF event', record)
    const reason = noActivity(record)
    if (reason !== undefined) return skip(reason)
    const actor = fieldsOf(record.actor)
    const who = agentOf(record, actor)
    if ('skip' in who) return skip(who.skip)

    const metadata = fieldsOf(record.metadata)
    const time = timeIn(record)
    if (time === undefined) return reject('$.time', 'epoch milliseconds', record.time)
    const action = ocsfAction(record)
    if (action === undefined) {
      return reject('$.api.operation', 'an operation', fieldsOf(record.api).operation)
    }
    const service = serviceOf(record)
    const context = fieldsOf(record.message_context)
    const digest = promptDigest(context.prompt_text)
    const source = fieldsOf(record.src_endpoint)
    const asNumber = textOf(fieldsOf(source.autonomous_system).number)
    const event: RawEvent = {
      // An id is recommended, not required. The same record is the same text.
      id: idOf(metadata.uid) ?? digestOf(JSON.stringify(record)),
      time,
      agent: who.agent,
      action,
      resource: ocsfResource(record, service),
      ...ocsfOutcome(record),
      ...withoutBlanks({
        onBehalfOf: who.onBehalfOf,
        volume: ocsfVolume(record),
        source: withoutBlanks({
          ip: ipOf(source.ip),
          asn: asNumber === undefined ? undefined : `AS${asNumber}`.slice(0, 512),
          country: nameIn(fieldsOf(source.location), 'country'),
          userAgent: userAgentOf(fieldsOf(record.http_request).user_agent),
        }),
        session: sessionOf(record, actor),
        trigger: triggerOf(actor, digest),
        permission: who.isOfAws ? { used: action.replace('.', ':') } : undefined,
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isRecord(record: unknown): boolean {
  return isFields(record) && amountLike(record.class_uid) && isFields(record.metadata)
}

const amountLike = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))

type Who =
  | { readonly agent: RawEvent['agent']; readonly onBehalfOf?: string; readonly isOfAws?: boolean }
  | { readonly skip: string }

function agentOf(record: Fields, actor: Fields): Who {
  const user = fieldsOf(actor.user)
  const person = PEOPLE.has(Number(user.type_id)) ? personOf(user) : undefined
  const onBehalf = (id: string | undefined) => (id === undefined ? {} : { onBehalfOf: id })

  const ai = fieldsOf(record.ai_agent ?? actor.ai_agent)
  const aiId = nameIn(ai, 'uid') ?? nameIn(ai, 'name') ?? nameIn(ai, 'instance_uid')
  if (aiId !== undefined) {
    const model = nameIn(fieldsOf(ai.ai_model ?? record.ai_model), 'name')
    const name = nameIn(ai, 'name')
    const version = nameIn(ai, 'version')
    // Its type is a framework, and agents of one framework are not alike.
    const agent = { id: aiId, ...withoutBlanks({ name, blueprint: name, version, model }) }
    return { agent, ...onBehalf(personOf(user)) }
  }
  const arn = [user.uid, user.uid_alt, user.name].map((each) => textOf(each)).find(isAwsArn)
  if (arn !== undefined) {
    const role = textOf(fieldsOf(actor.session).issuer)
    const agent = agentOfSession(arn, isAwsArn(role) ? role : undefined)
    return { agent: agent ?? { id: arn, name: lastPartOf(arn) }, isOfAws: true }
  }
  const appId = nameIn(actor, 'app_uid') ?? nameIn(actor, 'app_name')
  if (appId !== undefined) {
    const name = nameIn(actor, 'app_name')
    return { agent: { id: appId, ...withoutBlanks({ name }) }, ...onBehalf(person) }
  }
  if (person !== undefined) return { skip: "a person's own action" }
  if (!MACHINES.has(Number(user.type_id))) return { skip: 'no agent named' }
  const id = nameIn(user, 'uid') ?? nameIn(user, 'name')
  if (id === undefined) return { skip: 'no agent named' }
  const name = nameIn(user, 'name')
  return { agent: { id, ...withoutBlanks({ name }) } }
}

const isAwsArn = (text: string | undefined): text is string => /^arn:aws/.test(text ?? '')

const personOf = (user: Fields): string | undefined =>
  nameIn(user, 'email_addr') ?? nameIn(user, 'name') ?? nameIn(user, 'uid')

/** Milliseconds; `time_dt` is the same as text. */
function timeIn(record: Fields): number | string | undefined {
  const ms = typeof record.time === 'string' ? Number(record.time) : record.time
  if (typeof ms === 'number' && timeToMs(ms) !== undefined) return ms
  const text = record.time === undefined ? textOf(record.time_dt) : undefined
  return text === undefined || timeToMs(text) === undefined ? undefined : text
}

/** A session, a run of the agent, or what else ties events together. */
function sessionOf(record: Fields, actor: Fields): string | undefined {
  const credential = nameIn(fieldsOf(actor.user), 'credential_uid')
  return (
    nameIn(fieldsOf(actor.session), 'uid') ??
    nameIn(fieldsOf(record.ai_agent ?? actor.ai_agent), 'instance_uid') ??
    (credential?.startsWith('ASIA') ? credential : undefined) ??
    nameIn(fieldsOf(record.metadata), 'correlation_uid') ??
    nameIn(fieldsOf(record.trace), 'uid')
  )
}

function triggerOf(actor: Fields, digest: string | undefined): RawEvent['trigger'] {
  if (digest !== undefined) return { kind: 'prompt', digest }
  const id = nameIn(actor, 'invoked_by')
  return id === undefined ? undefined : { kind: 'service', id }
}
