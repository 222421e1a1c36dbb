/**
 * Knowledge: what the agents of a tenant and of a blueprint have in common, as prior of each.
 *
 * It changes only where an epoch of the stream ends: until then every partition gathers its share
 * apart, so that the order in which partitions run, and on how many workers, makes no difference.
 */
import type { Population } from '../detectors/detector.ts'
import { gainAt } from '../math/decay.ts'
import {
  blueprintSurprises,
  nominalSurprises,
  type Surprises,
  tenantSurprises,
} from './calibrate.ts'
import { channels, DAY } from './channels.ts'
import {
  align,
  blankMemory,
  clearMemory,
  loadMemory,
  type Memory,
  mergeMemory,
  saveMemory,
} from './memory.ts'
import { loadTools, mergeTools, type SavedTools, saveTools, type Tools } from './tools.ts'

/** One tenant, or one blueprint of it. */
export interface Group {
  readonly memory: Memory
  /** The first and the latest event behind it; surprises are read as of the latest. */
  firstMs: number
  lastMs: number
  /** The agents that were active in it; counted in a tenant alone. */
  readonly population: Population
  /** What its members took up: new actions of a blueprint, new places of a tenant; see shared. */
  readonly tools: Tools
  /** Derived from the calibration when first asked for in an epoch. */
  surprises: Surprises | undefined
  /** Those of an earlier epoch, whose room the next take. */
  spent: Surprises | undefined
}

/** Groups by tenant, and by tenant and blueprint; see `groupKey`. */
export type Knowledge = Map<string, Group>

/**
 * Epochs grow with the stream: one is about a 4,096th of what came before it. So peers help one
 * another within the hour, and a large stream does not spend its time on sharing.
 */
const EPOCHS_PER_DOUBLING = 4096
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
  if (tenant !== lastTenant) {
    lastTenant = tenant
    ofTenant = keys.get(tenant)
  }
  return ofTenant?.get(name) ?? joined(tenant, name)
}

/** A key's tenant and name. */
export function namesOf(key: string): { tenant: string; name: string } {
  const end = tenantEnd(key)
  return { tenant: key.slice(key.indexOf(':') + 1, end), name: key.slice(end) }
}

/** The key of the tenant that something named belongs to; a tenant's own is the key itself. */
export function tenantKeyOf(key: string): string {
  return key.slice(0, tenantEnd(key))
}

function tenantEnd(key: string): number {
  const colon = key.indexOf(':')
  return colon + 1 + Number(key.slice(0, colon))
}

/** Keys by tenant and name: to find one again takes less than to put it together and to hash it. */
const keys = new Map<string, Map<string, string>>()
let keysKept = 0
/** Events of one tenant come together. */
let lastTenant = ''
let ofTenant: Map<string, string> | undefined
/** Most keys kept, as 10 MB hold; what is beyond begins anew. */
const KEYS_MAX = 65_536

function joined(tenant: string, name: string): string {
  if (keysKept >= KEYS_MAX) {
    keys.clear()
    keysKept = 0
  }
  const key = `${tenant.length}:${tenant}${name}`
  const named = keys.get(tenant) ?? new Map<string, string>()
  keys.set(tenant, named.set(name, key))
  keysKept++
  lastTenant = tenant
  ofTenant = named
  return key
}

export function groupIn(knowledge: Knowledge, key: string, stretch: number): Group {
  const known = knowledge.get(key)
  if (known !== undefined) return known
  const group = spare.pop() ?? {
    memory: blankMemory('group', stretch),
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: 0,
    population: { agents: 0, unregistered: 0, outOfService: 0, lookAlikes: 0 },
    tools: new Map(),
    surprises: undefined,
    spent: undefined,
  }
  group.memory.stretch = stretch
  knowledge.set(key, group)
  return group
}

/** Blank groups. An epoch of many partitions gathers little in each of many: they are used anew. */
const spare: Group[] = []
const SPARE_MAX = 1024

/** Gives back shares that were joined to what is known and are looked at by nobody any more. */
export function reuse(shares: readonly Knowledge[]): void {
  for (const share of shares) {
    for (const group of share.values()) {
      if (spare.length >= SPARE_MAX) return
      clearMemory(group.memory, 0)
      group.firstMs = Number.POSITIVE_INFINITY
      group.lastMs = 0
      const { population } = group
      population.agents = 0
      population.unregistered = 0
      population.outOfService = 0
      population.lookAlikes = 0
      group.tools.clear()
      spare.push(group)
    }
  }
}

/**
 * Moves a group's landmark on. What was derived from its weights is derived anew: rows that were not
 * worked out yet would take the new weights for the old.
 */
export function alignGroup(group: Group, stretch: number): void {
  if (stretch <= group.memory.stretch) return
  align(group.memory, stretch)
  forgetSurprises(group)
}

/** They are derived anew in the same room, where blueprints find those of their tenant. */
function forgetSurprises(group: Group): void {
  group.spent = group.surprises ?? group.spent
  group.surprises = undefined
}

/** Joins what each partition has gathered, in their order, to what was known before. */
export function mergeKnowledge(known: Knowledge, shares: readonly Knowledge[]): Knowledge {
  for (const share of shares) {
    for (const [key, from] of share) {
      const into = groupIn(known, key, from.memory.stretch)
      into.firstMs = Math.min(into.firstMs, from.firstMs)
      into.lastMs = Math.max(into.lastMs, from.lastMs)
      mergeMemory(into.memory, from.memory, into.lastMs)
      into.population.agents += from.population.agents
      into.population.unregistered += from.population.unregistered
      into.population.outOfService += from.population.outOfService
      into.population.lookAlikes += from.population.lookAlikes
      mergeTools(into.tools, from.tools)
    }
  }
  for (const group of known.values()) forgetSurprises(group)
  return known
}

const nominal = nominalSurprises(channels.length)

/** How surprising the answers of a group's members are; nominal where there is none yet. */
export function surprisesOf(tenant: Group | undefined, group: Group | undefined): Surprises {
  if (tenant === undefined) return nominal
  tenant.surprises ??= tenantSurprises(tenant.memory.calibration, DAY, gainOf(tenant), tenant.spent)
  if (group === undefined) return tenant.surprises
  group.surprises ??= blueprintSurprises(
    group.memory.calibration,
    tenant.surprises,
    DAY,
    gainOf(group),
    group.spent,
  )
  return group.surprises
}

function gainOf({ memory, lastMs }: Group): number {
  return gainAt(lastMs, memory.stretch)
}

export type SavedKnowledge = [
  key: string,
  firstMs: number,
  lastMs: number,
  population: readonly [
    agents: number,
    unregistered: number,
    outOfService: number,
    lookAlikes?: number,
  ],
  memory: unknown,
  tools?: SavedTools,
][]

export function saveKnowledge(knowledge: Knowledge): SavedKnowledge {
  return [...knowledge]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { memory, firstMs, lastMs, population, tools }]) => {
      const { agents, unregistered, outOfService, lookAlikes } = population
      const counts = [agents, unregistered, outOfService, lookAlikes] as const
      return [key, firstMs, lastMs, counts, saveMemory(memory), saveTools(tools)]
    })
}

export function loadKnowledge(saved: SavedKnowledge): Knowledge {
  return new Map(
    saved.map(
      ([
        key,
        firstMs,
        lastMs,
        [agents, unregistered, outOfService, lookAlikes = 0],
        memory,
        tools = [],
      ]) => [
        key,
        {
          memory: loadMemory(memory, 'group'),
          firstMs,
          lastMs,
          population: { agents, unregistered, outOfService, lookAlikes },
          tools: loadTools(tools),
          surprises: undefined,
          spent: undefined,
        },
      ],
    ),
  )
}
