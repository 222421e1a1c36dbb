/**
 * Microsoft Entra sign-ins of agents and applications, in all four categories: service principals,
 * managed identities, and what agents do for people or as users of their own. Pages of Graph
 * (`auditLogs/signIns`), diagnostic settings and Event Hubs, rows of Log Analytics.
 *
 * An agent is a service principal or managed identity that signs in, or whom the record's `agent`
 * member calls one; its kind is its blueprint, or the application it is an instance of. Skipped is
 * what people sign in to themselves: the application they name is where they went, not who acted.
 *
 * The action says how: `entra.signin.devicecode`, `entra.signin.clientsecret`. The session is the
 * token's, which Graph's activity log names too.
 *
 * Source  "signIn resource type", "agentSignIn resource type", "Microsoft Entra Agent ID logs",
 *         Microsoft Learn.
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
import {
  errorOf,
  type Fields,
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
  withoutBlanks,
} from './text/fields.ts'

/** Categories of a diagnostic setting and tables of Log Analytics. */
const LOG = /^(?:microsoft|aad)?(?:noninteractiveuser|serviceprincipal|managedidentity)?signinlogs$/
/** Who signs in without being a person. */
const OWN_LOG = /serviceprincipal|managedidentity/
/** Codes of a sign-in that was understood and not allowed: policies, consent, assignment. */
const DENIED = /^(?:530\d{2,4}|50105|50057|65001|65004|90094|7000112)$/

export const entraSignin: Format = {
  name: 'entra-signin',
  title: 'Microsoft Entra sign-ins',
  unwrap: (document) => unwrapAzure(document, isSignIn),
  recognises: isSignIn,

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'a sign-in of Entra', outer)
    const record = azureRecordOf(outer)
    const { said, path, log } = record
    if (log !== '' && !isSignIn(outer)) return skip('of another log')
    const actor = actorOf(record)
    if (typeof actor === 'string') return skip(actor)

    const occasion = occasionOf(record, 'id', 'createdDateTime')
    if ('kind' in occasion) return occasion
    const resource = resourceOf(said)
    if (resource === undefined) {
      return reject(`${path}.resourceId`, 'what was signed in to', column(said, 'resourceId'))
    }
    const place = fieldsIn(said, 'locationDetails')
    const located = parsedOf(column(said, 'location'))
    const event: RawEvent = {
      ...occasion,
      ...actor,
      action: actionOf(said),
      resource,
      ...outcomeOf(record),
      ...withoutBlanks({
        source: withoutBlanks({
          ip: ipOf(column(said, 'ipAddress') ?? said.IPAddress ?? column(outer, 'callerIpAddress')),
          asn: textAmong(said, 'autonomousSystemNumber'),
          country:
            nameIn(isFields(located) ? located : place, 'countryOrRegion') ?? textOf(located),
          userAgent: userAgentOf(column(said, 'userAgent')),
        }),
        session: textAmong(said, 'sessionId') ?? tokenOf(said),
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isSignIn(record: unknown): boolean {
  if (!isFields(record)) return false
  const { said, log } = azureRecordOf(record)
  if (log !== '') return LOG.test(log)
  return (
    column(said, 'createdDateTime') !== undefined &&
    (column(said, 'appId') !== undefined || column(said, 'servicePrincipalId') !== undefined) &&
    (column(said, 'conditionalAccessStatus') !== undefined ||
      column(said, 'resourceDisplayName') !== undefined)
  )
}

/** The agent and the person it signed in for, or why there is none. */
function actorOf({ said, log }: AzureRecord): Pick<RawEvent, 'agent' | 'onBehalfOf'> | string {
  const about = fieldsIn(said, 'agent')
  const types = listOf(parsedOf(column(said, 'signInEventTypes')))
  const user = textAmong(said, 'userPrincipalName', 'userId')
  const agentType = textAmong(about, 'agentType')
  const isOwn =
    OWN_LOG.test(log) ||
    types.some((type) => /^(?:servicePrincipal|managedIdentity)$/.test(`${type}`))
  if (!isAgentic(agentType) && !isOwn && user !== undefined) return "a person's own sign-in"
  const appId = textAmong(said, 'appId')
  const agent = entraAgent(
    textAmong(said, 'servicePrincipalId'),
    appId,
    textAmong(said, 'servicePrincipalName', 'appDisplayName'),
    textAmong(about, 'parentAppId'),
  )
  if (agent === undefined) return 'no principal'
  // An agent's own user is no person; the subject says whether there was one.
  const isForPerson = !isOwn && !/user$/i.test(agentType ?? '') && !isAgentic(subjectOf(about))
  return { agent, ...(isForPerson && withoutBlanks({ onBehalfOf: user })) }
}

const subjectOf = (about: Fields): string | undefined => textAmong(about, 'agentSubjectType')

/**
 * The ways a token can be asked for are few. They are written in lower case, so that a sign-in by
 * `clientSecret` is not taken for one that touches secrets.
 */
function actionOf(said: Fields): string {
  const ways = ['authenticationProtocol', 'clientCredentialType']
    .map((name) => oneWord(textAmong(said, name)).toLowerCase())
    .filter((way) => way !== '' && way !== 'none')
  return ['entra.signin', ...ways].join('.').slice(0, 256)
}

/** The name first, for people read it; the id after it, for names can be borrowed. */
function resourceOf(said: Fields): RawEvent['resource'] | undefined {
  const name = textAmong(said, 'resourceDisplayName')?.replaceAll('/', ' ')
  // In Log Analytics `ResourceId` is the tenant's, and the application has a column of its own.
  const id = textAmong(said, 'resourceIdentity') ?? textAmong(said, 'resourceId')
  const own = id?.startsWith('/tenants/') ? undefined : id
  const path = resourceIdOf([name, own].filter((part) => part !== undefined).join('/'))
  return path === undefined ? undefined : { id: path, type: 'application' }
}

function outcomeOf({ said, outer }: AzureRecord): Pick<RawEvent, 'outcome' | 'error'> {
  const status = fieldsIn(said, 'status')
  const result = textAmong(outer, 'resultType')
  const code = textAmong(status, 'errorCode') ?? (/^\d+$/.test(result ?? '') ? result : undefined)
  const isBlocked = /^failure$/i.test(textAmong(said, 'conditionalAccessStatus') ?? '')
  const hasFailed = code === undefined ? /^fail/i.test(result ?? '') : code !== '0'
  if (!hasFailed && !isBlocked) return { outcome: 'success' }
  const why = textAmong(status, 'failureReason') ?? textAmong(outer, 'resultDescription')
  const error = errorOf([code && `AADSTS${code}`, why].filter(Boolean).join(': '))
  const outcome = isBlocked || DENIED.test(code ?? '') ? 'denied' : 'failure'
  return { outcome, ...withoutBlanks({ error }) }
}

/** As Graph's activity log writes it: without the padding. */
const tokenOf = (said: Fields): string | undefined =>
  textAmong(said, 'uniqueTokenIdentifier', 'uniqueTokenId')?.replace(/=+$/, '') || undefined
