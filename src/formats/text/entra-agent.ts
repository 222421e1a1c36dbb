/** What Entra says of who is an agent. */
import type { RawEvent } from '../../event/event.ts'
import { withoutBlanks } from './fields.ts'

type Agent = RawEvent['agent']

/**
 * Whether an `agentType` is that of an agent: a blueprint (`agenticApp`, its principal), an agent
 * identity (`agenticAppInstance`) or an agent's own user account (`agentIDuser`), in any spelling.
 */
export const isAgentic = (agentType: string | undefined): boolean =>
  agentType !== undefined && /^agent/i.test(agentType)

/**
 * An agent of Entra. An agent identity is known by one id as application and as service principal,
 * an ordinary application by two, of which the principal's is the one that acts in this tenant.
 *
 * @param blueprintId the application the agent's identity was made from, where the log says
 */
export function entraAgent(
  principalId: string | undefined,
  appId: string | undefined,
  name: string | undefined,
  blueprintId: string | undefined,
): Agent | undefined {
  const id = principalId ?? appId
  if (id === undefined) return undefined
  const blueprint = blueprintId ?? (appId === id ? undefined : appId)
  return { id, ...withoutBlanks({ name, blueprint }) }
}
