/** How an operation on Azure ended, and how much it moved. */
import type { RawEvent } from '../../event/event.ts'
import { column, textAmong } from './azure-record.ts'
import { amountOf, errorOf, type Fields } from './fields.ts'

/** Words and codes that mean the caller was not allowed to, wherever the log says so. */
const DENIED = /\b40[13]\b|forbidden|unauthori[sz]ed|denied|authorization|authentication/i
/** A storage account has names for its failures: `AuthenticationFailed`, `ServerError`. */
const FAILED = /^(?:fail|cancel)|(?:failed|failure|error|denied|mismatch|notfound)$/i

/** @param status the one word the log has for it: `Success`, `Failed` */
export function azureOutcome(
  outer: Fields,
  properties: Fields,
  status: string,
): Pick<RawEvent, 'outcome' | 'error'> {
  const said = [
    textAmong(outer, 'resultSignature'),
    textAmong(outer, 'statusText', 'activitySubstatusValue'),
    textAmong(outer, 'statusCode'),
    textAmong(properties, 'statusCode', 'httpStatusCode'),
  ].filter((text) => text !== undefined)
  const signature = said.join(' ')
  const hasFailed = FAILED.test(status) || /\b[45]\d\d\b/.test(signature)
  if (!hasFailed) return { outcome: 'success' }
  const why = errorOf(properties.statusMessage) ?? errorOf(column(outer, 'resultDescription'))
  const isRefused = DENIED.test(`${signature} ${why ?? ''}`)
  const error = why ?? said.find((text) => !/^success/i.test(text)) ?? status
  return { outcome: isRefused ? 'denied' : 'failure', error }
}

/** What went in and what came out of a storage account. */
export function azureBytes(properties: Fields): number | undefined {
  const inBytes = amountOf(properties.requestBodySize)
  const outBytes = amountOf(properties.responseBodySize)
  return inBytes === undefined && outBytes === undefined
    ? undefined
    : (inBytes ?? 0) + (outBytes ?? 0)
}
