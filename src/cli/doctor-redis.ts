/** What `perimeter doctor` makes of how a Redis is set up. */
import type { RedisFacts } from '../runtime/examine-redis.ts'

/** A finding of the examination. Without what is needed some command fails. */
export interface Check {
  readonly name: string
  readonly isFine: boolean
  readonly said: string
}

/** A commit makes four round trips; slower than this, workers wait more than they work. */
const LATENCY_MS_MAX = 20
/** Further apart, what is told of lag is of no use, and events may seem to be of the future. */
const CLOCK_MS_MAX = 5_000
/** Beyond this share of the memory it may use, Redis is about to refuse writes. */
const MEMORY_MAX = 0.9
const MB = 1024 * 1024

export function redisChecks(facts: RedisFacts): Check[] {
  const { evictionPolicy, latencyMs, clockAheadMs, isReplica } = facts
  const latency = `${latencyMs.toFixed(1)} ms a round trip`
  const apart = Math.abs(clockAheadMs) / 1_000
  const clock = `${apart.toFixed(1)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} ours`
  return [
    {
      name: 'redis role',
      isFine: !isReplica,
      said: isReplica ? 'a replica, which takes no writes: expected the master' : 'takes writes',
    },
    evictionPolicy === 'noeviction'
      ? { name: 'redis eviction', isFine: true, said: 'none, as it has to be' }
      : {
          name: 'redis eviction',
          isFine: false,
          said: `${evictionPolicy || 'not told'}: what was learned may go; set maxmemory-policy to noeviction`,
        },
    memory(facts),
    written(facts),
    {
      name: 'redis latency',
      isFine: latencyMs <= LATENCY_MS_MAX,
      said:
        latencyMs <= LATENCY_MS_MAX ? latency : `${latency}: expected ${LATENCY_MS_MAX} at most`,
    },
    {
      name: 'redis clock',
      isFine: Math.abs(clockAheadMs) <= CLOCK_MS_MAX,
      said: Math.abs(clockAheadMs) <= CLOCK_MS_MAX ? clock : `${clock}: set one of them right`,
    },
  ]
}

function memory({ memoryBytes, memoryMaxBytes }: RedisFacts): Check {
  const used = `${Math.round(memoryBytes / MB)} MB used`
  if (memoryMaxBytes === 0) {
    return { name: 'redis memory', isFine: true, said: `${used}, no bound but the machine's` }
  }
  const isFine = memoryBytes <= MEMORY_MAX * memoryMaxBytes
  const bound = `${used} of ${Math.round(memoryMaxBytes / MB)} MB`
  return { name: 'redis memory', isFine, said: isFine ? bound : `${bound}: give it more` }
}

function written({ persistence, hasWriteFailed }: RedisFacts): Check {
  const name = 'redis disk'
  if (hasWriteFailed) return { name, isFine: false, said: 'the latest write to disk failed' }
  const said = {
    'append-only file': 'append-only file',
    snapshots:
      'snapshots alone: a crash loses what was accepted since the latest; set appendonly yes',
    none: 'nothing is written: a restart loses all that was accepted and learned; set appendonly yes',
    'not told': 'it does not tell whether it writes',
  }[persistence]
  return { name, isFine: persistence === 'append-only file' || persistence === 'not told', said }
}
