/**
 * Knowledge: what the agents of a tenant and of a blueprint have in common, as prior of each.
 *
 * It changes only where an epoch of the stream ends: until then every partition gathers its share
 * apart, so that the order in which partitions run, and on how many workers, makes no difference.
 */
import { gainAt } from '../math/decay.ts'
import { blueprintSurvival, nominalSurvival, type Survival, tenantSurvival } from './calibrate.ts'
import { channels } from './channels.ts'
import { blankMemory, loadMemory, type Memory, mergeMemory, saveMemory } from './memory.ts'

/** One tenant, or one blueprint of it. */
export interface Group {
  readonly memory: Memory
  /** The first and the latest event behind it; survival is read as of the latest. */
  firstMs: number
  lastMs: number
  /** Derived from the calibration when first asked for in an epoch. */
  survival: Survival | undefined
}

/** Groups by tenant, and by tenant and blueprint; see `groupKey`. */
export type Knowledge = Map<string, Group>

/**
 * Epochs grow with the stream: one is about a 512th of what came before it. So peers help one another
 * within the hour in a small tenant, and a large one does not spend its time on sharing.
 */
const EPOCHS_PER_DOUBLING = 512
const EPOCH_EVENTS_MIN = 512
const EPOCH_EVENTS_MAX = 65_536
/** Where epochs begin to grow, and where they stop growing. */
const GROWTH_FROM = EPOCHS_PER_DOUBLING * EPOCH_EVENTS_MIN
const GROWTH_TO = EPOCHS_PER_DOUBLING * EPOCH_EVENTS_MAX

/** Which epoch the event with this number in the stream belongs to; numbers count from 0. */
export function epochOf(number: number): number {
  if (number < GROWTH_FROM) return Math.floor(number / EPOCH_EVENTS_MIN)
  const doublings = Math.floor(Math.log2(Math.min(number, GROWTH_TO) / GROWTH_FROM))
  const start = GROWTH_FROM * 2 ** doublings
  const length = EPOCH_EVENTS_MIN * 2 ** doublings
  return EPOCHS_PER_DOUBLING * (doublings + 1) + Math.floor((number - start) / length)
}

/** A tenant's key, or that of something named within it: the tenant's length keeps them apart. */
export function groupKey(tenant: string, name = ''): string {
  return `${tenant.length}:${tenant}${name}`
}

export function groupIn(knowledge: Knowledge, key: string, stretch: number): Group {
  const known = knowledge.get(key)
  if (known !== undefined) return known
  const group = {
    memory: blankMemory('group', stretch),
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: 0,
    survival: undefined,
  }
  knowledge.set(key, group)
  return group
}

/** Joins what each partition has gathered, in their order, to what was known before. */
export function mergeKnowledge(known: Knowledge, shares: readonly Knowledge[]): Knowledge {
  for (const share of shares) {
    for (const [key, from] of [...share].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const into = groupIn(known, key, from.memory.stretch)
      mergeMemory(into.memory, from.memory)
      into.firstMs = Math.min(into.firstMs, from.firstMs)
      into.lastMs = Math.max(into.lastMs, from.lastMs)
    }
  }
  for (const group of known.values()) group.survival = undefined
  return known
}

const nominal = nominalSurvival(channels.length)

/** How surprising the answers of a group's members are; nominal where there is none yet. */
export function survivalOf(tenant: Group | undefined, blueprint: Group | undefined): Survival {
  if (tenant === undefined) return nominal
  tenant.survival ??= tenantSurvival(tenant.memory.calibration, gainOf(tenant))
  if (blueprint === undefined) return tenant.survival
  blueprint.survival ??= blueprintSurvival(
    blueprint.memory.calibration,
    tenant.survival,
    gainOf(blueprint),
  )
  return blueprint.survival
}

function gainOf({ memory, lastMs }: Group): number {
  return gainAt(lastMs, memory.stretch)
}

export type SavedKnowledge = [key: string, firstMs: number, lastMs: number, memory: unknown][]

export function saveKnowledge(knowledge: Knowledge): SavedKnowledge {
  return [...knowledge]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { memory, firstMs, lastMs }]) => [key, firstMs, lastMs, saveMemory(memory)])
}

export function loadKnowledge(saved: SavedKnowledge): Knowledge {
  return new Map(
    saved.map(([key, firstMs, lastMs, memory]) => [
      key,
      { memory: loadMemory(memory, 'group'), firstMs, lastMs, survival: undefined },
    ]),
  )
}
