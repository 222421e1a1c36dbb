/**
 * Areas: the parts of the company's systems that agents reach into.
 *
 * What is popular is a function of the owner and the day, never of what was drawn before. So any
 * hour of any agent can be made again on its own, which is how attacks join a session under way.
 */
import { hash, type Random } from '../../math/random.ts'
import { DAY_MS } from './clock.ts'

export type Item = {
  readonly id: string
  readonly type?: string
  readonly sensitivity?: string
}

/** What an area needs to know of the one who reaches into it. */
export interface Visit {
  readonly rng: Random
  /** Who has favourites here: an agent or a team, as a number. */
  readonly owner: number
  readonly atMs: number
  /** The person acted for, or the agent's own name. */
  readonly person: string
}

export type Area = (visit: Visit) => Item

interface Kind {
  readonly type?: string
  /** Labels and the share of items that carry them; the rest carry none. */
  readonly sensitivity?: Readonly<Record<string, number>>
}

interface Popularity {
  readonly size: number
  /** Zipf exponent: 0 is even, 1 is usual, 1.5 is a few favourites. */
  readonly skew: number
  /** Days until a favourite is replaced by another; popular ones last as long as the others. */
  readonly lifetimeDays: number
  /** Share of ranks on which all owners agree. */
  readonly shared: number
}

const ITEM_SPACE = 1_000_003 // names to choose from where things come and go; few will coincide

/** A set of things, of which everyone has favourites that slowly change. */
export function fixed(
  kind: Kind,
  popularity: Popularity,
  name: (n: number, visit: Visit) => string,
): Area {
  return (visit) => {
    const n = favourite(visit, popularity, kind.type ?? '') % popularity.size
    return item(kind, name(n, visit), n)
  }
}

/** Things that come and go: what takes a favourite's place has never been seen before. */
export function churning(
  kind: Kind,
  popularity: Popularity,
  name: (n: number, visit: Visit) => string,
): Area {
  return (visit) => {
    const n = favourite(visit, popularity, kind.type ?? '') % ITEM_SPACE
    return item(kind, name(n, visit), n)
  }
}

/** Numbered things, opened all the time; work is mostly on the recent ones. */
export function growing(
  kind: Kind,
  growth: { readonly first: number; readonly perDay: number; readonly recencyDays: number },
  name: (n: number, visit: Visit) => string,
): Area {
  return (visit) => {
    const { rng, atMs } = visit
    const newest = growth.first + Math.floor(((atMs / DAY_MS) % 3650) * growth.perDay)
    const ageDays = rng.chance(0.05)
      ? rng.exponential(growth.recencyDays * 12)
      : rng.exponential(growth.recencyDays)
    const n = Math.max(1, newest - Math.floor(ageDays * growth.perDay))
    return item(kind, name(n, visit), n)
  }
}

/** Things named after a day: partitions, exports, backups. */
export function daily(
  kind: Kind,
  plan: { readonly parts: number; readonly backDays: number },
  name: (date: string, part: number, visit: Visit) => string,
): Area {
  return (visit) => {
    const { rng, atMs } = visit
    const back = Math.floor(rng.exponential(plan.backDays))
    const part = rng.integer(0, plan.parts - 1)
    return item(kind, name(dateOf(atMs - back * DAY_MS), part, visit), part)
  }
}

/** One thing. */
export function single(kind: Kind, id: string): Area {
  const only = item(kind, id, 0)
  return () => only
}

const dateOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

function favourite({ rng, owner, atMs }: Visit, popularity: Popularity, type: string): number {
  const rank = rng.zipf(popularity.size, popularity.skew)
  const place = hash(rank, type.length * 131 + popularity.size)
  const holder = place % 1000 < popularity.shared * 1000 ? 0 : owner
  const phase = (place % 997) / 997
  const generation = Math.floor(atMs / DAY_MS / popularity.lifetimeDays + phase)
  return hash(place, holder, generation)
}

function item(kind: Kind, id: string, n: number): Item {
  const { type, sensitivity } = kind
  if (sensitivity === undefined) return type === undefined ? { id } : { id, type }
  const label = labelOf(sensitivity, hash(n, 77) % 1000)
  if (label === undefined) return type === undefined ? { id } : { id, type }
  return type === undefined ? { id, sensitivity: label } : { id, type, sensitivity: label }
}

function labelOf(shares: Readonly<Record<string, number>>, draw: number): string | undefined {
  let left = draw / 1000
  for (const label in shares) {
    left -= shares[label]!
    if (left < 0) return label
  }
  return undefined
}
