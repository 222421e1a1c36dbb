/** Who acts in a Microsoft 365 audit record: an agent, or somebody who is not ours to judge. */
import type { RawEvent } from '../../event/event.ts'
import { type Fields, field, fieldsOf, listOf, nameIn, textOf } from './fields.ts'

type Actor =
  | { readonly agent: RawEvent['agent']; readonly onBehalfOf: string | undefined }
  | { readonly skip: string }

/** `UserType` of an application and of a service principal. */
const APPS = new Set(['5', '6'])
/** `UserType` of the system and of its policies. */
const SYSTEM = new Set(['4', '7', '8'])
/** Entra's sign-ins. The app they name is where a person went, not who acted. */
const SIGN_IN = '15'

/**
 * Microsoft's own clients, through which people act with their own hands. Their ids are the same in
 * every tenant.
 */
const PEOPLES_CLIENTS = new Set([
  '00000002-0000-0ff1-ce00-000000000000', // Exchange Online, on the web
  '00000003-0000-0ff1-ce00-000000000000', // SharePoint Online, on the web
  '08e18876-6177-487e-b8b5-cf950c1e598c', // SharePoint web client extensibility
  '1fec8e78-bce4-4aaf-ab1b-5451cc387264', // Teams
  '27922004-5251-4030-b22d-91ecd9a37ea4', // Outlook, mobile
  '4765445b-32c6-49b0-83e6-1d93765276ca', // Office home
  '5d661950-3475-41cd-a2c3-d671a3162bc1', // Outlook, desktop
  '5e3ce6c0-2b1f-4285-8d4b-75ee78787346', // Teams, web
  '89bee1f7-5e6e-4d8a-9f3d-ecd601259da7', // Office shell
  'ab9b8c07-8f02-4f72-87fa-80105867a763', // OneDrive sync
  'd3590ed6-52b3-4102-aeff-aad2292ab01c', // Office, desktop
  'fb78d390-0c51-40cd-8e17-fdbfab77341b', // Exchange PowerShell
])

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
  if (clientId === undefined || PEOPLES_CLIENTS.has(clientId.toLowerCase())) {
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
