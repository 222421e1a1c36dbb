/**
 * Shadow agent: an agent acts that the registry does not have, or has as retired.
 *
 * Reads     the registry
 * Blind to  Everything where no registry is given.
 */
import type { Detector } from './detector.ts'

/** As surprising as a thing that happens once in 160,000 events, before calibration. */
const UNREGISTERED_NATS = 12
const OUT_OF_SERVICE = new Set(['retired', 'disabled', 'inactive', 'decommissioned', 'deleted'])

export const shadowAgent: Detector = {
  name: 'shadow-agent',
  aspect: 'standing',
  title: 'acted though it is not a registered agent',
  judge(_readings, _event, { registry, registered }) {
    if (registry === undefined) return undefined
    const isInService = registered !== undefined && !OUT_OF_SERVICE.has(registered.status)
    return isInService ? 0 : UNREGISTERED_NATS
  },
  explain(_readings, { agent }, { registry, registered }) {
    const expected = `one of ${registry?.size ?? 0} registered agents in service`
    const status = registered === undefined ? 'not in the registry' : registered.status
    return { expected, seen: `${agent.id}, ${status}` }
  },
}
