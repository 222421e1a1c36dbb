/**
 * Beyond purpose: the agent did, touched or used what it is not registered for.
 *
 * Reads     the registry's purpose and grants, resources
 * Blind to  Agents that are registered without them.
 */
import { purposeOf } from '../agent/purpose.ts'
import type { Detector } from './detector.ts'

/** Each breach is as surprising as a thing that happens once in 400 events, before calibration. */
const BREACH_NATS = 6
/** What it has been doing for long, or its peers do, is more likely a gap in the registry. */
const HABIT_SHARE = 0.3
const CUSTOM_SHARE = 0.5

export const beyondPurpose: Detector = {
  name: 'beyond-purpose',
  aspect: 'purpose',
  title: 'went beyond what it is registered for',
  judge({ resources }, event, { registered }) {
    if (registered === undefined) return undefined
    const purpose = purposeOf(registered)
    let breaches = 0
    if (!purpose.coversAction(event)) breaches++
    if (!purpose.coversResource(event)) breaches++
    if (!purpose.grants(event)) breaches++
    if (breaches === 0) return 0
    const { isNew, isKnownToPeers } = resources.use
    const share = !isNew ? HABIT_SHARE : isKnownToPeers ? CUSTOM_SHARE : 1
    return breaches * BREACH_NATS * share
  },
  explain(_readings, event, { registered }) {
    const { purpose, granted } = registered ?? {}
    const grants = registered === undefined || purposeOf(registered).grants(event)
    const scope = event.permission?.used ?? 'no scope'
    if (!grants) return { expected: `scopes ${listed(granted)}`, seen: `${scope}, not granted` }
    const expected = `${listed(purpose?.actions)} on ${listed(purpose?.resources)}`
    return { expected, seen: `${event.action} on ${event.resource.id}` }
  },
  suppositions(_readings, event, { registered }) {
    if (registered === undefined) return []
    const isGranted = purposeOf(registered).grants(event)
    const what = isGranted ? `${event.action} on ${event.resource.id}` : event.permission?.used
    return [
      {
        kind: 'otherwise',
        had: `it been registered for ${what}`,
        suppose(_others, standing) {
          const { id, status } = registered
          standing.registered = { id, status } // what says nothing forbids nothing
        },
      },
    ]
  },
}

const LISTED_MAX = 4

function listed(words: readonly string[] | undefined): string {
  if (words === undefined) return 'anything'
  if (words.length === 0) return 'nothing'
  const more = words.length > LISTED_MAX ? ', …' : ''
  return words.slice(0, LISTED_MAX).join(', ') + more
}
