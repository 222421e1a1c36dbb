/** What an OCSF event was about: the action, what it was done to, and how it ended. */
import type { RawEvent } from '../../event/event.ts'
import { ID_LENGTH_MAX } from '../../event/event.ts'
import { resourceOf as awsResourceOf } from './aws-resource.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  fieldsOf,
  listOf,
  nameIn,
  resourceIdOf,
  textOf,
  withoutBlanks,
} from './fields.ts'
import { pathOfUrl } from './m365-record.ts'
import { isRefusal } from './refused.ts'

/** What an event of a class is about, in one word, by the number of the class. */
const SUBJECTS: Readonly<Record<number, string>> = {
  1001: 'file',
  1007: 'process',
  3001: 'account',
  3002: 'authentication',
  3003: 'session',
  3004: 'entity',
  3005: 'user_access',
  3006: 'group',
  4001: 'network',
  4002: 'http',
  4003: 'dns',
  4009: 'email',
  6001: 'web_resource',
  6002: 'application',
  6003: 'api',
  6004: 'web_resource',
  6005: 'datastore',
  6006: 'file_hosting',
}
/** What an activity's number means where the event does not spell it out, in classes of create to delete. */
const ACTIVITIES: Readonly<Record<number, string>> = {
  1: 'create',
  2: 'read',
  3: 'update',
  4: 'delete',
}
/** Categories that tell of no activity, and what they tell of. */
const NO_ACTIVITY: Readonly<Record<number, string>> = {
  2: 'a finding, which is no activity',
  5: 'an inventory, which is no activity',
}
const DENIED_ACTION = 2
const BLOCKED_DISPOSITION = 2
const FAILURE_STATUS = 2

/** The reason why a record tells of no activity, if so. */
export function noActivity({ class_uid: classUid }: Fields): string | undefined {
  return NO_ACTIVITY[Math.floor(Number(classUid) / 1_000)]
}

/** The API that was called: `s3.amazonaws.com` → `s3`. */
export function serviceOf(record: Fields): string | undefined {
  const service = nameIn(fieldsOf(fieldsOf(record.api).service), 'name')
  return service?.replace(/\.amazonaws\.com(?:\.cn)?$/, '')
}

/** `s3.GetObject` for a call of an API, `datastore.read` for what has no name of its own. */
export function ocsfAction(record: Fields): string | undefined {
  const operation = nameIn(fieldsOf(record.api), 'operation')
  const service = serviceOf(record)
  if (operation !== undefined) {
    const isQualified = service === undefined || operation.startsWith(`${service}.`)
    const whole = isQualified ? operation : `${service}.${operation}`
    return wordOf(whole)
  }
  const subject = SUBJECTS[Number(record.class_uid)] ?? nameIn(record, 'class_name')
  const activity = nameIn(record, 'activity_name') ?? ACTIVITIES[Number(record.activity_id)]
  if (subject === undefined || activity === undefined) return undefined
  return wordOf(`${subject}.${activity}`.toLowerCase())
}

const wordOf = (text: string): string | undefined =>
  text
    .replace(/[^\p{L}\p{N}_.:-]+/gu, '_')
    .replace(/:/g, '.')
    .slice(0, ID_LENGTH_MAX) || undefined

/** The resource an event lists, or what its class names instead. */
export function ocsfResource(record: Fields, service: string | undefined): RawEvent['resource'] {
  const listed = fieldsOf(listOf(record.resources)[0] ?? listOf(record.web_resources)[0])
  const uid = resourceIdOf(listed.uid)
  if (uid?.startsWith('arn:')) {
    const all = listOf(record.resources).map((each) => {
      const { uid: ARN, type } = fieldsOf(each)
      return { ARN, type }
    })
    return awsResourceOf(service ?? 'aws', { resources: all })
  }
  const url = resourceIdOf(listed.url_string) ?? uid
  const id = (url === undefined ? undefined : pathOfUrl(url)) ?? nameIn(listed, 'name')
  const sensitivity = nameIn(fieldsOf(listed.data_classification), 'confidentiality')
  if (id !== undefined) {
    const parts = service === undefined || id.includes('/') ? [id] : [service, id]
    const type = nameIn(listed, 'type')
    return { id: resourceIdOf(parts.join('/')) ?? id, ...withoutBlanks({ type, sensitivity }) }
  }
  return namedByClass(record) ?? { id: service ?? 'unnamed', type: 'service' }
}

/** Databases, files, addresses and targets have fields of their own. */
function namedByClass(record: Fields): RawEvent['resource'] | undefined {
  const database = nameIn(fieldsOf(record.database), 'name')
  const bucket = nameIn(fieldsOf(record.databucket), 'name')
  const table = nameIn(fieldsOf(record.table), 'name')
  const store = [database ?? bucket, table].filter(Boolean).join('/')
  if (store !== '') return { id: store, type: 'datastore' }
  const file = fieldsOf(record.file)
  const path = resourceIdOf(file.path) ?? resourceIdOf(file.name)
  if (path !== undefined) return { id: path, type: 'file' }
  const url = fieldsOf(fieldsOf(record.http_request).url)
  const address =
    resourceIdOf(url.url_string) ?? resourceIdOf(`${url.hostname ?? ''}${url.path ?? ''}`)
  if (address !== undefined) return { id: pathOfUrl(address), type: 'url' }
  for (const type of ['entity', 'user', 'group', 'app', 'service']) {
    const target = fieldsOf(record[type])
    const id = nameIn(target, 'uid') ?? nameIn(target, 'name')
    if (id !== undefined) return { id: `${type}/${id}`, type }
  }
  const end = fieldsOf(record.dst_endpoint)
  const host = nameIn(end, 'hostname') ?? nameIn(end, 'ip') ?? nameIn(end, 'svc_name')
  return host === undefined ? undefined : { id: host, type: 'endpoint' }
}

export function ocsfOutcome(record: Fields): Pick<RawEvent, 'outcome' | 'error'> {
  const response = fieldsOf(fieldsOf(record.api).response)
  const codes = [record.status_code, response.error, response.error_message, record.status_detail]
  const error = errorOf([...new Set(codes.map((code) => textOf(code)))].filter(Boolean).join(': '))
  const decisions = listOf(fieldsOf(record.actor).authorizations).map(
    (each) => fieldsOf(each).decision,
  )
  const isStopped =
    Number(record.action_id) === DENIED_ACTION ||
    Number(record.disposition_id) === BLOCKED_DISPOSITION ||
    decisions.some((decision) => /^den/i.test(textOf(decision) ?? ''))
  const isFailed =
    Number(record.status_id) === FAILURE_STATUS || /^fail/i.test(textOf(record.status) ?? '')
  if (!isFailed && !isStopped) return { outcome: 'success' }
  const isDenied = isStopped || isRefusal(error ?? '')
  return { outcome: isDenied ? 'denied' : 'failure', error: error ?? 'failed' }
}

/** Tokens count as records. */
export function ocsfVolume(record: Fields): RawEvent['volume'] {
  const context = fieldsOf(record.message_context)
  const tokensIn = amountOf(context.prompt_tokens)
  const tokensOut = amountOf(context.completion_tokens)
  const isCounted = tokensIn !== undefined || tokensOut !== undefined
  return withoutBlanks({
    bytes:
      amountOf(fieldsOf(record.traffic).bytes) ??
      amountOf(fieldsOf(record.http_response).length) ??
      amountOf(fieldsOf(record.file).size),
    records:
      amountOf(context.total_tokens) ??
      (isCounted ? (tokensIn ?? 0) + (tokensOut ?? 0) : undefined),
  })
}
