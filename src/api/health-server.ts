/** The HTTP side of a process that takes nothing in: /healthz, /readyz and /metrics, and no more. */
import fastify from 'fastify'
import type { Registry } from 'prom-client'
import { healthRoutes, type ReadinessChecks } from './routes/health.ts'

export interface HealthServer {
  /** Answers the address it listens at. Port 0 takes a free one. */
  listen(where: { readonly host: string; readonly port: number }): Promise<string>
  close(): Promise<void>
}

export function createHealthServer(parts: {
  readonly readiness: ReadinessChecks
  readonly registry: Registry
}): HealthServer {
  const app = fastify({ logger: false, forceCloseConnections: true })
  healthRoutes(app, parts)
  return { listen: (where) => app.listen(where), close: () => app.close() }
}
