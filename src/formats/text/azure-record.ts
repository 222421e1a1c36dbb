/**
 * The wrappings that Azure's logs come in, one record of each: lines and `{"records":[…]}` of a
 * diagnostic setting (storage, Event Hubs), pages of Microsoft Graph, and rows of Log Analytics.
 *
 * A diagnostic record keeps what its service says under `properties`; Graph and Log Analytics say
 * it at the top, the first in camelCase, the second in PascalCase with JSON text in some columns.
 *
 * Source  "Azure resource logs: common and service-specific schemas", Microsoft Learn.
 */
import { timeToMs } from '../../event/event.ts'
import type { Translation } from '../format.ts'
import {
  type Fields,
  fieldsOf,
  idOf,
  isFields,
  parsedOf,
  reject,
  textOf,
  utcTimeOf,
} from './fields.ts'

export interface AzureRecord {
  /** What the service says. */
  readonly said: Fields
  /** The wrapping; what the service says where there is none. */
  readonly outer: Fields
  /** The record's path to what the service says: `$.properties` or `$`. */
  readonly path: string
  /** The kind of log in lower case: a category, or the name of a table. */
  readonly log: string
}

export function azureRecordOf(outer: Fields): AzureRecord {
  const properties = parsedOf(column(outer, 'properties'))
  // A row of Log Analytics may have a column of that name, beside what the service says.
  const isWrapped = isFields(properties) && column(outer, 'timeGenerated') === undefined
  const log = textOf(isWrapped ? column(outer, 'category') : (outer.Type ?? outer.type))
  return {
    said: isWrapped ? properties : outer,
    outer,
    path: isWrapped ? '$.properties' : '$',
    log: (log ?? textOf(column(outer, 'category')) ?? '').toLowerCase(),
  }
}

/** A field by its name in camelCase, in lower case as some log stores rewrite it, or in PascalCase. */
export function column(record: Fields, name: string): unknown {
  const value = record[name] ?? record[name.toLowerCase()]
  if (value !== undefined && value !== null) return value
  const pascal = name.charAt(0).toUpperCase() + name.slice(1)
  return record[pascal] ?? record[`${pascal} [UTC]`] // the second in what the portal exports
}

/** The first text among the columns. */
export function textAmong(record: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(column(record, name))
    if (text !== undefined) return text
  }
  return undefined
}

/** A column that holds an object, or JSON text of one. */
export const fieldsIn = (record: Fields, name: string): Fields =>
  fieldsOf(parsedOf(column(record, name)))

/** When it happened: by the first of the columns, else when it was logged. */
export function timeIn({ said, outer }: AzureRecord, ...names: readonly string[]): unknown {
  for (const name of names) {
    const time = utcTimeOf(column(said, name))
    if (time !== undefined) return time
  }
  return utcTimeOf(column(outer, 'time')) ?? utcTimeOf(column(outer, 'timeGenerated'))
}

/** The id and the time of a record by their columns, or why it is of no use. */
export function occasionOf(
  record: AzureRecord,
  idColumn: string,
  timeColumn: string,
): { readonly id: string; readonly time: string } | Translation {
  const { said, path } = record
  const id = idOf(column(said, idColumn))
  if (id === undefined) return reject(`${path}.${idColumn}`, 'an id', column(said, idColumn))
  const time = timeIn(record, timeColumn)
  if (typeof time === 'string' && timeToMs(time) !== undefined) return { id, time }
  return reject(`${path}.${timeColumn}`, 'a time', column(said, timeColumn))
}

/** The records of a document that is an envelope: a diagnostic setting's, or a page of Graph's. */
export function unwrapAzure(
  document: unknown,
  recognises: (record: unknown) => boolean,
): readonly unknown[] | undefined {
  if (!isFields(document)) return undefined
  const { records, value } = document
  if (Array.isArray(records)) return records
  if (!Array.isArray(value)) return undefined
  return document['@odata.context'] !== undefined || value.some(recognises) ? value : undefined
}
