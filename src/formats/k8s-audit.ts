/**
 * Kubernetes audit: requests of the Kubernetes API by service accounts and by what clouds vouch for.
 * Lines of a log file, `EventList` of the webhook, AKS' diagnostic settings (`kube-audit`) and EKS'
 * CloudWatch subscriptions.
 *
 * An agent is a service account, however many pods run as it. Skipped are people, nodes and the
 * control plane itself, and the stages of a request before it is complete. Whoever impersonates
 * another acts on his behalf; a person who impersonates a service account acts through it.
 *
 * `k8s.core.pods.exec.create` on `pay/pods/worker-1/exec`: the area is the namespace.
 *
 * Source  "Auditing" and `audit.k8s.io/v1`, Kubernetes documentation.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import {
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
  parsedOf,
  reject,
  resourceIdOf,
  skip,
  textOf,
  userAgentOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'
import { k8sActor } from './text/k8s-actor.ts'

const API = /^audit\.k8s\.io\//
/** Categories of AKS that carry audit events. */
const AKS = /^kube-audit(?:-admin)?$/

export const k8sAudit: Format = {
  name: 'k8s-audit',
  title: 'Kubernetes audit',

  unwrap(document) {
    if (!isFields(document)) return undefined
    const { kind, items, records } = document
    if (Array.isArray(items) && kind === 'EventList') return items
    return Array.isArray(records) && records.some(isAksRecord) ? records : undefined
  },

  recognises: (record) => isAudit(isAksRecord(record) ? innerOf(record) : record),

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'an audit event of Kubernetes', outer)
    const event = isAksRecord(outer) ? innerOf(outer) : outer
    if (!isFields(event)) return reject('$.properties.log', 'an audit event', event)
    const path = event === outer ? '$' : '$.properties.log'
    const stage = nameIn(event, 'stage')
    if (stage !== undefined && /^(?:RequestReceived|ResponseStarted)$/.test(stage)) {
      return skip('a request that is not complete')
    }
    const user = fieldsOf(field(event, 'user'))
    const actor = actorOf(user, fieldsOf(field(event, 'impersonatedUser')))
    if ('skip' in actor) return skip(actor.skip)

    const id = idOf(field(event, 'auditID'))
    if (id === undefined) return reject(`${path}.auditID`, 'an id', field(event, 'auditID'))
    const received = field(event, 'requestReceivedTimestamp')
    const time = utcTimeOf(received ?? field(event, 'stageTimestamp'))
    if (time === undefined || timeToMs(time) === undefined) {
      return reject(`${path}.requestReceivedTimestamp`, 'a time', received)
    }
    const verb = oneWord(nameIn(event, 'verb'))
    if (verb === '') return reject(`${path}.verb`, 'a verb', field(event, 'verb'))
    const { action, resource, permission } = askedFor(event, verb)
    const raw: RawEvent = {
      id,
      time,
      agent: actor.agent,
      action,
      resource,
      ...outcomeOf(event),
      ...withoutBlanks({
        onBehalfOf: actor.onBehalfOf,
        source: withoutBlanks({
          ip: ipOf(listOf(field(event, 'sourceIPs'))[0]),
          userAgent: userAgentOf(field(event, 'userAgent')),
        }),
        session: extraIn(user, 'authentication.kubernetes.io/credential-id'),
        permission: { used: permission },
      }),
    }
    return { kind: 'events', events: [raw] }
  },
}

function isAudit(record: unknown): boolean {
  if (!isFields(record)) return false
  if (API.test(nameIn(record, 'apiVersion') ?? '')) return record.kind !== 'EventList'
  return (
    typeof field(record, 'verb') === 'string' &&
    (isFields(field(record, 'objectRef')) || typeof field(record, 'requestURI') === 'string')
  )
}

const isAksRecord = (record: unknown): record is Fields =>
  isFields(record) && AKS.test(textOf(record.category) ?? '') && isFields(record.properties)

/** The event, which AKS writes as text. */
const innerOf = (record: Fields): unknown => parsedOf(fieldsOf(record.properties).log)

type Actor = { readonly agent: RawEvent['agent']; readonly onBehalfOf: string | undefined }

function actorOf(user: Fields, impersonated: Fields): Actor | { readonly skip: string } {
  const username = nameIn(user, 'username')
  const arn = extraIn(user, 'canonicalArn') ?? extraIn(user, 'arn')
  const actor = k8sActor(username, arn)
  const mask = nameIn(impersonated, 'username')
  if ('agent' in actor) return { agent: actor.agent, onBehalfOf: mask }
  const masked = k8sActor(mask, undefined)
  return 'agent' in masked ? { agent: masked.agent, onBehalfOf: username } : actor
}

/** What an authenticator adds; some log stores cannot have `/` in a name. */
function extraIn(user: Fields, name: string): string | undefined {
  const extra = fieldsOf(field(user, 'extra'))
  const value = extra[name] ?? extra[name.replaceAll('.', '_').replace('/', '_slash_')]
  return textOf(listOf(value)[0])
}

/** What was asked of the API, and the right it takes as RBAC writes it. */
function askedFor(event: Fields, verb: string) {
  const object = fieldsOf(field(event, 'objectRef'))
  const kind = nameIn(object, 'resource')
  if (kind === undefined) {
    const uri = resourceIdOf(field(event, 'requestURI'))?.replace(/[?#].*$/s, '')
    const path = uri?.replace(/^\/+/, '') || 'api'
    return {
      action: `k8s.path.${verb}`.slice(0, 256),
      resource: { id: `cluster/${path}`.slice(0, 2048), type: 'path' },
      permission: `${verb} /${path}`.slice(0, 512),
    }
  }
  const group = nameIn(object, 'apiGroup')?.split('.')[0] ?? 'core'
  const part = nameIn(object, 'subresource')
  const place = [nameIn(object, 'namespace') ?? 'cluster', kind, nameIn(object, 'name'), part]
  const id = resourceIdOf(place.filter((each) => each !== undefined).join('/'))
  const words = [group, kind, part].map(oneWord).filter((word) => word !== '')
  return {
    action: `k8s.${words.join('.').slice(0, 200)}.${verb.slice(0, 50)}`,
    resource: { id: id ?? kind, type: kind },
    permission: `${verb} ${[kind, part].filter(Boolean).join('/')}`.slice(0, 512),
  }
}

function outcomeOf(event: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  const status = fieldsOf(field(event, 'responseStatus'))
  const code = Number(textOf(status.code) ?? 0)
  const decision = fieldsOf(field(event, 'annotations'))['authorization.k8s.io/decision']
  const isDenied = decision === 'forbid' || code === 401 || code === 403
  if (!isDenied && code < 400) return { outcome: 'success' }
  const why = errorOf(status.message) ?? textOf(status.reason) ?? `HTTP ${code}`
  return { outcome: isDenied ? 'denied' : 'failure', error: why }
}
