/**
 * Beyond purpose: the agent did, touched or used what it is not registered for.
 *
 * Reads     the registry's purpose and grants
 * Blind to  Agents that are registered without them.
 */
import { purposeOf } from '../agent/purpose.ts'
import type { Detector } from './detector.ts'

/** Each breach is as surprising as a thing that happens once in 400 events, before calibration. */
const BREACH_NATS = 6

export const beyondPurpose: Detector = {
  name: 'beyond-purpose',
  aspect: 'purpose',
  title: 'went beyond what it is registered for',
  judge(_readings, event, { registered }) {
    if (registered === undefined) return undefined
    const purpose = purposeOf(registered)
    let breaches = 0
    if (!purpose.coversAction(event)) breaches++
    if (!purpose.coversResource(event)) breaches++
    if (!purpose.grants(event)) breaches++
    return breaches * BREACH_NATS
  },
  explain(_readings, event, { registered }) {
    const { purpose, granted } = registered ?? {}
    const grants = registered === undefined || purposeOf(registered).grants(event)
    const scope = event.permission?.used ?? 'no scope'
    if (!grants) return { expected: `scopes ${listed(granted)}`, seen: `${scope}, not granted` }
    const expected = `${listed(purpose?.actions)} on ${listed(purpose?.resources)}`
    return { expected, seen: `${event.action} on ${event.resource.id}` }
  },
}

const LISTED_MAX = 4

function listed(words: readonly string[] | undefined): string {
  if (words === undefined) return 'anything'
  if (words.length === 0) return 'nothing'
  const more = words.length > LISTED_MAX ? ', …' : ''
  return words.slice(0, LISTED_MAX).join(', ') + more
}
