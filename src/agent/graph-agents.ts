/**
 * Agents as Microsoft Graph tells of them: what a registry can know of each, from the objects of its pages.
 *
 * Agent identities and principals of blueprints are agents, and so is any service principal where asked.
 * A blueprint's owners and sponsors stand in for those of identities that have none. Roles and scopes are
 * joined to whom they were given, expanded on the object or from pages of their own; a role is named by
 * the `appRoles` of the service principal that offers it. Where one has no name nothing is said of what
 * the agent was granted: with half a list the other half would look like trespass.
 *
 * Source    Microsoft Graph (beta), "agentIdentity", "agentIdentityBlueprint",
 *           "agentIdentityBlueprintPrincipal", "appRoleAssignment", "oAuth2PermissionGrant".
 */
import { type Fields, isFields, listOf, textOf, withoutBlanks } from '../formats/text/fields.ts'

export interface GraphAgent {
  /** As Graph has it. */
  readonly object: Fields
  /** The same as an entry of a registry. */
  readonly entry: Fields
}

export interface GraphAgents {
  readonly agents: readonly GraphAgent[]
  /** Objects that are no agents: other applications, blueprints, roles and grants. */
  readonly others: number
  /** Ids of agents that have a role without a name. */
  readonly unnamed: readonly string[]
}

/** The objects of a page, each with its type, which the page may say for all; undefined where it is none. */
export function graphObjects(value: unknown): readonly Fields[] | undefined {
  if (!isFields(value)) return undefined
  const { value: items, '@odata.context': context } = value
  if (!Array.isArray(items)) return typeOf(value) === undefined ? undefined : [value]
  const type = typeof context === 'string' ? typeInContext(context) : undefined
  const objects = items.filter(isFields)
  const isOfGraph = type !== undefined || objects.some((object) => typeOf(object) !== undefined)
  if (!isOfGraph && items.length > 0) return undefined
  return objects.map((object) => (type === undefined ? object : { [TYPE]: type, ...object }))
}

/** Where the page after this one is. */
export function nextLinkOf(value: unknown): string | undefined {
  return isFields(value) ? textOf(value['@odata.nextLink'], LINK_LENGTH_MAX) : undefined
}

/** @param isAll whether every service principal is an agent */
export function graphAgents(objects: readonly Fields[], isAll: boolean): GraphAgents {
  const given = new Map<string, Fields[]>() // by the agent's id
  const blueprints = new Map<string, Fields>() // by their application's id
  const roles = new Map<string, string>() // names by resource and role
  const principals: Fields[] = []
  for (const object of objects) {
    const type = typeOf(object)
    if (type === 'approleassignment') put(given, object.principalId, object)
    else if (type === 'oauth2permissiongrant') put(given, object.clientId, object)
    else if (type === 'agentidentityblueprint') blueprints.set(String(object.appId), object)
    else if (isAgent(type, object, isAll)) principals.push(object)
    for (const role of listOf(object.appRoles).filter(isFields)) {
      const name = textOf(role.value)
      if (name !== undefined) roles.set(`${object.id} ${role.id}`, name)
    }
  }
  const unnamed: string[] = []
  const agents = principals.map((object): GraphAgent => {
    const { id } = object
    const granted = grantedTo(object, given.get(String(id)) ?? [], roles)
    if (granted === 'unnamed') unnamed.push(String(id))
    const blueprint = blueprints.get(String(blueprintOf(object)))
    const entry = {
      ...entryOf(object, blueprint),
      granted: Array.isArray(granted) ? granted : null,
    }
    return { object, entry: withoutBlanks(entry) ?? {} }
  })
  return { agents, others: objects.length - agents.length, unnamed }
}

const TYPE = '@odata.type'
const LINK_LENGTH_MAX = 16_384

/** What Graph calls each kind where it does not say so on the object. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  applications: 'application',
  serviceprincipals: 'serviceprincipal',
  approleassignments: 'approleassignment',
  approleassignedto: 'approleassignment',
  oauth2permissiongrants: 'oauth2permissiongrant',
}

/** `…/$metadata#servicePrincipals/microsoft.graph.agentIdentity(id,owners())` → `agentidentity` */
function typeInContext(context: string): string | undefined {
  const path = (context.split('#')[1] ?? '').split('(', 1)[0]!.toLowerCase()
  const last = path
    .split('/')
    .filter((part) => part !== '$entity')
    .at(-1)
  if (last === undefined) return undefined
  return COLLECTIONS[last] ?? (last.startsWith('microsoft.graph.') ? last.slice(16) : undefined)
}

/** In small letters; by its fields where it is not said. */
function typeOf(object: Fields): string | undefined {
  const type = object[TYPE]
  if (typeof type === 'string') return type.replace(/^#?microsoft\.graph\./i, '').toLowerCase()
  if ('agentIdentityBlueprintId' in object) return 'agentidentity'
  if ('servicePrincipalType' in object) return 'serviceprincipal'
  if ('appRoleId' in object && 'principalId' in object) return 'approleassignment'
  if ('clientId' in object && 'consentType' in object) return 'oauth2permissiongrant'
  return undefined
}

function isAgent(type: string | undefined, object: Fields, isAll: boolean): boolean {
  if (type === 'agentidentity' || type === 'agentidentityblueprintprincipal') return true
  if (type !== 'serviceprincipal') return false
  const { servicePrincipalType, agentIdentityBlueprintId } = object
  return isAll || servicePrincipalType === 'ServiceIdentity' || agentIdentityBlueprintId != null
}

/** The application an agent was made from, as events name it too. */
function blueprintOf({ id, appId, agentIdentityBlueprintId }: Fields): unknown {
  return agentIdentityBlueprintId ?? (appId === id ? undefined : appId)
}

function entryOf(object: Fields, blueprint: Fields | undefined): Fields {
  const [sponsor, ...sponsors] = peopleOf('sponsors', object, blueprint)
  const owners = [...new Set([...peopleOf('owners', object, blueprint), ...sponsors])]
  return {
    id: object.id,
    name: textOf(object.displayName),
    blueprint: blueprintOf(object),
    sponsor,
    owners: owners.length === 0 ? undefined : owners,
    registeredAt: object.createdDateTime,
    status: statusOf(object),
  }
}

/** In an order that does not depend on Graph's, so that the first is the same at every import. */
function peopleOf(field: 'owners' | 'sponsors', ...holders: (Fields | undefined)[]): string[] {
  for (const holder of holders) {
    const names = listOf(holder?.[field]).filter(isFields).map(nameOf)
    const told = names.filter((name) => name !== undefined)
    if (told.length > 0) return [...new Set(told)].sort()
  }
  return []
}

const nameOf = ({ userPrincipalName, mail, displayName, id }: Fields): string | undefined =>
  textOf(userPrincipalName) ?? textOf(mail) ?? textOf(displayName) ?? textOf(id)

function statusOf({ accountEnabled, disabledByMicrosoftStatus }: Fields): string | undefined {
  const byMicrosoft = textOf(disabledByMicrosoftStatus) ?? 'NotDisabled'
  if (accountEnabled === false || byMicrosoft !== 'NotDisabled') return 'disabled'
  return accountEnabled === true ? 'active' : undefined
}

/** Names of roles and scopes; undefined where nothing is told of any. */
function grantedTo(
  object: Fields,
  apart: readonly Fields[],
  roles: ReadonlyMap<string, string>,
): readonly string[] | 'unnamed' | undefined {
  const all = [...apart, ...EXPANDED.flatMap((field) => listOf(object[field]).filter(isFields))]
  const isTold = all.length > 0 || EXPANDED.some((field) => Array.isArray(object[field]))
  const names = new Set<string>()
  for (const { appRoleId, resourceId, scope } of all) {
    if (appRoleId === NO_ROLE) continue
    const role = roles.get(`${resourceId} ${appRoleId}`)
    if (appRoleId !== undefined && role === undefined) return 'unnamed'
    if (role !== undefined) names.add(role)
    for (const name of (textOf(scope, SCOPE_LENGTH_MAX) ?? '').split(/\s+/)) names.add(name)
  }
  names.delete('')
  return isTold ? [...names].sort() : undefined
}

const EXPANDED = [
  'appRoleAssignments',
  'oauth2PermissionGrants',
  'inheritedAppRoleAssignments',
  'inheritedOauth2PermissionGrants',
]
/** Stands for access without a role. */
const NO_ROLE = '00000000-0000-0000-0000-000000000000'
/** What Graph keeps of one grant at most. */
const SCOPE_LENGTH_MAX = 65_536

function put(lists: Map<string, Fields[]>, key: unknown, object: Fields): void {
  const list = lists.get(String(key))
  if (list === undefined) lists.set(String(key), [object])
  else list.push(object)
}
