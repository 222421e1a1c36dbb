/** Agent state: everything kept of one agent, in memory and at rest. */
import { z } from 'zod'
import {
  blankContext,
  type Context,
  loadContext,
  saveContext,
  savedContext,
} from '../agent/context.ts'
import {
  loadPrompts,
  type StandingPrompt,
  savedPrompts,
  savePrompts,
} from '../agent/standing-prompt.ts'
import { loadTrail, type Place, saveTrail } from '../agent/trail.ts'
import { EngineError } from '../errors.ts'
import type { Event } from '../event/event.ts'
import { stretchOf } from '../math/decay.ts'
import { DAY_CHANNELS } from '../scoring/channels.ts'
import { blankMemory, loadMemory, type Memory, mergeMemory, saveMemory } from '../scoring/memory.ts'
import { type Case, caseSchema } from './case.ts'
import type { Home } from './home.ts'
import { loadCase, saveCase } from './saved-case.ts'
import { lifeFrom, loadLife, plainLife, saveLife } from './saved-life.ts'

export interface AgentState {
  /** As its latest event says. It is not stored: what an event says is looked up when it is new. */
  home: Home | undefined
  /** Its kind, as its latest event names it or else the registry; for those who look at it. */
  blueprint: string | undefined
  memory: Memory
  readonly context: Context
  /** New places that it took up of late. */
  readonly trail: Place[]
  /** What its timetable tells it, by line. */
  readonly prompts: StandingPrompt[]
  /** The latest case, open or over. */
  case: Case | undefined
  /** The UTC day of the latest event, and the strangest answers of that day by channel of the day. */
  day: number
  ofDay: Float64Array
  /** The lowest tail of that day so far. */
  dayTail: number
  events: number
  firstMs: number
  /** When another release, prompt of its timetable or tool of its kind was first met; 0 where none was. */
  releasedMs: number
  /** What its latest event says of its release; undefined where none did. */
  release: Pick<Event['agent'], 'version' | 'model'> | undefined
  /** The id of its latest event; empty where it is not known. */
  latestId: string
  /** Whether it is on the list of those that are looked after when they are silent; see overdue. */
  isAwaited: boolean
  /** Whether its silence has been told of, and lasts. */
  isMissed: boolean
}

/** Raised when the saved form changes shape. */
const VERSION = 6
/** Before this one its life was told field by field. */
const LIFE_VERSION = 5
/** Since this one it says whether the agent is looked after. */
const AWAITED_VERSION = 6

const savedState = z.object({
  version: z.number(),
  memory: z.unknown(),
  context: savedContext,
  /** Until v4 it was stored as it is. */
  case: z.union([z.instanceof(Uint8Array), caseSchema]).optional(),
  life: z.instanceof(Uint8Array),
  // Since places taken up are followed.
  trail: z.instanceof(Uint8Array).optional(),
  prompts: savedPrompts.optional(),
})
const plainState = savedState.omit({ life: true }).extend(plainLife.shape)
export type SavedState = z.infer<typeof savedState>

export function blankState(atMs: number): AgentState {
  return {
    home: undefined,
    blueprint: undefined,
    memory: blankMemory('agent', stretchOf(atMs)),
    context: blankContext(),
    trail: [],
    prompts: [],
    case: undefined,
    day: 0,
    ofDay: new Float64Array(DAY_CHANNELS),
    dayTail: 1,
    events: 0,
    firstMs: atMs,
    releasedMs: 0,
    release: undefined,
    latestId: '',
    isAwaited: false,
    isMissed: false,
  }
}

export function saveState(state: AgentState): SavedState {
  const { memory, context, case: open } = state
  return {
    version: VERSION,
    memory: saveMemory(memory),
    context: saveContext(context),
    life: saveLife(state),
    ...(open === undefined ? {} : { case: saveCase(open) }),
    ...(state.trail.length === 0 ? {} : { trail: saveTrail(state.trail) }),
    ...(state.prompts.length === 0 ? {} : { prompts: savePrompts(state.prompts) }),
  }
}

/** Joins what history told of an agent to its present; what it is in the middle of goes on. */
export function joinPast(present: AgentState, past: AgentState): void {
  const lastMs = Math.max(present.context.lastMs, past.context.lastMs)
  mergeMemory(present.memory, past.memory, lastMs)
  present.events += past.events
  present.firstMs = Math.min(present.firstMs, past.firstMs)
  present.releasedMs = Math.max(present.releasedMs, past.releasedMs)
  present.blueprint ??= past.blueprint
  if (present.trail.length === 0) present.trail.push(...past.trail)
  if (present.prompts.length === 0) present.prompts.push(...past.prompts)
}

/**
 * Gives an agent the baselines of another state of it, an earlier one or one of another store. What it
 * is in the middle of goes on, its windows, sessions and case.
 */
export function giveBaselines(state: AgentState, { memory, events, firstMs }: AgentState): void {
  state.memory = memory
  state.events = events
  state.firstMs = firstMs
}

/**
 * Reads what `saveState` wrote.
 *
 * @throws EngineError MEMORY_NEWER where a later build wrote it, MEMORY_INVALID where it is damaged.
 */
export function loadState(saved: unknown): AgentState {
  const version = versionOf(saved)
  if (version > VERSION) {
    const reads = `this build reads up to v${VERSION}`
    throw new EngineError('MEMORY_NEWER', `Agent state is v${version}; ${reads}.`)
  }
  const checked = (version < LIFE_VERSION ? plainState : savedState).safeParse(saved)
  if (!checked.success) {
    const [issue] = checked.error.issues
    const place = issue?.path.join('.')
    throw new EngineError(
      'MEMORY_INVALID',
      `Agent state is damaged at ${place}: ${issue?.message}.`,
    )
  }
  const { memory, context, trail, case: kept } = checked.data
  const open = kept instanceof Uint8Array ? loadCase(kept) : kept
  if (kept !== undefined && open === undefined) {
    throw new EngineError(
      'MEMORY_INVALID',
      'Agent state is damaged at case: it cannot be unpacked.',
    )
  }
  return {
    ...('life' in checked.data
      ? loadLife(checked.data.life, version >= AWAITED_VERSION)
      : lifeFrom(checked.data)),
    home: undefined,
    memory: loadMemory(memory, 'agent'),
    context: loadContext(context),
    trail: trail === undefined ? [] : loadTrail(trail),
    prompts: loadPrompts(checked.data.prompts ?? []),
    case: open,
  }
}

const versioned = z.object({ version: z.number() })

/** A later build's form may be any other: its version is looked at before all else. */
function versionOf(saved: unknown): number {
  const of = versioned.safeParse(saved)
  return of.success ? of.data.version : 0
}
