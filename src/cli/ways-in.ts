/** The ways in of a pipeline: the HTTP server and the sources, with the one intake behind them. */
import type { Logger } from 'pino'
import type { Registry as MetricsRegistry } from 'prom-client'
import { createKeyRing, type KeyConfig } from '../api/keys.ts'
import { createApiMetrics } from '../api/metrics.ts'
import { createServer } from '../api/server.ts'
import type { Config } from '../config.ts'
import { ownFormats } from '../formats/index.ts'
import type { openClient } from '../runtime/connection.ts'
import { createGate } from '../runtime/gate.ts'
import { Intake } from '../runtime/intake.ts'
import type { Keys } from '../runtime/keys.ts'
import type { RedisAddress } from '../runtime/redis-address.ts'
import type { Accept } from '../runtime/take-in.ts'
import { openSource } from '../sources/index.ts'
import { createSourceMetrics } from '../sources/metrics.ts'
import { type RunningSources, runSources } from '../sources/run-sources.ts'
import { listen } from './listen.ts'
import { publishedKeysOf } from './published-keys.ts'

export interface WaysInParts {
  readonly address: RedisAddress
  readonly client: ReturnType<typeof openClient>
  readonly keys: Keys
  /** Is told of what has to be there. */
  readonly readiness: Record<string, () => Promise<string | undefined>>
  readonly metrics: MetricsRegistry
  readonly log: Logger
  /** API keys beside those of the configuration. */
  readonly keyConfigs: readonly KeyConfig[]
}

export interface WaysIn {
  readonly url: string
  readonly intake: Intake
  /** Takes nothing new, and finishes what was begun. */
  close(): Promise<void>
}

/** Opens all of them, or, where something is in the way, none and throws. */
export async function openWaysIn(config: Config, parts: WaysInParts): Promise<WaysIn> {
  const { address, client, keys, readiness, log } = parts
  const { stream, quotas, http } = config
  const { prefix, replicas } = config.redis
  // Before anything is open: what is missing here cannot be helped by waiting.
  const sources = config.sources.map((one) => ({
    config: one,
    source: openSource(one, { address, log }),
  }))
  const intake = await Intake.open({ address, prefix, stream, quotas, replicas, log })
  readiness.queue = () => intake.check()
  const accept = acceptTo(intake)
  const { clockSkewMsMax } = stream
  const own = ownFormats(config.formats)
  const parseBody = createGate({ client, keys, clockSkewMsMax, ownFormats: own, log })
  const metrics = createApiMetrics(parts.metrics)
  const sourceMetrics = createSourceMetrics(parts.metrics)
  let server: ReturnType<typeof createServer> | undefined
  let running: RunningSources | undefined
  const close = async () => {
    await Promise.all([running?.close(), server?.close()])
    await intake.close()
  }
  try {
    server = createServer({
      ...{ accept, parseBody, readiness, metrics, log },
      endHistory: () => intake.endPast(),
      keys: createKeyRing([...http.keys, ...parts.keyConfigs]),
      limits: http.limits,
      publishedKeys: await publishedKeysOf(config, log),
    })
    const opened = server
    const url = await listen(http, 'http', () => opened.listen(http))
    const inlet = { client, keys, parseBody, accept, metrics, sourceMetrics, log }
    running = runSources(sources, inlet)
    Object.assign(readiness, running.checks)
    return { url, intake, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** History is learned in order of time. */
function acceptTo(intake: Intake): Accept {
  return async (events, { isHistory, traceparent }) => {
    if (isHistory) {
      const inOrder = [...events].sort((a, b) => a.atMs - b.atMs)
      await intake.acceptPast(inOrder, { traceparent })
    } else await intake.accept(events, { traceparent })
    return {}
  }
}
