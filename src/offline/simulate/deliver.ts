/** Delivery: puts what happened into the order in which it arrives, late ones and second copies included. */
import type { RawEvent } from '../../event/event.ts'
import { hashText } from '../../math/random.ts'
import { HOUR_MS } from './clock.ts'
import type { Occurrence } from './occurrence.ts'
import { activeChanges } from './rhythm.ts'
import { workIn } from './sessions.ts'
import type { SimulatedAgent, World } from './world.ts'

const COPY_SHARE = 0.00015 // deliveries that every queue makes twice now and then

/** A span in which an agent's own events are not written at all. */
export interface Silence {
  readonly agent: SimulatedAgent
  readonly fromMs: number
  readonly toMs: number
}

/** All events of the world and of the attacks on it, in order of arrival. */
export function* deliver(
  world: World,
  attacks: readonly Occurrence[],
  silences: readonly Silence[],
): Generator<RawEvent> {
  for (const { event } of arrivals(world, attacks, silences)) yield event
}

/**
 * The same, with when each happened and arrives; a second copy is an arrival of its own. Hour by hour:
 * held in memory are one hour, and whatever is still under way.
 */
export function* arrivals(
  world: World,
  attacks: readonly Occurrence[],
  silences: readonly Silence[],
): Generator<Occurrence> {
  const pending = new Map<number, Occurrence[]>() // by the hour of arrival
  const planned = new Map<number, Occurrence[]>() // attacks, by the hour they happen
  const firstHour = Math.floor(world.startMs / HOUR_MS)
  const endHour = Math.ceil(world.endMs / HOUR_MS)
  for (const attack of attacks) put(planned, Math.floor(attack.atMs / HOUR_MS), attack)

  const ship = (occurrence: Occurrence) => {
    put(pending, Math.floor(occurrence.arrivesMs / HOUR_MS), occurrence)
    const copyMs = copyArrival(occurrence)
    if (copyMs !== undefined)
      put(pending, Math.floor(copyMs / HOUR_MS), { ...occurrence, arrivesMs: copyMs })
  }

  for (let hour = firstHour; hour < endHour || pending.size > 0; hour++) {
    if (hour < endHour) {
      for (const occurrence of hourOf(world, hour * HOUR_MS))
        if (occurrence.atMs < world.endMs && !isSilent(occurrence, silences)) ship(occurrence)
      for (const attack of planned.get(hour) ?? []) ship(attack)
      planned.delete(hour)
    }
    const due = pending.get(hour)
    pending.delete(hour)
    if (due === undefined) continue
    yield* due.sort((a, b) => a.arrivesMs - b.arrivesMs || a.atMs - b.atMs)
  }
}

/** Sessions of all agents that begin in the hour; callers first, so that the called know. */
function* hourOf(world: World, hourMs: number): Generator<Occurrence> {
  const calls = new Map<SimulatedAgent, readonly Occurrence[]>()
  for (const agent of world.agents)
    if (agent.calls.length > 0) calls.set(agent, workIn(world, agent, hourMs))
  for (const agent of world.agents) yield* calls.get(agent) ?? workIn(world, agent, hourMs, calls)
}

function isSilent({ agent, atMs }: Occurrence, silences: readonly Silence[]): boolean {
  for (const silence of silences)
    if (silence.agent === agent && atMs >= silence.fromMs && atMs < silence.toMs) return true
  return false
}

/** Whether a second copy comes and when; known from the id, so that it needs no stream of chance. */
function copyArrival({ agent, atMs, arrivesMs, event }: Occurrence): number | undefined {
  const draw = hashText(11, event.id) / 4_294_967_296
  if (draw < COPY_SHARE) return arrivesMs + 2000 + (draw / COPY_SHARE) * 5 * HOUR_MS
  for (const { twice, toMs } of activeChanges(agent, atMs))
    if (twice !== undefined && draw < twice)
      return Math.max(arrivesMs, toMs) + 1000 + draw * HOUR_MS
  return undefined
}

function put<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
