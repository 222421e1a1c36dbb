/**
 * Shadow agent: an agent acts that the registry does not have, or has as retired.
 *
 * As unlikely as such agents are among all that were active: in a tenant whose registry is well kept
 * one alone is remarkable, in one that registers half of its agents none is. The answer holds for an
 * agent, and so for each of its days.
 * Reads     the registry
 * Source    Good (1953), "The population frequencies of species", Biometrika, for the rate of a kind
 *           seldom or never met.
 * Blind to  Everything where no registry is given.
 */
import type { RegisteredAgent } from '../agent/registry.ts'
import type { Detector } from './detector.ts'

/** Agents of a well-kept tenant that are supposed to have been seen beforehand. */
const WELL_KEPT_AGENTS = 100
/** What an unregistered agent met counts for: most are mistakes or worse, and make no custom. */
const UNREGISTERED_WEIGHT = 0.001
/** What one out of service counts for: its registry may be younger than the event. */
const OUT_OF_SERVICE_WEIGHT = 10
const OUT_OF_SERVICE = new Set(['retired', 'disabled', 'inactive', 'decommissioned', 'deleted'])

export const mayAct = ({ status }: RegisteredAgent): boolean => !OUT_OF_SERVICE.has(status)

export const shadowAgent: Detector = {
  name: 'shadow-agent',
  aspect: 'identity',
  title: 'acted though it is not a registered agent',
  isOfDay: true,
  judge(_readings, _event, { registry, registered, population }) {
    if (registry === undefined) return undefined
    if (registered !== undefined && mayAct(registered)) return 0
    const { agents, unregistered, outOfService } = population
    const all = WELL_KEPT_AGENTS + agents
    if (registered === undefined) {
      return Math.log(all / (UNREGISTERED_WEIGHT * (1 + unregistered)))
    }
    return Math.log(all / Math.min(all, OUT_OF_SERVICE_WEIGHT * (1 + outOfService)))
  },
  explain(_readings, { agent }, { registry, registered }) {
    const expected = `one of ${registry?.size ?? 0} registered agents in service`
    const status = registered === undefined ? 'not in the registry' : registered.status
    return { expected, seen: `${agent.id}, ${status}` }
  },
  suppositions: (_readings, { agent }) => [
    {
      kind: 'otherwise',
      had: 'it been registered and in service',
      suppose(_others, standing) {
        standing.registered = { ...standing.registered, id: agent.id, status: 'active' }
      },
    },
  ],
}
