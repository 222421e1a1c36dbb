/**
 * CEF: the alert as one line of the Common Event Format, version 0.
 *
 * Source    Micro Focus (2023), "ArcSight Common Event Format (CEF) Implementation Standard".
 */
import type { Alert } from '../../alert/alert.ts'
import { printable } from '../../event/text.ts'
import { scales } from './severity.ts'

/** Longest `msg` and custom string that the standard lets a receiver keep. */
const MESSAGE_LENGTH_MAX = 1_023
const NAME_LENGTH_MAX = 512
const CUSTOM_LENGTH_MAX = 4_000

/** `externalId` is the alert's id in every revision, `cn2` the revision. */
export function cefOf(alert: Alert): string {
  const { agent } = alert
  const [foremost] = alert.reasons
  const header = [
    ...['CEF:0', 'Perimeter', 'Perimeter'].map(inHeader),
    inHeader(alert.scoredWith),
    inHeader(foremost?.detector ?? 'none'),
    inHeader(printable(alert.title, NAME_LENGTH_MAX)),
    String(scales[alert.severity].cef),
  ]
  const extension: readonly (readonly [string, string | undefined])[] = [
    ['rt', String(Date.parse(alert.lastTime))],
    ['start', String(Date.parse(alert.time))],
    ['end', String(Date.parse(alert.lastTime))],
    ['externalId', alert.id],
    ['cat', 'alert'],
    ['cnt', String(alert.eventCount)],
    ['act', alert.evidence[0]?.action],
    ['outcome', alert.evidence[0]?.outcome],
    ['request', alert.evidence[0]?.resource],
    ['duid', agent.id],
    ['dproc', agent.name],
    ['suser', agent.sponsor],
    ['reason', foremost && `expected ${foremost.expected}, seen ${foremost.seen}`],
    ['msg', printable(`${alert.title}. ${alert.nextSteps.join(' ')}`, MESSAGE_LENGTH_MAX)],
    ...custom('cfp1', 'score', String(alert.score)),
    ...custom('cn2', 'revision', String(alert.revision)),
    ...custom('cs1', 'severity', alert.severity),
    ...custom('cs2', 'blueprint', agent.blueprint),
    ...custom('cs3', 'techniques', alert.techniques.attackV18.join(' ')),
    ...custom('cs4', 'detectors', alert.reasons.map(({ detector }) => detector).join(' ')),
    ...custom('cs5', 'tenant', alert.tenant),
    ...custom('cs6', 'events', alert.events.join(' ')),
  ]
  const pairs = extension.flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`${key}=${inExtension(value)}`],
  )
  return `${header.join('|')}|${pairs.join(' ')}`
}

/** A custom field and its label; neither where there is no value. */
function custom(key: string, label: string, value: string | undefined) {
  if (value === undefined || value === '') return []
  return [
    [`${key}Label`, label],
    [key, printable(value, CUSTOM_LENGTH_MAX)],
  ] as const
}

function inHeader(text: string): string {
  return printable(text).replace(/[\\|]/g, '\\$&')
}

/** One line: what could end it is written as the standard has it. */
function inExtension(text: string): string {
  return text
    .replace(/[\\=]/g, '\\$&')
    .replace(/\r\n|[\r\n]/g, '\\n')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
}
