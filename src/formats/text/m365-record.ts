/** What a Microsoft 365 audit record was about: its resources, how it ended, how much it moved. */
import type { RawEvent } from '../../event/event.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  field,
  fieldsOf,
  isFields,
  listOf,
  nameIn,
  resourceIdOf,
  textOf,
  withoutBlanks,
} from './fields.ts'

type Resource = RawEvent['resource']
type Outcome = Pick<RawEvent, 'outcome' | 'error'>

interface Accessed {
  readonly action: string | undefined
  readonly resource: Resource
  readonly outcome: Outcome
}

/** What Copilot read or wrote in one interaction. */
export function resourcesAccessed(record: Fields): Accessed[] {
  const data = fieldsOf(field(record, 'CopilotEventData'))
  return listOf(field(data, 'AccessedResources'))
    .filter(isFields)
    .map((accessed) => ({
      action: nameIn(accessed, 'Action'),
      resource: {
        id: accessedId(accessed) ?? 'copilot/unnamed',
        ...withoutBlanks({
          type: nameIn(accessed, 'Type'),
          sensitivity: nameIn(accessed, 'SensitivityLabelId'),
        }),
      },
      outcome: accessOutcome(accessed),
    }))
}

/** The address says more than the opaque id; a name is added where the address stops at its folder. */
function accessedId(accessed: Fields): string | undefined {
  const site = resourceIdOf(field(accessed, 'SiteUrl'))
  const name = nameIn(accessed, 'Name')
  const id = resourceIdOf(accessed.Id ?? accessed.ID ?? accessed.id)
  if (site === undefined) return id === undefined ? name : pathOfUrl(id)
  const path = pathOfUrl(site)
  return name === undefined || path.endsWith(name) ? path : resourceIdOf(`${path}/${name}`)
}

/** A policy that stepped in has denied the access; `failure` alone is only that. */
function accessOutcome(accessed: Fields): Outcome {
  const policy = field(accessed, 'PolicyDetails')
  const isBlocked =
    (typeof policy === 'string' && policy.trim() !== '') ||
    (Array.isArray(policy) && policy.length > 0) ||
    (isFields(policy) && Object.keys(policy).length > 0)
  if (isBlocked) return { outcome: 'denied', error: 'blocked by policy' }
  const hasFailed = /^fail/i.test(nameIn(accessed, 'Status') ?? '')
  return hasFailed ? { outcome: 'failure', error: 'the resource could not be read' } : {}
}

/** The one resource of any other record. */
export function m365Resource(workload: string, record: Fields): Resource {
  const data = field(record, 'CopilotEventData')
  return isFields(data) ? interactionResource(data) : classicResource(workload, record)
}

/** Where Copilot was asked, when it opened nothing: a document, a meeting, or the app alone. */
function interactionResource(data: Fields): Resource {
  const context = fieldsOf(listOf(field(data, 'Contexts'))[0])
  const place = resourceIdOf(field(context, 'Id'))
  if (place !== undefined) {
    return { id: pathOfUrl(place), type: nameIn(context, 'Type') ?? 'context' }
  }
  const plugin = nameIn(fieldsOf(listOf(field(data, 'AISystemPlugin'))[0]), 'Id')
  if (plugin !== undefined) return { id: `plugin/${plugin}`, type: 'plugin' }
  return { id: `copilot/${nameIn(data, 'AppHost') ?? 'chat'}`, type: 'app' }
}

function classicResource(workload: string, record: Fields): Resource {
  const owner = nameIn(record, 'MailboxOwnerUPN')
  if (owner !== undefined) {
    const folder = nameIn(fieldsOf(listOf(field(record, 'Folders'))[0]), 'Path')
    const path = folder?.replaceAll('\\', '/').replace(/^\/+/, '')
    return { id: ['exchange', owner, path].filter(Boolean).join('/'), type: 'mailbox' }
  }
  const object = resourceIdOf(field(record, 'ObjectId')) ?? resourceIdOf(field(record, 'SiteUrl'))
  const type = nameIn(record, 'ItemType') ?? nameIn(record, 'SourceFileExtension')
  const sensitivity = nameIn(record, 'SensitivityLabelId')
  const id = object === undefined ? workload || 'm365' : pathOfUrl(object)
  return { id, ...withoutBlanks({ type, sensitivity }) }
}

/**
 * `https://contoso.sharepoint.com/sites/Pay%20roll/a.docx?web=1`
 * → `contoso.sharepoint.com/sites/Pay roll/a.docx`
 *
 * SharePoint's viewer names the document in its query, which is then kept.
 */
export function pathOfUrl(text: string): string {
  const slashed = text.replaceAll('\\', '/')
  if (!/^https?:\/\//i.test(slashed)) return slashed
  const bare = slashed.slice(slashed.indexOf('//') + 2)
  const [address = bare, query = ''] = bare.split(/[?#]/, 2)
  const file = /(?:^|&)file=([^&]+)/i.exec(query)?.[1]
  const path = decoded(address).replace(/\/+$/, '')
  return resourceIdOf(file === undefined ? path : `${path}/${decoded(file)}`) ?? slashed
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a percent sign that is meant as one
  }
}

export function m365Outcome(record: Fields, operation: string): Outcome {
  const status = nameIn(record, 'ResultStatus')
  const logonError = errorOf(field(record, 'LogonError'))
  const hasFailed = /^(?:fail|false|error|denied)/i.test(status ?? '') || logonError !== undefined
  if (/AccessDenied/i.test(operation) || /denied/i.test(status ?? '')) {
    return { outcome: 'denied', error: status ?? operation }
  }
  // A failed sign-in says `Success` in its status, which means the request was answered.
  if (!hasFailed && operation !== 'UserLoginFailed') return { outcome: 'success' }
  const error = logonError ?? errorOf(field(record, 'ErrorMessage')) ?? status ?? operation
  return { outcome: /denied|unauthori[sz]ed|forbidden/i.test(error) ? 'denied' : 'failure', error }
}

/** Bytes of a file or of a conversation; records where a mailbox is read in bulk. */
export function m365Volume(record: Fields): RawEvent['volume'] {
  const said = listOf(field(fieldsOf(field(record, 'CopilotEventData')), 'Messages'))
  const saidBytes = said.reduce<number>(
    (sum, message) => sum + (amountOf(fieldsOf(message).Size) ?? 0),
    0,
  )
  const items = listOf(field(record, 'Folders')).reduce<number>(
    (sum, folder) => sum + listOf(field(fieldsOf(folder), 'FolderItems')).length,
    0,
  )
  return withoutBlanks({
    bytes: amountOf(field(record, 'FileSizeBytes')) ?? (saidBytes > 0 ? saidBytes : undefined),
    records: amountOf(textOf(field(record, 'OperationCount'))) ?? (items > 0 ? items : undefined),
  })
}
