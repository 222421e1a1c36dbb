/**
 * The keys in Redis. All of one shard carry the same hash tag, so that each transaction stays within
 * one slot of a cluster.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `meta` | hash | what was fixed when it was first used: `partitions` |
 * | `intake` | hash | `number`: events numbered so far; `order:<p>`, `given:<p>`: jobs, and events, given to a partition so far |
 * | `events-<p>:*` | BullMQ | jobs of a partition |
 * | `sink-<name>:*` | BullMQ | alerts on their way to a sink |
 * | `lane:<sink>:<agent>` | list | jobs of an agent's alerts in the order they leave in, see `lanes.ts` |
 * | `waiting:<p>` | hash | tenant → what its waiting events take of the queue, see `tenant-room.ts` |
 * | `bucket:<tenant>` | string | when its token bucket is full, see `token-bucket.ts`; expires then |
 * | `workers` | sorted set | worker → its latest sign of life, ms by the clock of Redis |
 * | `vitals:<worker>` | string | what a worker says of itself, see `vitals.ts`; expires |
 * | `probe:<worker>` | string | nothing: written to see that Redis takes it; expires |
 * | `lease:<p>` | string | token of the worker that holds the partition; expires |
 * | `owner:<p>` | string | token of the latest to have held it: what a commit is checked against |
 * | `position:<p>` | hash | how far the partition has come, see `partition-store.ts` |
 * | `agents:<p>` | hash | agent → its state |
 * | `due:<p>:<tenant>` | sorted set | agents by the hour at which to look after them, see `due.ts` |
 * | `due-tenants:<p>` | set | tenants that have such a list |
 * | `past:<p>` | hash | agent → the state that history tells of it, until it is joined to its own |
 * | `snapshots:<p>:<slot>` | hash | agent → its state at the end of a day, see `snapshots.ts` |
 * | `gathered:<p>` | hash | group → what the partition has gathered of it in the current epoch |
 * | `seen:<p>:<generation>` | string | identities of events, 8 bytes each |
 * | `seen-past:<p>:<generation>` | string | the same of history |
 * | `shares:<epoch>` | hash | partition → what it gathered in the epoch, until they are merged |
 * | `knowledge:<epoch>` | string | what was known at the end of the epoch |
 * | `merged` | string | the latest epoch whose knowledge was merged |
 * | `sampled:<p>` | set | tenants whose behaviour is kept for training |
 * | `samples:<p>:<tenant>` | sorted set | behaviour to train on, see `samples.ts` |
 * | `training:*` | BullMQ | training, by one worker at a time |
 * | `trainings` | list | latest first: what came of it |
 * | `models`, `model-cards` | hash | version → `model.json`, and its card |
 * | `model-wish` | hash | the model to go over to where the next epoch is merged, see `model-store.ts` |
 * | `activations` | sorted set | `<epoch>:<version>` by epoch: the models gone over to |
 * | `registries` | hash | version → an agent registry, see `registry-store.ts` |
 * | `registry-wish`, `registry-activations` | hash, sorted set | the same of registries |
 * | `learned` | hash | file of history, or a set of them → how far it is taken in, see `learned.ts` |
 * | `learning` | string | token of the run that learns a history; expires |
 * | `audit` | list | latest first: who changed what was learned, and why |
 * | `letter-audit` | list | latest first: who put in again, or dropped, what had been set aside, and why |
 * | `alerts` | stream | the latest alerts, every revision, as JSON |
 * | `rejects`, `dead-letters` | list | latest first: what could not be used, and what failed |
 */
export interface Place {
  readonly prefix: string
  readonly shard: string
}

export type Keys = ReturnType<typeof keysAt>

export function keysAt({ prefix, shard }: Place) {
  const root = `${prefix}:{${shard}}`
  return {
    /** What BullMQ calls its prefix. */
    root,
    meta: `${root}:meta`,
    intake: `${root}:intake`,
    waiting: (partition: number) => `${root}:waiting:${partition}`,
    bucket: (tenant: string) => `${root}:bucket:${tenant}`,
    workers: `${root}:workers`,
    probe: (who: string) => `${root}:probe:${who}`,
    vitals: (worker: string) => `${root}:vitals:${worker}`,
    alerts: `${root}:alerts`,
    learned: `${root}:learned`,
    learning: `${root}:learning`,
    audit: `${root}:audit`,
    letterAudit: `${root}:letter-audit`,
    rejects: `${root}:rejects`,
    deadLetters: `${root}:dead-letters`,
    lane: (sink: string, agent: string) => `${root}:lane:${encodeURIComponent(sink)}:${agent}`,
    lease: (partition: number) => `${root}:lease:${partition}`,
    owner: (partition: number) => `${root}:owner:${partition}`,
    position: (partition: number) => `${root}:position:${partition}`,
    agents: (partition: number) => `${root}:agents:${partition}`,
    due: (partition: number, tenantKey: string) => `${root}:due:${partition}:${tenantKey}`,
    dueTenants: (partition: number) => `${root}:due-tenants:${partition}`,
    past: (partition: number) => `${root}:past:${partition}`,
    snapshots: (partition: number, slot: number) => `${root}:snapshots:${partition}:${slot}`,
    gathered: (partition: number) => `${root}:gathered:${partition}`,
    seen: (partition: number, generation: number) => `${root}:seen:${partition}:${generation}`,
    seenPast: (partition: number, generation: number) =>
      `${root}:seen-past:${partition}:${generation}`,
    shares: (epoch: number) => `${root}:shares:${epoch}`,
    knowledge: (epoch: number) => `${root}:knowledge:${epoch}`,
    merged: `${root}:merged`,
    sampled: (partition: number) => `${root}:sampled:${partition}`,
    samples: (partition: number, tenant: string) => `${root}:samples:${partition}:${tenant}`,
    trainings: `${root}:trainings`,
    models: `${root}:models`,
    modelCards: `${root}:model-cards`,
    modelWish: `${root}:model-wish`,
    activations: `${root}:activations`,
    registries: `${root}:registries`,
    registryWish: `${root}:registry-wish`,
    registryActivations: `${root}:registry-activations`,
  }
}

export function eventQueueName(partition: number): string {
  return `events-${partition}`
}

export const TRAINING_QUEUE = 'training'

/** BullMQ allows any name without a colon. */
export function sinkQueueName(sink: string): string {
  return `sink-${encodeURIComponent(sink)}`
}
