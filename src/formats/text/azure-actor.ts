/** Who acts in Azure: an agent, or somebody who is not ours to judge. */
import type { RawEvent } from '../../event/event.ts'
import { fieldsIn, textAmong } from './azure-record.ts'
import { entraAgent } from './entra-agent.ts'
import { type Fields, fieldsOf, textOf } from './fields.ts'
import { isPeoplesClient } from './peoples-clients.ts'

type Actor =
  | {
      readonly agent: RawEvent['agent']
      readonly onBehalfOf: string | undefined
      /** The token it acted with. */
      readonly session: string | undefined
      /** The role that allowed it. */
      readonly role: string | undefined
    }
  | { readonly skip: string }

const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier'
const USER_NAMES = [
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  'upn',
  'unique_name',
]
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/**
 * The claims of the token say who acts: `identity.claims` of the activity log, `identity.claim` of a
 * key vault's, `identity.requester` of a storage account's. A caller who is a person has a name, and
 * a token that says so. `xms_par_app_azp` names the blueprint of an agent identity.
 */
export function azureActor(outer: Fields): Actor {
  const identity = fieldsIn(outer, 'identity')
  const requester = fieldsOf(identity.requester)
  const claims = {
    ...fieldsIn(outer, 'claims'),
    ...fieldsOf(identity.claim),
    ...fieldsOf(identity.claims),
  }
  const allowed = fieldsOf(
    fieldsOf(identity.authorization ?? fieldsIn(outer, 'authorization')).evidence,
  )
  const caller = textAmong(outer, 'caller')
  const user =
    USER_NAMES.map((name) => textOf(claims[name])).find((name) => name !== undefined) ??
    textOf(requester.upn) ??
    (caller === undefined || GUID.test(caller) ? undefined : caller)
  const kind = textOf(claims.idtyp) ?? textOf(allowed.principalType) ?? ''
  const isApp = /^(?:app|serviceprincipal)$/i.test(kind)
  const isPerson = /^user$/i.test(kind) || (!isApp && user !== undefined)
  const appId = textOf(claims.appid) ?? textOf(claims.azp) ?? textOf(requester.appId)
  const objectId =
    textOf(claims[OBJECT_ID]) ??
    textOf(claims.oid) ??
    textOf(requester.objectId) ??
    (isApp ? textOf(allowed.principalId) : undefined) ??
    (caller !== undefined && GUID.test(caller) ? caller : undefined)
  if (isPerson && (appId === undefined || isPeoplesClient(appId))) {
    const isSystem = user?.includes('@') === false && appId === undefined
    return { skip: isSystem ? 'what Azure does by itself' : "a person's own action" }
  }
  const agent = entraAgent(
    isPerson || objectId === undefined ? undefined : dashed(objectId),
    appId,
    nameOf(claims),
    textOf(claims.xms_par_app_azp),
  )
  if (agent === undefined) {
    const isKey = /^(?:sas|accountkey)$/i.test(textOf(identity.type) ?? '')
    return { skip: isKey ? 'a shared key, which names nobody' : 'no principal' }
  }
  return {
    agent,
    onBehalfOf: isPerson ? (user ?? objectId) : undefined,
    session: textOf(claims.sid) ?? textOf(claims.uti),
    role: textOf(allowed.role),
  }
}

/** A managed identity is called as the resource it was made for. */
const nameOf = (claims: Fields): string | undefined =>
  textOf(claims.app_displayname) ?? (textOf(claims.xms_mirid)?.split('/').at(-1) || undefined)

/** What allowed an action writes its ids without dashes. */
const dashed = (id: string): string =>
  /^[0-9a-f]{32}$/i.test(id)
    ? id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    : id
