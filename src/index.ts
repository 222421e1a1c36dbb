/** The public surface: what may be imported from `agent-perimeter`. */
export {
  parseRegistry,
  type RegisteredAgent,
  type Registry,
  type RegistryReject,
} from './agent/registry.ts'
export { type AgentState, loadState, type SavedState, saveState } from './alert/agent-state.ts'
export { ALERT_VERSION, type Alert, alertSchema, type Reason } from './alert/alert.ts'
export type { Candidate } from './alert/candidates/candidate.ts'
export { type Link, type LinkKind, linkKinds, type Shared, sharedBy } from './alert/correlation.ts'
export type { Counterfactual } from './alert/counterfactual.ts'
export { SCORED_WITH } from './alert/raise.ts'
export { candidates } from './alert/taxonomy.ts'
export { hashKey } from './api/keys.ts'
export { type BaselineName, baselineNames } from './baselines/index.ts'
export { type Pipeline, type PipelineOptions, startPipeline } from './cli/pipeline.ts'
export { type Config, configSchema, parseConfig, type ReadConfig, readConfig } from './config.ts'
export { type Model, networkFor, parseModel } from './detectors/autoencoder/model.ts'
export type { Detector } from './detectors/detector.ts'
export { detectors } from './detectors/index.ts'
export {
  agentKey,
  Engine,
  type EngineOptions,
  type Mode,
  partitionOf,
  type Verdict,
} from './engine.ts'
export { EngineError, type FailureCode, failures } from './errors.ts'
export { type Event, eventSchema, type RawEvent, timeToMs } from './event/event.ts'
export { type Parsed, parseEvent } from './event/parse.ts'
export type { Refusal } from './event/refusal.ts'
export { type Body, readBody } from './formats/body.ts'
export type { Format, Translation } from './formats/format.ts'
export {
  detect,
  formatNamed,
  formats,
  ownFormats,
  ownFormatsSchema,
} from './formats/index.ts'
export { type Competitor, constant, randomly, zScore } from './offline/competitors.ts'
export {
  type AttackFinding,
  type BudgetEvaluation,
  type Evaluation,
  evaluate,
  type SessionEvaluation,
} from './offline/evaluate.ts'
export {
  type EvaluatedFiles,
  type EvaluateOptions,
  evaluateFiles,
} from './offline/evaluate-files.ts'
export type { Attack, ScoredEvent } from './offline/gather-scores.ts'
export { isolationForest } from './offline/isolation-forest.ts'
export { readModel } from './offline/model-folder.ts'
export { type Batch, type ReadOptions, type Reject, readEvents } from './offline/read.ts'
export { Replay, type ReplayOptions } from './offline/replay.ts'
export type { Report } from './offline/report.ts'
export { type Scan, type ScanOptions, type ScanProgress, scan } from './offline/scan.ts'
export { scoreLine } from './offline/score-line.ts'
export type { RegistryEntry } from './offline/simulate/registry.ts'
export {
  type Label,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './offline/simulate/simulate.ts'
export { type Manifest, type WriteOptions, writeSimulation } from './offline/simulate/write.ts'
export { runSuite, type SuiteOptions, type SuiteRuns } from './offline/suite/suite.ts'
export { type SuiteSummary, summarise } from './offline/suite/summary.ts'
export { type AcquiredRedis, type AcquireOptions, acquireRedis } from './runtime/redis.ts'
export { channels } from './scoring/channels.ts'
export { epochOf } from './scoring/knowledge.ts'
export { type Severity, severities, type Threshold, thresholdSchema } from './scoring/threshold.ts'
export { openSink, type SinkConfig, sinkKinds, sinkSchema } from './sinks/index.ts'
export { type Attempt, type Delivery, deliveryKey, type Sink, type SinkKind } from './sinks/sink.ts'
export { type SourceConfig, sourceKinds, sourceSchema } from './sources/index.ts'
export type { SourceKind } from './sources/source.ts'
