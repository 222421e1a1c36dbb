/** The sources there are, and how one is made from its part of the configuration. */
import { z } from 'zod'
import { chosenKind } from '../sinks/kind.ts'
import { bullmq } from './bullmq.ts'
import { kafka } from './kafka.ts'
import { redisStream } from './redis-stream.ts'
import type { Source, SourceParts } from './source.ts'
import { syslog } from './syslog.ts'

/** To add one: its file, its test, a line here and a line in `sourceSchema`. */
export const sourceKinds = [redisStream, bullmq, kafka, syslog] as const

/** One source, as a configuration describes it. */
export const sourceSchema = z.union([
  redisStream.schema,
  bullmq.schema,
  kafka.schema,
  syslog.schema,
])

export type SourceConfig = z.output<typeof sourceSchema>

/** Opens a source from a configuration that nobody has looked at yet. Throws CONFIG_INVALID. */
export function openSource(unread: unknown, parts: SourceParts): Source {
  const { kind, config } = chosenKind('source', sourceKinds, unread)
  // The schema belongs to the kind, so what it read is the kind's own configuration.
  return (kind.open as (config: SourceConfig, parts: SourceParts) => Source)(config, parts)
}

/** Whether it lies in the Redis of the pipeline. */
export function isInPipeline(config: SourceConfig): boolean {
  const isInRedis = config.type === 'redis-stream' || config.type === 'bullmq'
  return isInRedis && config.url === undefined
}
