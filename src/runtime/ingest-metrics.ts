/** What is counted of all that comes in, whichever way; docs/metrics.md lists it, written from here. */
import { Counter, Histogram, type Registry } from 'prom-client'

export type IngestMetrics = ReturnType<typeof createIngestMetrics>

/** Registers what is counted. Once for each registry. */
export function createIngestMetrics(registry: Registry) {
  const registers = [registry]
  return {
    events: new Counter({
      name: 'perimeter_ingest_events_total',
      help: 'Records of all batches, by outcome: accepted, duplicate, skipped, rejected.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    batchEvents: new Histogram({
      name: 'perimeter_ingest_batch_events',
      help: 'Usable events in one batch.',
      buckets: [1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000],
      registers,
    }),
    acceptSeconds: new Histogram({
      name: 'perimeter_ingest_accept_seconds',
      help: 'Time from a parsed batch until Redis has it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
  }
}
