/**
 * Correlation: which alerts of different agents may be one thing.
 *
 * A case lives with its agent, in one partition, and no partition sees another's. So each alert carries
 * keys: two alerts may belong together where they have one in common. A key is a hash of its kind, the
 * tenant and a value: it does not show the value, though who guesses that can check it; it is as long
 * whatever the value is, and the same on every machine for ever.
 *
 * - agent:   the agent itself, the agent that triggered it, and an agent that it called.
 * - session: a session or trace that anomalous events belong to.
 * - origin:  an address that one of its reasons speaks of.
 * - client:  software that one of its reasons speaks of.
 * - user:    somebody it acted for in an anomalous event.
 * - shift:   the same new thing, found by the same detector, done by agents of one blueprint: where
 *            most of a blueprint's agents share one, the blueprint has changed.
 */
import { z } from 'zod'
import type { Readings } from '../baselines/index.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import { wideHash } from '../math/hash.ts'

export const linkKinds = ['agent', 'session', 'origin', 'client', 'user', 'shift'] as const
export type LinkKind = (typeof linkKinds)[number]

export const linkSchema = z.object({
  kind: z.enum(linkKinds),
  key: z.string().describe('14 hexadecimal digits; the same in every alert that shares it.'),
})
export type Link = z.infer<typeof linkSchema>

/** Keys kept of a case, and those of kind shift among them; they stay that were met first. */
const LINKS_MAX = 12
const SHIFTS_MAX = 6

const ORIGIN = new Set(['origin', 'unheard origin'])
const CLIENT = new Set(['client', 'unheard origin'])
const byName = new Map(detectors.map((detector) => [detector.name, detector]))

/** A link as a case stores it: `kind:key`. */
export function linkOf(kind: LinkKind, tenant: string, value: string): string {
  const hash = wideHash(`${kind}:${tenant.length}:${tenant}${value}`)
  return `${kind}:${hash.toString(16).padStart(14, '0')}`
}

/** What an anomalous event says of whom its agent may have to do with. */
export function linksOf(event: Event, readings: Readings, found: readonly string[]): string[] {
  const { tenant, agent, session, trigger, source, onBehalfOf, resource } = event
  const spoke = found.flatMap((name) => byName.get(name) ?? [])
  const links = [linkOf('agent', tenant, agent.id)]
  const add = (kind: LinkKind, value: string | undefined) => {
    if (value !== undefined) links.push(linkOf(kind, tenant, value))
  }
  if (trigger?.kind === 'agent') add('agent', trigger.id)
  if (resource.type === 'agent') add('agent', resource.id.slice(resource.id.lastIndexOf('/') + 1))
  add('session', session)
  if (spoke.some(({ aspect }) => ORIGIN.has(aspect))) add('origin', source?.ip)
  if (spoke.some(({ aspect }) => CLIENT.has(aspect))) add('client', source?.userAgent)
  add('user', onBehalfOf)
  if (agent.blueprint !== undefined) {
    for (const { name, facets } of spoke) {
      const news = facets?.(readings).find(({ isNew }) => isNew)
      if (news !== undefined) add('shift', `${agent.blueprint}\n${name}\n${news.key}`)
    }
  }
  return links
}

/** Adds a link as a case stores it, where it is new and there is room. */
export function addLink(links: string[], link: string): void {
  if (links.length >= LINKS_MAX || links.includes(link)) return
  const isShift = (one: string) => one.startsWith('shift:')
  if (!isShift(link) || links.filter(isShift).length < SHIFTS_MAX) links.push(link)
}

/** Reads what a case stores. */
export function shownLinks(links: readonly string[]): Link[] {
  return links.map((link) => {
    const [kind, key] = link.split(':') as [LinkKind, string]
    return { kind, key }
  })
}

/** What one alert has in common with another. */
export interface Shared {
  readonly id: string
  readonly kinds: readonly LinkKind[]
}

interface Linked {
  readonly id: string
  readonly links: readonly Link[]
}

/** By alert, the others it shares keys with, in their order. O(keys), but for those all share. */
export function sharedBy(alerts: readonly Linked[]): Map<string, Shared[]> {
  const holders = new Map<string, string[]>()
  for (const { id, links } of alerts) {
    for (const { kind, key } of links) {
      const name = `${kind}:${key}`
      holders.set(name, [...(holders.get(name) ?? []), id])
    }
  }
  return new Map(
    alerts.map(({ id, links }) => {
      const kinds = new Map<string, LinkKind[]>()
      for (const { kind, key } of links) {
        for (const other of holders.get(`${kind}:${key}`) ?? []) {
          if (other === id) continue
          const known = kinds.get(other) ?? []
          if (!known.includes(kind)) kinds.set(other, [...known, kind])
        }
      }
      return [id, [...kinds].map(([other, shared]) => ({ id: other, kinds: shared }))]
    }),
  )
}
