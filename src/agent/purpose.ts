/** Purpose: what an agent is registered for, ready to be asked event by event. */
import type { Event } from '../event/event.ts'
import { compile } from './glob.ts'
import type { RegisteredAgent } from './registry.ts'

export interface Purpose {
  /** False where its registered actions do not include the event's; true where it says nothing. */
  coversAction(event: Event): boolean
  coversResource(event: Event): boolean
  /** Whether the scope used is one it was granted. */
  grants(event: Event): boolean
}

const purposes = new WeakMap<RegisteredAgent, Purpose>()

export function purposeOf(agent: RegisteredAgent): Purpose {
  return purposes.get(agent) ?? compiled(agent)
}

function compiled(agent: RegisteredAgent): Purpose {
  const isAction = anyOf(agent.purpose?.actions)
  const isResource = anyOf(agent.purpose?.resources)
  const granted = agent.granted === undefined ? undefined : new Set(agent.granted)
  const purpose: Purpose = {
    coversAction: ({ action }) => isAction(action),
    coversResource: ({ resource }) => isResource(resource.id),
    grants({ permission }) {
      if (granted === undefined || permission?.used === undefined) return true
      return granted.has(permission.used)
    },
  }
  purposes.set(agent, purpose)
  return purpose
}

/** An absent list says nothing, so everything fits; an empty one forbids everything. */
function anyOf(patterns: readonly string[] | undefined): (value: string) => boolean {
  if (patterns === undefined) return () => true
  const tests = patterns.map((pattern) => compile(pattern))
  return (value) => {
    for (let at = 0; at < tests.length; at++) if (tests[at]!(value)) return true
    return false
  }
}
