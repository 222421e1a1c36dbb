/** The path of a request of Microsoft Graph: what kind of thing it goes to, and which. */
import { resourceIdOf } from './fields.ts'

interface GraphPath {
  /** The path without ids: `users`, `messages`, `$value`. */
  readonly names: readonly string[]
  /** The path with them, without version and query: `users/1a2b…/messages/AAMk…/$value`. */
  readonly place: string
}

/** A name of Graph's own: `servicePrincipals`, `oauth2PermissionGrants`, `$ref`, `root:`. */
const NAME = /^\$?[a-z][A-Za-z]*(?:\d{1,3}[A-Za-z]+)?:?$/
/** Parts of a path that are looked at; the deepest addresses of Graph have half as many. */
const PARTS_MAX = 24

/**
 * Whatever cannot be a name of Graph's is an id. Files may be addressed by their path, which stands
 * between colons: `drives/1/root:/Reports/May.xlsx:/content`.
 */
export function graphPath(uri: string): GraphPath {
  const path = uri
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/^\/*(?:v1\.0|beta)(?=\/|$)/i, '')
  const parts = decoded(path)
    .replace(/\/search\(.*\)/is, '/search') // what is searched for may hold any character
    .split('/')
    .filter((part) => part !== '')
  const names: string[] = []
  let isFile = false
  for (const part of parts.slice(0, PARTS_MAX)) {
    const called = part.replace(/^microsoft\.graph\./i, '').replace(/\(.*$/s, '')
    if (!isFile && NAME.test(called)) names.push(called.replace(/:$/, ''))
    if (part.endsWith(':')) isFile = !isFile
  }
  const keyed = parts.map((part) => withKey(part)).join('/')
  return { names: names.length === 0 ? ['root'] : names, place: resourceIdOf(keyed) ?? 'root' }
}

/** `users('ann')`, `users(upn='ann')` → `users/ann` */
const withKey = (part: string): string => part.replace(/\((?:\w+=)?'([^']*)'\)$/, '/$1')

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // a percent sign that is meant as one
  }
}
