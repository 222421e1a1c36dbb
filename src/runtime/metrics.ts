/** What the runtime counts, for Prometheus; docs/metrics.md lists it, written from here. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type RuntimeMetrics = ReturnType<typeof createRuntimeMetrics>

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** What passes a queue may wait in it for long. */
const QUEUED_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3_600, 86_400]

/** Of tenants that are told apart: senders choose their names, and each is a series of its own. */
export const TENANTS_SHOWN = 20

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

  const metrics = {
    events: counter(
      'events_total',
      'Events processed, by outcome: scored, learned (history), duplicate, quarantined.',
      'outcome',
    ),
    scoreSeconds: histogram(
      'score_seconds',
      'From when the intake took a job of at most 512 events until its effects are in Redis.',
      QUEUED_SECONDS,
    ),
    commits: counter(
      'commits_total',
      'Commits of partitions, by outcome: done, lost, failed.',
      'outcome',
    ),
    commitSeconds: histogram('commit_seconds', 'Time to write the effects of a batch.', SECONDS),
    commitEvents: histogram(
      'commit_events',
      'Events in one commit.',
      [1, 8, 32, 128, 512, 1_024, 2_048, 4_096, 8_192],
    ),
    lagJobs: gauge('partition_lag_jobs', 'Jobs not done of a partition held here.', 'partition'),
    lagEvents: gauge(
      'partition_lag_events',
      'Events not done of a partition held here.',
      'partition',
    ),
    lagSeconds: gauge(
      'partition_lag_seconds',
      'Age of the oldest job not done of a partition held here.',
      'partition',
    ),
    tenantWaiting: gauge(
      'tenant_waiting_jobs',
      `Jobs waiting for the partitions held here, by whose events are in them: the ${TENANTS_SHOWN} tenants with most.`,
      'tenant',
    ),
    partitions: gauge('partitions_held', 'Partitions this process works on.'),
    partitionsLost: counter(
      'partitions_lost_total',
      'Partitions that another worker took over while this one was at work on them.',
    ),
    jobsMissing: counter(
      'jobs_missing_total',
      'Jobs that were given to a partition and never came; their events are lost.',
    ),
    agents: gauge('agents_in_memory', 'Agents whose state is in the memory of this process.'),
    agentsKnown: gauge('agents_known', 'Agents stored of a partition held here.', 'partition'),
    epochs: counter('epochs_total', 'Epochs ended by the partitions held here.'),
    epochWaitSeconds: histogram(
      'epoch_wait_seconds',
      'Time waited for the other partitions where an epoch ends.',
      SECONDS,
    ),
    alerts: counter(
      'alerts_total',
      'Alerts raised, by severity and kind: new, grown.',
      'severity',
      'kind',
    ),
    agentDays: counter(
      'agent_days_total',
      'Agent-days ended in tenants that are known for long enough.',
    ),
    oddAgentDays: counter(
      'odd_agent_days_total',
      'Of them as odd as one in ten ought to be: a tenth, where the alert budget holds.',
    ),
    calibrationHolds: gauge(
      'calibration_holds',
      'Whether the alert budget holds, by the agent-days ended here: 1, 0, or NaN while too few have ended.',
    ),
    deliveries: counter(
      'deliveries_total',
      'Attempts to deliver an alert, by outcome: delivered, retry, refused, exhausted; or unwanted there.',
      'sink',
      'outcome',
    ),
    deliverySeconds: histogram('delivery_seconds', 'Time one attempt took.', SECONDS, 'sink'),
    alertSeconds: histogram(
      'event_to_sink_seconds',
      'From when the intake took the event that raised an alert until a sink has it.',
      QUEUED_SECONDS,
      'sink',
    ),
    sinkWaiting: gauge('sink_waiting_alerts', 'Alerts a sink does not have yet.', 'sink'),
    deadLetters: gauge('dead_letters', 'Events and alerts set aside for somebody to look at.'),
    redisMemory: gauge('redis_memory_bytes', 'Memory Redis uses.'),
    redisMemoryMax: gauge('redis_memory_max_bytes', 'Memory Redis may use; 0 for no bound.'),
    modelInUse: gauge(
      'model_in_use',
      '1 for the model that events are scored with; version none for none.',
      'version',
    ),
    trainings: counter(
      'trainings_total',
      'Trainings, by outcome: better, no better, not shifted, too few, failed.',
      'outcome',
    ),
    trainingLast: gauge(
      'training_last_seconds',
      'When a training by this process last came to this, Unix time.',
      'outcome',
    ),
    trainingSeconds: histogram(
      'training_seconds',
      'Time one training took.',
      [0.1, 1, 5, 15, 60, 300, 1_800],
    ),
  }
  metrics.calibrationHolds.set(Number.NaN)
  return metrics
}
