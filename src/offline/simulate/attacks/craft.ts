/**
 * Craft: the tools of an attacker who has got hold of an agent.
 *
 * Malicious events are written by the same code as honest ones, in sessions opened as the agent would
 * open them or in sessions truly under way. Nothing but what was done tells them apart.
 */
import { hash, type Random } from '../../../math/random.ts'
import type { Item } from '../areas.ts'
import { blueprints } from '../blueprints/catalogue.ts'
import { HOUR_MS, wallTime } from '../clock.ts'
import type { Silence } from '../deliver.ts'
import { assemble, type Draft, type Occurrence } from '../occurrence.ts'
import { ELSEWHERE } from '../origins.ts'
import type { RegistryEntry } from '../registry.ts'
import { activeChanges } from '../rhythm.ts'
import {
  amountsOf,
  DENIALS,
  flowIn,
  gapMs,
  itemFor,
  openSession,
  releaseAt,
  type Session,
  workIn,
} from '../sessions.ts'
import { domain } from '../words.ts'
import type { FlowStep, SimulatedAgent, World } from '../world.ts'

/** When an attacker moves: while the agent works, while it rests, or at once. */
export type Timing = 'working' | 'quiet' | 'now'

export interface Craft {
  readonly world: World
  readonly rng: Random
  readonly startMs: number
  readonly spreadMs: number
  /** 1 is subtle, 5 is blatant. */
  readonly intensity: number
  /** A usual number of malicious events; more would make attacks common. */
  readonly budget: number
  /** Agents that this attack may take: in service, and if possible not attacked before. */
  readonly victims: readonly SimulatedAgent[]
  readonly occurrences: Occurrence[]
  readonly silences: Silence[]
  readonly registered: RegistryEntry[]
}

/** A step of the way: malicious acts in one session. */
export interface Visit {
  readonly session: Session
  atMs: number
}

export type Act = Omit<Draft, 'atMs'>

/** What things are called where their place does not say. */
const TYPES: Readonly<Record<string, string>> = {
  https: 'webhook',
  mailto: 'recipient',
  sandbox: 'file',
  metadata: 'endpoint',
  notes: 'note',
  git: 'repository',
  directory: 'group',
}

const TRIES_MAX = 12
const LOOK_BACK_HOURS = 72 // an agent without work in as long is no victim
const RESTFUL_WEIGHT = 0.3 // against a mean hour of 1
const SEARCH_HOURS = 96 // how far ahead an attacker looks for the right moment

/** One that suits and has worked of late; or any, when there is none such. */
export function victimOf(
  craft: Craft,
  suits: (agent: SimulatedAgent) => boolean = () => true,
): SimulatedAgent {
  const { rng, victims } = craft
  const candidates = rng.shuffle(victims)
  const suited = candidates.filter(suits)
  const working = suited.slice(0, TRIES_MAX).find((agent) => hasWorked(craft, agent))
  return working ?? suited[0] ?? candidates[0]!
}

function hasWorked({ world, startMs }: Craft, agent: SimulatedAgent): boolean {
  const hour = Math.floor(startMs / HOUR_MS)
  for (let back = 1; back <= LOOK_BACK_HOURS; back++)
    if (workIn(world, agent, (hour - back) * HOUR_MS).length > 0) return true
  return false
}

/** Between a few and many, by intensity and chance, within the budget. */
export function eventCount(craft: Craft, usual: number): number {
  const drawn = craft.rng.logNormal(usual * craft.intensity, 0.4)
  return Math.max(2, Math.round(Math.min(drawn, craft.budget * 3)))
}

/** A moment at or soon after `fromMs` that suits the timing. */
export function momentFor(
  craft: Craft,
  agent: SimulatedAgent,
  timing: Timing,
  fromMs: number,
): number {
  const { world, rng } = craft
  if (timing === 'now') return fromMs
  const firstHour = Math.floor(fromMs / HOUR_MS)
  for (let hour = firstHour; hour < firstHour + SEARCH_HOURS; hour++) {
    const hourMs = hour * HOUR_MS
    if (hourMs + HOUR_MS >= world.endMs) break
    const work = workIn(world, agent, hourMs)
    if (timing === 'quiet') {
      if (work.length === 0 && isRestful(agent, hourMs))
        return Math.max(fromMs, hourMs) + rng.integer(0, HOUR_MS / 2)
      continue
    }
    const later = work.filter(({ atMs }) => atMs >= fromMs)
    if (later.length > 0) return rng.pick(later).atMs + rng.integer(0, 240_000)
  }
  return fromMs
}

/** An hour of the night or the weekend, for those who keep office hours; any hour for others. */
function isRestful({ zone, hourWeights, blueprint }: SimulatedAgent, hourMs: number): boolean {
  if ((blueprint.rhythm.hours ?? 'office') !== 'office') return true
  const { hour, weekday } = wallTime(zone, hourMs)
  return weekday % 6 === 0 || hourWeights[hour]! < RESTFUL_WEIGHT
}

/** Moments spread over the attack, in order. A spread below two days has one start. */
export function momentsFor(
  craft: Craft,
  agent: SimulatedAgent,
  timing: Timing,
  count: number,
): number[] {
  const { rng, startMs, spreadMs, world } = craft
  const anchor = momentFor(craft, agent, timing, startMs)
  const isLong = spreadMs > 48 * HOUR_MS
  const moments = [anchor]
  while (moments.length < count) {
    const wished = (isLong ? startMs : anchor) + rng.uniform() * spreadMs
    moments.push(isLong ? momentFor(craft, agent, timing, wished) : wished)
  }
  const lastMs = world.endMs - HOUR_MS
  return moments.map((atMs) => Math.floor(Math.min(atMs, lastMs))).sort((a, b) => a - b)
}

/** Opens a session as the agent would, then changes what the attacker cannot or need not copy. */
export function visit(
  craft: Craft,
  agent: SimulatedAgent,
  atMs: number,
  changes: Partial<Session> = {},
): Visit {
  const { world, rng } = craft
  const start = { atMs, kind: agent.blueprint.trigger, ...timetableOf(agent) }
  return {
    session: { ...openSession(world, agent, start, activeChanges(agent, atMs), rng), ...changes },
    atMs,
  }
}

/** Joins an honest session soon after `atMs`: same session, trigger, person and origin. */
export function join(craft: Craft, agent: SimulatedAgent, atMs: number): Visit {
  const { world, rng } = craft
  const firstHour = Math.floor(atMs / HOUR_MS)
  for (let hour = firstHour; hour < firstHour + SEARCH_HOURS; hour++) {
    if ((hour + 1) * HOUR_MS >= world.endMs) break
    const work = workIn(world, agent, hour * HOUR_MS).filter((honest) => honest.atMs >= atMs)
    if (work.length === 0) continue
    const last = rng.pick(work)
    const { source, onBehalfOf, session, trigger } = last.event
    return {
      session: {
        agent,
        release: releaseAt(agent, last.atMs),
        source,
        person: onBehalfOf,
        id: session,
        trigger: trigger as Session['trigger'],
      },
      atMs: last.atMs + rng.integer(400, 9000),
    }
  }
  return visit(craft, agent, atMs)
}

/** Does one malicious thing; the next comes after a gap like those of the agent's blueprint. */
export function act(craft: Craft, to: Visit, { outcome, error, ...what }: Act, gapS = 2.5): void {
  const { world, rng, occurrences } = craft
  const { agent } = to.session
  const atMs = Math.floor(Math.min(to.atMs, world.endMs - 1))
  const draft: Draft = {
    atMs,
    ...(outcome === undefined ? filled(craft, agent, what) : refused(craft, agent, what)),
    ...(outcome !== undefined && { outcome, error: error ?? rng.pick(DENIALS) }),
  }
  occurrences.push(assemble(world, to.session, draft, activeChanges(agent, atMs), rng))
  to.atMs = atMs + 40 + Math.floor(rng.logNormal(gapS * 1000, 0.8))
}

/** Adds what the agent's honest events always tell, so that nothing is told by its absence. */
function filled({ rng }: Craft, { flow, blueprint }: SimulatedAgent, what: Act): Act {
  const { item, scope, bytes } = what
  const { steps } = flow
  const isScoped = steps.every((step) => step.scope !== undefined)
  const isSized = steps.filter((step) => step.bytes !== undefined).length > steps.length * 0.7
  return {
    ...what,
    item: item.type === undefined ? { ...item, type: typeOf(item.id) } : item,
    scope: scope ?? (isScoped ? rng.pick(blueprint.granted) : undefined),
    ...(bytes === undefined && isSized && { bytes: Math.round(rng.logNormal(1500, 1)) }),
  }
}

/** What was refused moved nothing. */
function refused(craft: Craft, agent: SimulatedAgent, what: Act): Act {
  const { bytes: _bytes, records: _records, ...rest } = filled(craft, agent, what)
  return rest
}

/** The line of the timetable that a scheduled agent would name as its trigger. */
function timetableOf({ blueprint, poll, cron }: SimulatedAgent): { triggerId?: string } {
  if (blueprint.trigger !== 'schedule') return {}
  const triggerId = poll !== undefined ? 'poll' : cron[0]?.id
  return triggerId === undefined ? {} : { triggerId }
}

const typeOf = (id: string): string => TYPES[id.slice(0, id.indexOf('/'))] ?? 'object'

/** Walks through the agent's own workflow; `alter` may change each act, or leave it out. */
export function walk(
  craft: Craft,
  to: Visit,
  length: number,
  alter: (honest: Act, step: FlowStep) => Act | undefined = (honest) => honest,
): void {
  const { rng } = craft
  const { agent } = to.session
  const flow = flowIn(agent, activeChanges(agent, to.atMs))
  const items: Item[] = []
  let index = -1
  for (let done = 0; done < length; done++) {
    if (index < 0) index = flow.starts[rng.weighted(flow.startWeights)]!
    const step = flow.steps[index]!
    const item = itemFor(step, to.session, items, to.atMs, rng)
    const { action, scope } = step
    const altered = alter({ action, item, scope, ...amountsOf(step, [], rng) }, step)
    if (altered !== undefined) act(craft, to, altered, gapMs(step, rng) / 1000)
    index = step.next[rng.weighted(step.weights)]!
  }
}

/** A step of the agent's own workflow whose action reads like one of the words, if it has one. */
export function ownStep(agent: SimulatedAgent, ...words: string[]): FlowStep | undefined {
  const { steps } = agent.flow
  for (const word of words) {
    const found = steps.find(({ action }) => action.includes(word))
    if (found !== undefined) return found
  }
  return undefined
}

/** The step by which it mostly takes things in: its reading, whatever it is called. */
export const readingStep = (agent: SimulatedAgent): FlowStep =>
  ownStep(agent, '.read', '.query', '.fetch', '.search', '.list', '.export') ?? agent.flow.steps[0]!

/** An act of the agent's own, with amounts as usual times a factor. */
export function own(craft: Craft, to: Visit, step: FlowStep, factor = 1): Act {
  const { rng } = craft
  const item = itemFor(step, to.session, [], to.atMs, rng)
  const { bytes, records } = amountsOf(step, [], rng)
  return {
    action: step.action,
    item,
    scope: step.scope,
    ...(bytes !== undefined && { bytes: Math.round(bytes * factor) }),
    ...(records !== undefined && { records: Math.round(records * factor) }),
  }
}

/** A real thing of somebody else's: out of an area of another blueprint. */
export function foreignItem(craft: Craft, agent: SimulatedAgent, near = craft.rng.u32()): Item {
  const { rng, startMs, world } = craft
  const others = blueprints.filter(({ name }) => name !== agent.blueprint.name)
  const other = others[hash(near, 1) % others.length]!
  const areas = Object.values(other.areas)
  const person = world.people[hash(near, 2) % world.people.length]!.name
  return areas[hash(near, 3) % areas.length]!({ rng, owner: near, atMs: startMs, person })
}

/** A host on the internet that nobody here has been in touch with, as far as one can know. */
export const strangeHost = (craft: Craft): string =>
  domain(100_000 + craft.rng.integer(0, 4_000_000))

/** An address from which nobody works here. */
export const strangeNetwork = (craft: Craft) => craft.rng.pick(ELSEWHERE)
