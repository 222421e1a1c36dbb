/**
 * Seen: which events a partition has met, so that a second delivery counts for nothing.
 *
 * Two generations of identities: the newer one fills up, then the older is forgotten. So an event is
 * known again for at least `GENERATION_MAX` events of its partition, whatever the clocks say.
 *
 * Cost      8 bytes an event stored, at most 1 MiB a partition; 16 to 32 bytes an event in memory.
 * Blind to  Second deliveries further apart than that; they count twice.
 */
import { wideHashOf } from '../math/hash.ts'

/** Shippers deliver a batch again within minutes: this is minutes at thousands of events a second. */
export const GENERATION_MAX = 65_536

/** An id is unique per tenant; the tenant's length keeps the two apart. */
export function identityOf(tenant: string, id: string): number {
  if (tenant !== lastTenant) {
    lastTenant = tenant
    lastPrefix = `${tenant.length}:${tenant}`
  }
  return wideHashOf(lastPrefix, id)
}

// Events of one tenant come together, and joining strings costs more than hashing them.
let lastTenant = ''
let lastPrefix = '0:'

export class Seen {
  private older: Generation
  private newer: Generation
  /** How often a generation has been forgotten. */
  generation: number

  /** The identities of the two generations that are remembered, older first. */
  constructor(generation = 0, older: Iterable<number> = [], newer: Iterable<number> = []) {
    this.generation = generation
    this.older = new Generation(older)
    this.newer = new Generation(newer)
  }

  /** Whether an identity is remembered. */
  has(identity: number): boolean {
    return this.newer.has(identity) || this.older.has(identity)
  }

  /** The identities of the two generations that are remembered, older first, each in order. */
  held(): readonly [older: Float64Array, newer: Float64Array] {
    return [this.older.held(), this.newer.held()]
  }

  /** Remembers an identity, an integer ≥ 1. Answers false where it was known. */
  add(identity: number): boolean {
    if (this.older.has(identity)) return false
    // Full, a generation takes no more; whether it knows the identity comes first all the same.
    if (this.newer.size < GENERATION_MAX) return this.newer.add(identity)
    if (this.newer.has(identity)) return false
    const forgotten = this.older
    forgotten.clear()
    this.older = this.newer
    this.newer = forgotten // its table has the right size already
    this.generation++
    return this.newer.add(identity)
  }
}

/** Slots of a new table: a partition that is hardly used costs 2 KiB. */
const SLOTS_MIN = 256

/**
 * A set of identities in one typed array: the slots are tried in turn from the one that the low bits
 * name, which are a hash already; 0 is an empty one. A `Set` of such numbers boxes every one of them,
 * takes several times the memory and time, and gives the garbage collector work.
 */
class Generation {
  size = 0
  private slots = new Float64Array(SLOTS_MIN)

  constructor(identities: Iterable<number>) {
    for (const identity of identities) this.add(identity)
  }

  has(identity: number): boolean {
    return this.size > 0 && this.slots[slotOf(this.slots, identity)] === identity
  }

  /** Answers false where it was there. */
  add(identity: number): boolean {
    const { slots } = this
    const slot = slotOf(slots, identity)
    if (slots[slot] === identity) return false
    slots[slot] = identity
    this.size++
    if (this.size * 2 > slots.length) this.grow() // at most half full, so that runs stay short
    return true
  }

  held(): Float64Array {
    return this.slots.filter((identity) => identity !== 0).sort()
  }

  clear(): void {
    this.size = 0
    this.slots.fill(0)
  }

  private grow(): void {
    const slots = new Float64Array(this.slots.length * 2)
    for (const identity of this.slots) {
      if (identity !== 0) slots[slotOf(slots, identity)] = identity
    }
    this.slots = slots
  }
}

/** Where an identity is, or would be put. A table is never full, so there is such a place. */
function slotOf(slots: Float64Array, identity: number): number {
  const last = slots.length - 1
  let slot = identity & last
  for (let found = slots[slot]; found !== identity && found !== 0; found = slots[slot]) {
    slot = (slot + 1) & last
  }
  return slot
}
