/** The sinks there are, and how one is made from its part of the configuration. */
import { z } from 'zod'
import { caep } from './caep.ts'
import { elastic } from './elastic.ts'
import { entra } from './entra.ts'
import { file } from './file.ts'
import { kafka } from './kafka.ts'
import { chosenKind } from './kind.ts'
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
export function openSink(unread: unknown): Sink {
  const { kind, config } = chosenKind('sink', sinkKinds, unread)
  // The schema belongs to the kind, so what it read is the kind's own configuration.
  const sink = (kind.open as (config: SinkConfig) => Sink)(config)
  const { rate, when } = config
  return { ...sink, rate, wants: (alert) => isWanted(when, alert) }
}
