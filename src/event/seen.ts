/**
 * Seen: which events a partition has met, so that a second delivery counts for nothing.
 *
 * Two generations of identities: the newer one fills up, then the older is forgotten. So an event is
 * known again for at least `GENERATION_MAX` events of its partition, whatever the clocks say.
 *
 * Cost      8 bytes an event stored, at most 1 MiB a partition.
 * Blind to  Second deliveries further apart than that; they count twice.
 */
import { wideHash } from '../math/hash.ts'

/** Shippers deliver a batch again within minutes: this is minutes at thousands of events a second. */
export const GENERATION_MAX = 65_536

/** An id is unique per tenant; the tenant's length keeps the two apart. */
export function identityOf(tenant: string, id: string): number {
  return wideHash(`${tenant.length}:${tenant}${id}`)
}

export class Seen {
  private older: Set<number>
  private newer: Set<number>
  /** How often a generation has been forgotten. */
  generation: number

  /** The identities of the two generations that are remembered, older first. */
  constructor(generation = 0, older: Iterable<number> = [], newer: Iterable<number> = []) {
    this.generation = generation
    this.older = new Set(older)
    this.newer = new Set(newer)
  }

  /** Remembers an identity. Answers false where it was known. */
  add(identity: number): boolean {
    if (this.newer.has(identity) || this.older.has(identity)) return false
    if (this.newer.size >= GENERATION_MAX) {
      this.older = this.newer
      this.newer = new Set()
      this.generation++
    }
    this.newer.add(identity)
    return true
  }
}
