/**
 * Agents as tables and other inventories tell of them: the fields of an entry by the names they have there.
 *
 * A column is found by its name, in any spelling: `Display Name` is `displayname`. Lists are parted by
 * semicolons, bars or line breaks, scopes by blanks too.
 */
import { type Fields, isFields, textOf, utcTimeOf } from '../formats/text/fields.ts'

/** The fields that an import can fill. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  id: ['id', 'agentid', 'objectid', 'clientid', 'appid', 'applicationid', 'arn', 'principalid'],
  name: ['name', 'displayname', 'agentname'],
  blueprint: ['blueprint', 'blueprintid', 'agentidentityblueprintid', 'template'],
  sponsor: ['sponsor', 'sponsors', 'businessowner', 'accountable'],
  owners: ['owners', 'owner', 'team', 'technicalowner', 'contact'],
  'purpose.actions': ['purposeactions', 'actions', 'allowedactions'],
  'purpose.resources': ['purposeresources', 'resources', 'allowedresources'],
  granted: ['granted', 'scopes', 'permissions', 'roles'],
  timezone: ['timezone', 'tz'],
  criticality: ['criticality', 'businesscriticality'],
  registeredAt: ['registeredat', 'registered', 'createddatetime', 'created', 'createdat'],
  status: ['status', 'state', 'accountenabled', 'enabled'],
}
export const importFields: readonly string[] = Object.keys(FIELDS)

const LISTS = new Set(['owners', 'purpose.actions', 'purpose.resources', 'granted'])

/** By field, where it stands: the name of a column, or a path of names with dots. */
export type ColumnNames = ReadonlyMap<string, string>

/** The fields of an entry in a row: those of named columns, and those whose name is understood. */
export function entryOfRow(row: Fields, named: ColumnNames): Fields {
  const columns = new Map(Object.keys(row).map((name) => [spelled(name), row[name]] as const))
  const guessed = Object.entries(FIELDS).flatMap(([field, names]) => {
    if (named.has(field)) return []
    const name = names.find((each) => isSaid(columns.get(each)))
    return name === undefined ? [] : [[field, columns.get(name)] as const]
  })
  return nested([...guessed, ...namedIn(row, named)])
}

/** Fields that stand elsewhere in an object than they are looked for. */
export function entryWith(entry: Fields, object: Fields, named: ColumnNames): Fields {
  const found = nested(namedIn(object, named))
  const purpose = { ...(entry.purpose as Fields | undefined), ...(found.purpose as Fields) }
  return { ...entry, ...found, ...(Object.keys(purpose).length === 0 ? {} : { purpose }) }
}

function namedIn(object: Fields, named: ColumnNames): (readonly [string, unknown])[] {
  return [...named]
    .map(([field, path]) => [field, valueAt(object, path)] as const)
    .filter(([, value]) => isSaid(value))
}

/** A column may have dots in its name, so the whole of it is looked for first. */
function valueAt(object: Fields, path: string): unknown {
  if (Object.hasOwn(object, path)) return object[path]
  let at: unknown = object
  for (const name of path.split('.')) {
    at = isFields(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }
  return at
}

function nested(pairs: readonly (readonly [string, unknown])[]): Fields {
  const entry: Record<string, unknown> = {}
  for (const [field, value] of pairs) {
    const [first, second] = field.split('.') as [string, string | undefined]
    const read = readAs(field, value)
    if (second === undefined) entry[first] = read
    else entry[first] = { ...(entry[first] as Fields | undefined), [second]: read }
  }
  return entry
}

function readAs(field: string, value: unknown): unknown {
  if (LISTS.has(field)) return typeof value === 'string' ? parted(field, value) : value
  if (field === 'status') return statusIn(value)
  if (field === 'criticality') return textOf(value)?.trim().toLowerCase()
  if (field === 'registeredAt') return typeof value === 'number' ? value : timeIn(value)
  return textOf(value)?.trim()
}

function parted(field: string, text: string): string[] {
  const parts = text.split(field === 'granted' ? /[;|\s]+/ : /[;|\n]+/).map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

/** A date is its midnight, and a time without a zone is in UTC. */
function timeIn(value: unknown): unknown {
  const text = textOf(value)?.trim() ?? ''
  return utcTimeOf(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) ?? value
}

/** Whether an account is enabled, or a word for how it is. */
function statusIn(value: unknown): string | undefined {
  const text = String(value).trim().toLowerCase()
  if (['true', 'yes', 'enabled', '1'].includes(text)) return 'active'
  if (['false', 'no', '0'].includes(text)) return 'disabled'
  return textOf(text)
}

const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== 'string' || value.trim() !== '')

const spelled = (name: string): string => name.toLowerCase().replace(/[^a-z\d]/g, '')
