/**
 * Microsoft Graph activity logs: every request that an application made of Microsoft Graph, from
 * diagnostic settings and Event Hubs or as rows of `MicrosoftGraphActivityLogs`.
 *
 * An agent is the service principal that asked, or the application that asked for a person. What
 * people ask with Microsoft's own clients is skipped.
 *
 * `POST …/users/1a2b…/sendMail` is `graph.users.sendMail.post` on `users/1a2b…/sendMail`. Queries
 * are not kept, for searches say what is looked for.
 *
 * Source  "Access Microsoft Graph activity logs" and "MicrosoftGraphActivityLogs", Microsoft Learn.
 */
import type { RawEvent } from '../event/event.ts'
import type { Format } from './format.ts'
import { azureRecordOf, column, occasionOf, textAmong, unwrapAzure } from './text/azure-record.ts'
import { entraAgent } from './text/entra-agent.ts'
import {
  amountOf,
  type Fields,
  ipOf,
  isFields,
  reject,
  resourceIdOf,
  skip,
  textOf,
  userAgentOf,
  withoutBlanks,
} from './text/fields.ts'
import { graphPath } from './text/graph-path.ts'
import { isPeoplesClient } from './text/peoples-clients.ts'

const LOG = 'microsoftgraphactivitylogs'
/** Longest list of scopes that is read, in characters. */
const SCOPES_LENGTH_MAX = 16_384

export const graphActivity: Format = {
  name: 'graph-activity',
  title: 'Microsoft Graph activity logs',
  unwrap: (document) => unwrapAzure(document, isRequest),
  recognises: isRequest,

  translate(outer) {
    if (!isFields(outer)) return reject('$', 'a request of Microsoft Graph', outer)
    const record = azureRecordOf(outer)
    const { said, path, log } = record
    if (log !== '' && log !== LOG) return skip('of another log')
    const appId = textAmong(said, 'appId')
    const onBehalfOf = textAmong(said, 'userId')
    const principal = textAmong(said, 'servicePrincipalId')
    if (onBehalfOf !== undefined && appId !== undefined && isPeoplesClient(appId)) {
      return skip("a person's own request")
    }
    const agent = entraAgent(principal, appId, undefined, undefined)
    if (agent === undefined) return skip('no principal')

    const occasion = occasionOf(record, 'requestId', 'timeGenerated')
    if ('kind' in occasion) return occasion
    const uri = resourceIdOf(column(said, 'requestUri'))
    if (uri === undefined) {
      return reject(`${path}.requestUri`, 'an address', column(said, 'requestUri'))
    }
    const { names, place } = graphPath(uri)
    const method = (textAmong(said, 'requestMethod') ?? 'get').toLowerCase()
    const granted = scopesIn(said, onBehalfOf === undefined ? 'roles' : 'scopes')
    const event: RawEvent = {
      ...occasion,
      agent,
      action: `graph.${names.join('.').slice(0, 200)}.${method.slice(0, 16)}`,
      resource: resourceFor(place, onBehalfOf),
      ...outcomeOf(said),
      ...withoutBlanks({
        onBehalfOf,
        volume: withoutBlanks({ bytes: amountOf(column(said, 'responseSizeBytes')) }),
        source: withoutBlanks({
          ip: ipOf(column(said, 'ipAddress') ?? said.IPAddress ?? column(outer, 'callerIpAddress')),
          userAgent: userAgentOf(column(said, 'userAgent')),
        }),
        session: textAmong(said, 'sessionId', 'c_Sid') ?? tokenOf(said),
        permission: granted.length === 0 ? undefined : { granted },
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isRequest(record: unknown): boolean {
  if (!isFields(record)) return false
  const { said, log } = azureRecordOf(record)
  if (log !== '') return log === LOG
  return column(said, 'requestUri') !== undefined && column(said, 'requestMethod') !== undefined
}

/** `me` is somebody else each time, and what is theirs is known by their id elsewhere. */
function resourceFor(place: string, userId: string | undefined): RawEvent['resource'] {
  const isOwn = userId !== undefined && /^me(?=\/|$)/.test(place)
  const id = isOwn ? resourceIdOf(`users/${userId}${place.slice(2)}`) : place
  return { id: id ?? place, type: (id ?? place).split('/')[0]?.slice(0, 512) || 'graph' }
}

function outcomeOf(said: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  const status = amountOf(column(said, 'responseStatusCode'))
  if (status === undefined || status < 400) return { outcome: 'success' }
  const isDenied = status === 401 || status === 403
  return { outcome: isDenied ? 'denied' : 'failure', error: `HTTP ${status}` }
}

/** What the token may do; which of it the request needed, nobody says. */
const scopesIn = (said: Fields, name: string): string[] =>
  (textOf(column(said, name), SCOPES_LENGTH_MAX) ?? '')
    .split(/\s+/)
    .filter((scope) => scope !== '' && scope.length <= 256)
    .slice(0, 256)

/** The token of a sign-in, by which Entra's sign-in log knows it. */
const tokenOf = (said: Fields): string | undefined =>
  textAmong(said, 'signInActivityId', 'uniqueTokenId')?.replace(/=+$/, '') || undefined
