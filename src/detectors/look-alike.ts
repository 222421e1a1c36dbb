/**
 * Look-alike: a new agent's id reads like that of a registered agent.
 *
 * As unlikely as such agents are among all that were active: where ids are given out alike none is
 * remarkable. The answer holds for an agent, and so for each of its first days.
 * Reads     the registry
 * Source    Good (1953), "The population frequencies of species", Biometrika, for the rate of a kind
 *           seldom or never met.
 * Blind to  Everything where no registry is given, and names borrowed outright.
 */
import type { Detector } from './detector.ts'

/** For so many events an agent is asked whether it is the one it seems to be; then it is known itself. */
const NEW_EVENTS = 500
/** Agents of a tenant that are supposed to have been seen beforehand, none like another. */
const UNLIKE_AGENTS = 100
/** What one look-alike counts for: a mistake of naming makes no custom. */
const LOOK_ALIKE_WEIGHT = 0.01

export const lookAlike: Detector = {
  name: 'look-alike',
  aspect: 'identity',
  title: 'acted under a name that reads like that of another agent',
  isOfDay: true,
  judge(_readings, _event, { registry, double, population, events }) {
    if (registry === undefined) return undefined
    if (double === undefined || events >= NEW_EVENTS) return 0
    const { agents, lookAlikes } = population
    return Math.log((UNLIKE_AGENTS + agents) / (LOOK_ALIKE_WEIGHT * (1 + lookAlikes)))
  },
  explain: (_readings, { agent }, { double }) => ({
    expected: 'an id that cannot be mistaken for another',
    seen: `${agent.id}, which reads like ${double ?? 'no other'}`,
  }),
  suppositions: () => [
    {
      kind: 'otherwise',
      had: 'its id not read like that of another agent',
      suppose(_readings, standing) {
        standing.double = undefined
      },
    },
  ],
}
