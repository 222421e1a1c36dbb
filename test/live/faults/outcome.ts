/** What a live run came to, beside what one undisturbed offline run over the same stream comes to. */
import { isDeepStrictEqual } from 'node:util'
import type { Redis } from 'ioredis'
import { pack } from 'msgpackr'
import type { Alert } from '../../../src/alert/alert.ts'
import { agentKey, partitionOf } from '../../../src/engine.ts'
import type { RawEvent } from '../../../src/event/event.ts'
import { freeze } from '../../../src/runtime/epochs.ts'
import type { EventJob } from '../../../src/runtime/intake.ts'
import { eventQueueName, keysAt } from '../../../src/runtime/keys.ts'
import { addRoom, roomOfJob } from '../../../src/runtime/tenant-room.ts'
import { epochOf } from '../../../src/scoring/knowledge.ts'
import { inOrder, offline, PARTITIONS, parsed, savedStates } from '../stream.ts'

export interface Live {
  readonly client: Redis
  readonly prefix: string
  /** What was accepted, in the order of its numbers. */
  readonly accepted: readonly RawEvent[]
  /** Bodies that a webhook was sent, by `webhook-id`; undefined where there is none. */
  readonly received?: ReadonlyMap<string, string> | undefined
}

/** Everything in which the two differ, in words; empty where nothing does. */
export async function differences({ client, prefix, accepted, received }: Live): Promise<string[]> {
  const { alerts, states, replay } = offline(accepted)
  const keys = keysAt({ prefix, shard: '0' })
  const found: string[] = []
  const same = (what: string, live: unknown, wanted: unknown) => {
    if (isDeepStrictEqual(live, wanted)) return
    found.push(`${what}: ${shown(live)} in place of ${shown(wanted)}`)
  }

  const outbox = (await client.xrange(keys.alerts, '-', '+')).map(
    ([, fields]) => JSON.parse(fields[1]!) as Alert,
  )
  sameAlerts(found, 'the outbox', inOrder(outbox), alerts)
  if (received !== undefined) {
    const sent = [...received.values()].map((body) => JSON.parse(body).data as Alert)
    sameAlerts(found, 'the receiver', inOrder(sent), alerts)
  }

  const saved = await savedStates(client, prefix)
  same('agents', [...saved.keys()], [...states.keys()])
  for (const [key, bytes] of states) {
    if (saved.get(key) !== bytes) found.push(`the baselines of ${JSON.stringify(key)}`)
  }

  found.push(...(await roomDifferences({ client, prefix })))
  const events = parsed(accepted)
  const epoch = epochOf(events.length)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const engine = replay.engines[partition]!
    const last = events.findLastIndex((one) => partitionOf(agentKey(one), PARTITIONS) === partition)
    const position = await client.hgetall(keys.position(partition))
    same(
      `number and epoch of ${partition}`,
      [position.number, position.epoch],
      [String(last + 1), String(epoch)],
    )
    same(
      `jobs done of ${partition}`,
      position.order,
      await client.hget(keys.intake, `order:${partition}`),
    )
    const seen: number[] = []
    for (const generation of [0, 1]) {
      const bytes = await client.getBuffer(keys.seen(partition, generation))
      seen.push(...new Float64Array(Uint8Array.from(bytes ?? []).buffer))
    }
    const [older, newer] = engine.seen.held()
    const wanted = [...older, ...newer].sort((a, b) => a - b)
    same(
      `events seen by ${partition}`,
      seen.sort((a, b) => a - b),
      wanted,
    )
    const gathered = await client.hgetallBuffer(keys.gathered(partition))
    const groups = [...engine.gathered].map(([key, group]) => {
      return [key, freeze(new Map([[key, group]])).toString('hex')] as const
    })
    const live = Object.entries(gathered).map(
      ([key, bytes]) => [key, bytes.toString('hex')] as const,
    )
    same(`what ${partition} gathered`, new Map(live.sort()), new Map(groups.sort()))
  }
  const known = await client.getBuffer(keys.knowledge(epoch - 2))
  same('what is known', known?.toString('hex'), pack(replay.save().known).toString('hex'))
  same('dead letters', await client.lrange(keys.deadLetters, 0, -1), [])
  return found
}

/**
 * What waits of a partition, as its jobs say and as it is counted. KEYS waiting, position, wait, active.
 * ARGV what the keys of jobs begin with.
 */
const ROOM = `
local jobs = {}
for nth = 3, 4 do
  for _, id in ipairs(redis.call('LRANGE', KEYS[nth], 0, -1)) do
    table.insert(jobs, redis.call('HGET', ARGV[1] .. id, 'data'))
  end
end
return { redis.call('HGETALL', KEYS[1]), redis.call('HGET', KEYS[2], 'order') or '0', jobs }`

/** Where what waits of each tenant is not what its jobs take; at any moment it must be. */
export async function roomDifferences({ client, prefix }: Omit<Live, 'accepted'>) {
  const keys = keysAt({ prefix, shard: '0' })
  const found: string[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const queue = `${keys.root}:${eventQueueName(partition)}:`
    const lists = [
      keys.waiting(partition),
      keys.position(partition),
      `${queue}wait`,
      `${queue}active`,
    ]
    const answer = await client.eval(ROOM, lists.length, ...lists, queue)
    const [fields, done, jobs] = answer as [string[], string, string[]]
    const counted = new Map<string, number>()
    for (let at = 0; at < fields.length; at += 2) counted.set(fields[at]!, Number(fields[at + 1]))
    const wanted = new Map<string, number>()
    for (const job of jobs.map((data) => JSON.parse(data) as EventJob)) {
      if (job.order > Number(done)) addRoom(wanted, roomOfJob(job))
    }
    const [live, own] = [counted, wanted].map((room) => new Map([...room].sort()))
    if (isDeepStrictEqual(live, own)) continue
    found.push(`what waits of ${partition}: ${shown(live)} in place of ${shown(own)}`)
  }
  return found
}

function sameAlerts(
  found: string[],
  where: string,
  live: readonly Alert[],
  wanted: readonly Alert[],
): void {
  const names = (alerts: readonly Alert[]) => alerts.map(({ id, revision }) => `${id} ${revision}`)
  if (!isDeepStrictEqual(names(live), names(wanted))) {
    found.push(`alerts at ${where}: ${shown(names(live))} in place of ${shown(names(wanted))}`)
    return
  }
  for (const [at, alert] of wanted.entries()) {
    if (!isDeepStrictEqual(live[at], alert)) found.push(`alert ${alert.id} at ${where}`)
  }
}

function shown(value: unknown): string {
  const text = value instanceof Map ? JSON.stringify([...value]) : (JSON.stringify(value) ?? 'none')
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text
}
