/** What a directory audit of Entra was about: whom it changed, and what it gave them. */
import type { RawEvent } from '../../event/event.ts'
import { column, textAmong } from './azure-record.ts'
import { isAgentic } from './entra-agent.ts'
import { type Fields, fieldsOf, listOf, parsedOf, resourceIdOf, textOf } from './fields.ts'

interface Target {
  readonly resource: RawEvent['resource']
  /** What kind of agent it is, where it is one: `blueprint`, `identity` or `user`. */
  readonly kind: string | undefined
  /** Scopes, application roles or directory roles, where some were given. */
  readonly granted: readonly string[]
}

/** Properties whose new value is what was granted, with the word for it in the resource's path. */
const GRANTS: readonly (readonly [property: RegExp, kind: string])[] = [
  [/^AppRole\.Value$/i, 'AppRole'],
  [/^DelegatedPermissionGrant\.Scope$/i, 'Scope'],
  [/^ConsentAction\.Permissions$/i, 'Scope'],
  [/^Role\.DisplayName$/i, 'Role'],
]
/** Most grants of one change that are read; consents list fewer. */
const GRANTED_MAX = 32

export function entraTarget(said: Fields): Target {
  const targets = listOf(parsedOf(column(said, 'targetResources'))).map(fieldsOf)
  const first = fieldsOf(targets[0])
  const type = textAmong(first, 'type')
  const { granted, word } = grantsOf(targets)
  const place = [
    type ?? 'directory',
    textAmong(first, 'id') ?? textAmong(first, 'displayName', 'userPrincipalName'),
    word,
    word === undefined ? undefined : granted.join(' '),
  ]
  const id = resourceIdOf(place.filter((part) => part !== undefined).join('/')) ?? 'directory'
  return {
    resource: { id, ...(type !== undefined && { type }) },
    kind: kindOf(targets.map((target) => textAmong(target, 'agentType')).find(isAgentic)),
    granted,
  }
}

function kindOf(agentType: string | undefined): string | undefined {
  if (agentType === undefined) return undefined
  if (/user$/i.test(agentType)) return 'user'
  return /instance$/i.test(agentType) ? 'identity' : 'blueprint'
}

function grantsOf(targets: readonly Fields[]): { granted: readonly string[]; word?: string } {
  for (const target of targets) {
    for (const changed of listOf(parsedOf(column(target, 'modifiedProperties'))).map(fieldsOf)) {
      const name = textAmong(changed, 'displayName') ?? ''
      const grant = GRANTS.find(([property]) => property.test(name))
      const value = textOf(column(changed, 'newValue'), VALUE_LENGTH_MAX)
      if (grant === undefined || value === undefined) continue
      const granted = scopesIn(value, grant[1])
      if (granted.length > 0) return { granted, word: grant[1] }
    }
  }
  return { granted: [] }
}
/** Longest value that is searched for scopes, in characters. */
const VALUE_LENGTH_MAX = 16_384

/**
 * The scopes a value names, in alphabetical order. Values are JSON texts inside quotes. That of a
 * consent tells all about each grant, and its scopes after `Scope:`; a role's name is one, blanks
 * and all.
 */
function scopesIn(value: string, word: string): string[] {
  const bare = value.replace(/^[\s"\\]+|[\s"\\]+$/g, '')
  if (word === 'Role') return bare === '' ? [] : [bare.replaceAll('/', ' ').slice(0, 128)]
  const told = bare.includes('Scope:')
    ? [...bare.matchAll(/Scope:\s*([\w .:/-]*)/g)].map((match) => match[1] ?? '').join(' ')
    : bare
  const scopes = told.split(/[\s",]+/).filter((scope) => scope !== '' && scope.length <= 128)
  return [...new Set(scopes)].sort().slice(0, GRANTED_MAX)
}
