/** Oddity: something honest out of the ordinary, as it is noted for whoever analyses false alarms. */
import type { Change, SimulatedAgent } from './world.ts'

export interface Oddity {
  readonly kind: string
  /** Empty where it concerns all agents, or those of a country. */
  readonly agents: readonly string[]
  readonly startMs: number
  readonly endMs: number
  readonly note?: string
}

/** Makes the change to each agent and notes it. */
export function impose(
  kind: string,
  agents: readonly SimulatedAgent[],
  change: Change | ((agent: SimulatedAgent) => Change),
  note?: string,
): Oddity {
  let startMs = Infinity
  let endMs = -Infinity
  for (const agent of agents) {
    const made = typeof change === 'function' ? change(agent) : change
    agent.changes.push(made)
    startMs = Math.min(startMs, made.fromMs)
    endMs = Math.max(endMs, made.toMs)
  }
  const named = agents.map(({ id }) => id)
  return { kind, agents: named, startMs, endMs, ...(note !== undefined && { note }) }
}
