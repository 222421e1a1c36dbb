/**
 * What the HTTP side counts, for Prometheus; docs/metrics.md lists it, written from here. Every name
 * begins with `perimeter_`; other parts register theirs on the same registry.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { createIngestMetrics } from '../runtime/ingest-metrics.ts'
import type { QuotaExceeded } from '../runtime/quotas.ts'

export type ApiMetrics = ReturnType<typeof createApiMetrics>

/** Makes a registry of its own, with the process's usual gauges where they are asked for. */
export function createMetricsRegistry({ withProcess = false } = {}): Registry {
  const registry = new Registry()
  if (withProcess) collectDefaultMetrics({ register: registry, prefix: 'perimeter_' })
  return registry
}

/** Tenants that are told apart: senders choose their names, and each is a series of its own. */
const TENANTS_MAX = 100
/** Stands for the others. */
const OTHERS = '(others)'

/** Registers what the HTTP side counts, and with it what comes in whichever way. Once for each registry. */
export function createApiMetrics(registry: Registry) {
  const registers = [registry]
  const tenants = new Set<string>()
  const tenantRefused = new Counter({
    name: 'perimeter_tenant_refused_total',
    help: `Batches answered with 429, by tenant and quota: queueShare, eventsPerS. Beyond ${TENANTS_MAX} tenants: ${OTHERS}.`,
    labelNames: ['tenant', 'quota'] as const,
    registers,
  })
  return {
    registry,
    ...createIngestMetrics(registry),
    /** Counts a batch that was refused because a tenant has used up a quota. */
    countQuota({ tenant, quota }: Pick<QuotaExceeded, 'tenant' | 'quota'>): void {
      if (tenants.size < TENANTS_MAX) tenants.add(tenant)
      tenantRefused.inc({ tenant: tenants.has(tenant) ? tenant : OTHERS, quota })
    },
    requests: new Counter({
      name: 'perimeter_http_requests_total',
      help: 'Requests answered.',
      labelNames: ['route', 'method', 'status'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'perimeter_http_request_seconds',
      help: 'Time from the first byte in to the last byte out.',
      labelNames: ['route'] as const,
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    bodyBytes: new Histogram({
      name: 'perimeter_ingest_body_bytes',
      help: 'Size of one request, unpacked.',
      buckets: [1e3, 1e4, 1e5, 1e6, 5e6, 1e7, 5e7],
      registers,
    }),
    refused: new Counter({
      name: 'perimeter_ingest_refused_total',
      help: 'Batches answered with a problem, by its code.',
      labelNames: ['code'] as const,
      registers,
    }),
    bufferedBytes: new Gauge({
      name: 'perimeter_ingest_buffered_bytes',
      help: 'Bodies being read and worked on, as received.',
      registers,
    }),
  }
}
