/**
 * Look-alike: an agent whose id reads like that of another one.
 *
 * Ids are compared by what the eye takes in: letters that digits are mistaken for, letters doubled,
 * separators and an ending such as -v2 make no difference; numbers do, for agents are numbered.
 * Source    Unicode Technical Standard #39, "Unicode Security Mechanisms", section 4: skeletons of
 *           confusable identifiers.
 * Departs   A dozen confusions within ASCII, after NFKC, instead of the Unicode table.
 */
import { timeToMs } from '../event/event.ts'
import type { RegisteredAgent, Registry } from './registry.ts'

const CONFUSED: readonly (readonly [RegExp, string])[] = [
  [/[-_.\s]*v\d+$/, ''],
  [/([a-z])\1+/g, '$1'],
  [/[-_.\s/:]+/g, ''],
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/0/g, 'o'],
  [/[1i|]/g, 'l'],
]

/** What the eye takes in of an id. */
export function skeletonOf(id: string): string {
  let skeleton = id.normalize('NFKC').toLowerCase()
  for (const [confused, as] of CONFUSED) skeleton = skeleton.replace(confused, as)
  return skeleton
}

const indexes = new WeakMap<Registry, ReadonlyMap<string, readonly RegisteredAgent[]>>()

function indexOf(registry: Registry): ReadonlyMap<string, readonly RegisteredAgent[]> {
  const known = indexes.get(registry)
  if (known !== undefined) return known
  const index = new Map<string, RegisteredAgent[]>()
  for (const agent of registry.values()) {
    const skeleton = skeletonOf(agent.id)
    const alike = index.get(skeleton)
    if (alike === undefined) index.set(skeleton, [agent])
    else alike.push(agent)
  }
  indexes.set(registry, index)
  return index
}

/**
 * The registered agent that this one may be mistaken for: one with another id that reads the same and
 * that is not known to have come later. Undefined where there is none.
 */
export function doubleOf(id: string, registry: Registry): string | undefined {
  const alike = indexOf(registry).get(skeletonOf(id))
  if (alike === undefined) return undefined
  const registered = registry.get(id)
  const since = registeredMs(registered)
  for (const other of alike) {
    if (other.id === id) continue
    const otherSince = registeredMs(other)
    if (since === undefined || otherSince === undefined || otherSince <= since) return other.id
  }
  return undefined
}

function registeredMs(agent: RegisteredAgent | undefined): number | undefined {
  return agent?.registeredAt === undefined ? undefined : timeToMs(agent.registeredAt)
}
