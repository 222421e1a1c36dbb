/** The sinks there are, and how one is made from its part of the configuration. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { caep } from './caep.ts'
import { elastic } from './elastic.ts'
import { entra } from './entra.ts'
import { file } from './file.ts'
import { kafka } from './kafka.ts'
import { ocsf } from './ocsf.ts'
import { pagerduty } from './pagerduty.ts'
import { sentinel } from './sentinel.ts'
import type { Sink } from './sink.ts'
import { slack } from './slack.ts'
import { splunk } from './splunk.ts'
import { syslog } from './syslog.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'
import { isWanted } from './when.ts'

/** To add one: its file, its test, a line here and a line in `sinkSchema`. */
export const sinkKinds = [
  webhook,
  splunk,
  sentinel,
  elastic,
  ocsf,
  syslog,
  pagerduty,
  slack,
  teams,
  caep,
  entra,
  kafka,
  file,
] as const

/** One sink, as a configuration describes it. */
export const sinkSchema = z.union([
  webhook.schema,
  splunk.schema,
  sentinel.schema,
  elastic.schema,
  ocsf.schema,
  syslog.schema,
  pagerduty.schema,
  slack.schema,
  teams.schema,
  caep.schema,
  entra.schema,
  kafka.schema,
  file.schema,
])

export type SinkConfig = z.output<typeof sinkSchema>

/** Opens a sink from a configuration that nobody has looked at yet. Throws CONFIG_INVALID. */
export function openSink(config: unknown): Sink {
  const type = (config as { type?: unknown } | null | undefined)?.type
  const kind = sinkKinds.find((one) => one.type === type)
  if (kind === undefined) {
    const known = sinkKinds.map((one) => `"${one.type}"`).join(', ')
    throw new EngineError(
      'CONFIG_INVALID',
      `A sink of type ${show(type)}: expected one of ${known}.`,
    )
  }
  return openKind(kind, config)
}

/** The environment variables that hold secrets of a sink, or of whatever has such options. */
export function secretVariables(config: object): string[] {
  return Object.values(config)
    .flat()
    .flatMap((value) =>
      typeof value === 'object' && value !== null && 'env' in value ? [String(value.env)] : [],
    )
}

function openKind(kind: (typeof sinkKinds)[number], config: unknown): Sink {
  const read = kind.schema.safeParse(config)
  if (!read.success) {
    const message = `Sink of type "${kind.type}" is not valid.\n${z.prettifyError(read.error)}`
    throw new EngineError('CONFIG_INVALID', message, { cause: read.error })
  }
  // The schema belongs to the kind, so what it read is the kind's own configuration.
  const sink = (kind.open as (config: SinkConfig) => Sink)(read.data)
  const { rate, when } = read.data
  return { ...sink, rate, wants: (alert) => isWanted(when, alert) }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : typeof value
}
