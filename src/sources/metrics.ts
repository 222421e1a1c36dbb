/** What is counted of sources, for Prometheus; docs/metrics.md lists it, written from here. */
import { Counter, Gauge, type Registry } from 'prom-client'

export type SourceMetrics = ReturnType<typeof createSourceMetrics>

/** Registers what is counted. Once for each registry. */
export function createSourceMetrics(registry: Registry) {
  const registers = [registry]
  return {
    records: new Counter({
      name: 'perimeter_source_records_total',
      help: 'Records read from a source, by outcome: accepted, skipped, rejected (set aside), lost.',
      labelNames: ['source', 'outcome'] as const,
      registers,
    }),
    waits: new Counter({
      name: 'perimeter_source_waits_total',
      help: 'Times a batch read from a source had to wait, by the code of the reason.',
      labelNames: ['source', 'code'] as const,
      registers,
    }),
    lag: new Gauge({
      name: 'perimeter_source_lag',
      help: 'What waits in a source that is not taken in yet, where the source can tell.',
      labelNames: ['source'] as const,
      registers,
    }),
  }
}
