/** Who acts in a Microsoft 365 audit record: an agent, or somebody who is not ours to judge. */
import type { RawEvent } from '../../event/event.ts'
import { type Fields, field, fieldsOf, listOf, nameIn, textOf } from './fields.ts'
import { isPeoplesClient } from './peoples-clients.ts'

type Actor =
  | { readonly agent: RawEvent['agent']; readonly onBehalfOf: string | undefined }
  | { readonly skip: string }

/** `UserType` of an application and of a service principal. */
const APPS = new Set(['5', '6'])
/** `UserType` of the system and of its policies. */
const SYSTEM = new Set(['4', '7', '8'])
/** Entra's sign-ins. The app they name is where a person went, not who acted. */
const SIGN_IN = '15'

export function m365Actor(record: Fields): Actor {
  const copilot = field(record, 'CopilotEventData')
  const data = fieldsOf(copilot)
  const userType = textOf(field(record, 'UserType')) ?? ''
  const userId = nameIn(record, 'UserId')
  const isApp = APPS.has(userType) || userId?.startsWith('ServicePrincipal_') === true
  const onBehalfOf = isApp || SYSTEM.has(userType) ? undefined : userId

  const appIdentity = nameIn(record, 'AppIdentity') ?? nameIn(data, 'AppIdentity')
  const agentId = nameIn(record, 'AgentId') ?? nameIn(data, 'AgentId') ?? appIdentity
  if (agentId !== undefined || copilot !== undefined) {
    const host = nameIn(data, 'AppHost') ?? 'Microsoft365'
    const id = agentId ?? `Copilot.${host}`.slice(0, 512)
    const model = nameIn(fieldsOf(listOf(data.ModelTransparencyDetails)[0]), 'ModelName')
    const platform = nameIn(record, 'AgentPlatform')
    const blueprint =
      nameIn(record, 'AgentBlueprintId') ?? familyOf(appIdentity) ?? platform ?? 'Copilot'
    const version = nameIn(record, 'AgentVersion')
    const name =
      nameIn(record, 'AgentName') ??
      nameIn(data, 'AgentName') ??
      (agentId === undefined ? `Copilot in ${host}`.slice(0, 512) : undefined)
    return {
      agent: {
        id,
        blueprint,
        ...(name !== undefined && { name }),
        ...(version !== undefined && { version }),
        ...(model !== undefined && { model }),
      },
      onBehalfOf,
    }
  }

  const context = fieldsOf(field(record, 'AppAccessContext'))
  const clientId =
    nameIn(context, 'ClientAppId') ??
    nameIn(record, 'ApplicationId') ??
    nameIn(record, 'ClientAppId') ??
    nameIn(record, 'AppId')
  const name =
    nameIn(context, 'ClientAppName') ??
    nameIn(record, 'ApplicationDisplayName') ??
    (isApp ? nameOfPrincipal(record) : undefined)
  const agentOf = (id: string) => ({
    agent: { id, ...(name !== undefined && { name }) },
    onBehalfOf,
  })

  if (isApp) {
    const principal = userId?.replace(/^ServicePrincipal_/, '')
    const id = clientId ?? (principal || undefined) ?? nameIn(record, 'UserKey')
    return id === undefined ? { skip: 'no principal' } : agentOf(id)
  }
  if (SYSTEM.has(userType)) return { skip: 'Microsoft 365 acting by itself' }
  if (textOf(field(record, 'RecordType')) === SIGN_IN) return { skip: "a person's own sign-in" }
  if (clientId === undefined || isPeoplesClient(clientId)) {
    return { skip: userId === undefined ? 'no principal' : "a person's own action" }
  }
  return agentOf(clientId)
}

/** `Copilot.Studio.4f1c…` → `Copilot.Studio`: agents of one family are each other's peers. */
const familyOf = (appIdentity: string | undefined): string | undefined =>
  appIdentity?.split('.').slice(0, 2).join('.')

/** The display name Entra lists first among the ways it knows an actor by. */
function nameOfPrincipal(record: Fields): string | undefined {
  const first = fieldsOf(listOf(field(record, 'Actor'))[0])
  return textOf(first.Type) === '1' ? nameIn(first, 'ID') : undefined
}
