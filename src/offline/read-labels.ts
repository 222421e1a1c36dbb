/**
 * Reads labels: what is known of the truth about events, in any of three forms, a JSON object a line.
 *
 * An attack with its events, as `perimeter simulate` writes them: `{"incident", "scenario", "events":
 * [ids]}`. One event: `{"id", "malicious" or "label", "session"?, "incident"?, "scenario"?}`; malicious
 * ones with one incident, or else one session, are one attack. One session: `{"session", "succeeded"?,
 * "malicious": true or [ids], "attack"?}`; once sessions are labelled, only labelled ones count.
 */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { Attack } from './gather-scores.ts'
import { chunksOf, sourcesOf } from './source.ts'

export interface Labels {
  readonly attacks: readonly Attack[]
  /** Whether a session is malicious; undefined where no line labels a session as such. */
  readonly sessions: ReadonlyMap<string, boolean> | undefined
  /** The session of an event, where its label names one. */
  readonly sessionOf: ReadonlyMap<string, string>
}

const text = z.string().min(1)
const attackLine = z.looseObject({
  incident: text,
  scenario: text.default('unnamed'),
  events: z.array(text),
})
const eventLine = z.looseObject({
  id: text,
  malicious: z.union([z.boolean(), z.literal([0, 1])]).optional(),
  label: z.union([z.boolean(), z.literal([0, 1]), z.string()]).optional(),
  session: text.optional(),
  incident: text.optional(),
  scenario: text.optional(),
})
const sessionLine = z.looseObject({
  session: text,
  malicious: z.union([z.boolean(), z.array(text)]),
  succeeded: z.boolean().optional(),
  attack: text.nullish(),
})

const FORMS =
  'an attack with "incident" and "events", an event with "id", or a session with "session"'
/** What a label in words says of an event. */
const WORDS: Readonly<Record<string, boolean>> = {
  malicious: true,
  attack: true,
  anomaly: true,
  anomalous: true,
  benign: false,
  honest: false,
  normal: false,
}

/** @throws EngineError INPUT_UNREADABLE with the line that is no label */
export async function readLabels(path: string): Promise<Labels> {
  const [source] = await sourcesOf([path])
  const pieces: Buffer[] = []
  for await (const { bytes } of chunksOf(source!)) pieces.push(bytes) // one path, one source
  const labels = blankLabels()
  const lines = Buffer.concat(pieces).toString('utf8').split('\n')
  lines.forEach((line, at) => {
    if (line.trim() === '') return
    const reason = take(labels, line)
    if (reason !== undefined) {
      throw new EngineError('INPUT_UNREADABLE', `${path}:${at + 1} is no label: ${reason}.`)
    }
  })
  const attacks = [...labels.attacks.values()].map(({ events, ...attack }) => ({
    ...attack,
    events: [...events],
  }))
  if (attacks.every(({ events }) => events.length === 0)) {
    const message = `${path} holds no malicious event: there is nothing to find.`
    throw new EngineError('INPUT_UNREADABLE', message)
  }
  const { sessions, sessionOf } = labels
  return { attacks, sessions: sessions.size > 0 ? sessions : undefined, sessionOf }
}

interface Growing {
  readonly attacks: Map<string, { incident: string; scenario: string; events: Set<string> }>
  readonly sessions: Map<string, boolean>
  readonly sessionOf: Map<string, string>
}

const blankLabels = (): Growing => ({
  attacks: new Map(),
  sessions: new Map(),
  sessionOf: new Map(),
})

/** Takes a line in; answers why it cannot be. */
function take(labels: Growing, line: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'expected a JSON object'
  }
  if (typeof value !== 'object' || value === null) return 'expected a JSON object'
  if ('incident' in value && 'events' in value) return takeAttack(labels, value)
  if ('id' in value) return takeEvent(labels, value)
  if ('session' in value) return takeSession(labels, value)
  return `expected ${FORMS}`
}

function takeAttack(labels: Growing, value: object): string | undefined {
  const read = attackLine.safeParse(value)
  if (!read.success) return refusal(read.error)
  const { incident, scenario, events } = read.data
  if (labels.attacks.has(incident)) return `there was an incident ${incident} before`
  labels.attacks.set(incident, { incident, scenario, events: new Set(events) })
  return undefined
}

function takeEvent({ attacks, sessionOf }: Growing, value: object): string | undefined {
  const read = eventLine.safeParse(value)
  if (!read.success) return refusal(read.error)
  const { id, malicious, label, session, scenario = 'unnamed' } = read.data
  const said = malicious ?? (typeof label === 'string' ? WORDS[label.toLowerCase()] : label)
  if (said === undefined) return `expected "malicious" or "label" to say whether ${id} is malicious`
  if (session !== undefined) sessionOf.set(id, session)
  if (!said) return undefined
  const incident = read.data.incident ?? session ?? id
  const attack = attacks.get(incident) ?? { incident, scenario, events: new Set() }
  attack.events.add(id)
  attacks.set(incident, attack)
  return undefined
}

function takeSession({ attacks, sessions, sessionOf }: Growing, value: object): string | undefined {
  const read = sessionLine.safeParse(value)
  if (!read.success) return refusal(read.error)
  const { session, malicious, succeeded, attack } = read.data
  const ids = typeof malicious === 'boolean' ? [] : malicious
  const isAttack = succeeded ?? (typeof malicious === 'boolean' ? malicious : ids.length > 0)
  if (sessions.has(session)) return `session ${session} was labelled before`
  sessions.set(session, isAttack)
  for (const id of ids) sessionOf.set(id, session)
  if (ids.length > 0) {
    attacks.set(session, {
      incident: session,
      scenario: attack ?? 'unnamed',
      events: new Set(ids),
    })
  }
  return undefined
}

function refusal({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`
}
