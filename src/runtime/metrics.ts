/**
 * What the runtime counts, for Prometheus.
 *
 * | name | type | labels | meaning |
 * |---|---|---|---|
 * | `perimeter_events_total` | counter | outcome: scored, learned, duplicate, quarantined | events processed |
 * | `perimeter_commits_total` | counter | outcome: done, lost, failed | transactions of partitions |
 * | `perimeter_commit_seconds` | histogram | | from the last event of a batch until Redis has its effects |
 * | `perimeter_commit_events` | histogram | | events in one commit |
 * | `perimeter_partition_waiting_jobs` | gauge | partition | jobs waiting, for the partitions held here |
 * | `perimeter_partitions_held` | gauge | | partitions this process works on |
 * | `perimeter_partitions_lost_total` | counter | | partitions that another worker took over meanwhile |
 * | `perimeter_agents_in_memory` | gauge | | agents whose state is in this process |
 * | `perimeter_epochs_total` | counter | | epochs ended by the partitions held here |
 * | `perimeter_epoch_wait_seconds` | histogram | | waiting for the other partitions where an epoch ends |
 * | `perimeter_alerts_total` | counter | severity, kind: new, grown | alerts raised |
 * | `perimeter_agent_days_total` | counter | | agent-days ended in tenants that are known for long enough |
 * | `perimeter_odd_agent_days_total` | counter | | those as odd as one in ten ought to be: a tenth, where the budget holds |
 * | `perimeter_deliveries_total` | counter | sink, outcome: delivered, retry, refused, exhausted | attempts |
 * | `perimeter_delivery_seconds` | histogram | sink | one attempt |
 * | `perimeter_model_in_use` | gauge | version | 1 for the model that events are scored with; `none` for none |
 * | `perimeter_trainings_total` | counter | outcome: better, no better, not shifted, too few, failed | models trained, or why not |
 * | `perimeter_training_last_seconds` | gauge | outcome | when a training by this process last came to this, Unix time |
 * | `perimeter_training_seconds` | histogram | | one training |
 * | `perimeter_jobs_missing_total` | counter | | jobs that were given to a partition and never came |
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type RuntimeMetrics = ReturnType<typeof createRuntimeMetrics>

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Registers what the runtime counts. Once for each registry. */
export function createRuntimeMetrics(registry: Registry) {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `perimeter_${name}`, help, labelNames, registers })
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `perimeter_${name}`, help, labelNames, registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: Label[]
  ) => new Histogram({ name: `perimeter_${name}`, help, buckets, labelNames, registers })

  return {
    events: counter('events_total', 'Events processed.', 'outcome'),
    commits: counter('commits_total', 'Transactions of partitions.', 'outcome'),
    commitSeconds: histogram('commit_seconds', 'Time to write the effects of a batch.', SECONDS),
    commitEvents: histogram(
      'commit_events',
      'Events in one commit.',
      [1, 8, 32, 128, 512, 1_024, 2_048, 4_096, 8_192],
    ),
    waitingJobs: gauge('partition_waiting_jobs', 'Jobs that wait.', 'partition'),
    partitions: gauge('partitions_held', 'Partitions this process works on.'),
    partitionsLost: counter('partitions_lost_total', 'Partitions another worker took over.'),
    agents: gauge('agents_in_memory', 'Agents whose state is in this process.'),
    epochs: counter('epochs_total', 'Epochs ended by the partitions held here.'),
    epochWaitSeconds: histogram('epoch_wait_seconds', 'Time waited where an epoch ends.', SECONDS),
    alerts: counter('alerts_total', 'Alerts raised.', 'severity', 'kind'),
    agentDays: counter('agent_days_total', 'Agent-days ended.'),
    oddAgentDays: counter('odd_agent_days_total', 'Of them as odd as one in ten ought to be.'),
    deliveries: counter('deliveries_total', 'Attempts to deliver an alert.', 'sink', 'outcome'),
    deliverySeconds: histogram('delivery_seconds', 'Time one attempt took.', SECONDS, 'sink'),
    modelInUse: gauge('model_in_use', 'The model that events are scored with.', 'version'),
    trainings: counter('trainings_total', 'Trainings, by what came of them.', 'outcome'),
    trainingLast: gauge('training_last_seconds', 'When a training last came to this.', 'outcome'),
    trainingSeconds: histogram(
      'training_seconds',
      'Time one training took.',
      [0.1, 1, 5, 15, 60, 300, 1_800],
    ),
    jobsMissing: counter('jobs_missing_total', 'Jobs that were given out and never came.'),
  }
}
