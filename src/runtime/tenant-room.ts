/**
 * Tenant room: how much of the queue the waiting events of each tenant take, in thousandths of a job.
 *
 * A job is split among the tenants whose events it holds, by their number; one that only ends an epoch,
 * among those whose events ended it. What a job takes is counted in the transaction that adds it and given
 * back in the commit that does it, so that neither a crash, nor a second attempt, nor an event that is set
 * aside makes it wrong.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import type { Event } from '../event/event.ts'
import { answersTo } from './connection.ts'
import type { EventJob } from './intake.ts'
import type { Keys } from './keys.ts'

export const ROOM_PER_JOB = 1_000

/** Tenant → thousandths of jobs. */
export type TenantRoom = ReadonlyMap<string, number>

/** What a job that holds these events takes, of each of their tenants. */
export function roomOf(events: readonly Event[]): TenantRoom {
  const room = new Map<string, number>()
  for (const { tenant } of events) room.set(tenant, (room.get(tenant) ?? 0) + 1)
  for (const [tenant, count] of room) {
    room.set(tenant, Math.ceil((ROOM_PER_JOB * count) / events.length))
  }
  return room
}

/** What a job takes; one without events says itself. */
export function roomOfJob({ events, room }: Pick<EventJob, 'events' | 'room'>): TenantRoom {
  return room === undefined ? roomOf(events) : new Map(room)
}

/** Adds to a map what each tenant takes. */
export function addRoom(sum: Map<string, number>, room: TenantRoom): void {
  for (const [tenant, taken] of room) sum.set(tenant, (sum.get(tenant) ?? 0) + taken)
}

/** Adds to the transaction that adds a job of the partition. */
export function takeRoom(
  multi: Pick<ChainableCommander, 'hincrby'>,
  keys: Keys,
  partition: number,
  room: TenantRoom,
): void {
  for (const [tenant, taken] of room) multi.hincrby(keys.waiting(partition), tenant, taken)
}

/**
 * Gives back what jobs took that are done. Once all that the partition was given is done, nothing waits,
 * even if jobs were lost on the way.
 * KEYS waiting, intake. ARGV field of the latest order given, order done; then tenant and room in turn.
 */
const GIVE_BACK = `
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
  return 0
end
for at = 3, #ARGV, 2 do
  if redis.call('HINCRBY', KEYS[1], ARGV[at], -ARGV[at + 1]) <= 0 then
    redis.call('HDEL', KEYS[1], ARGV[at])
  end
end
return 0`

/** Adds to the commit after which the job with this order is the latest that is done. */
export function giveRoomBack(
  multi: Pick<ChainableCommander, 'eval'>,
  keys: Keys,
  partition: number,
  order: number,
  room: TenantRoom,
): void {
  const given = `order:${partition}`
  multi.eval(GIVE_BACK, 2, keys.waiting(partition), keys.intake, given, order, ...[...room].flat())
}

/** What tenants take in all partitions. */
export async function roomTaken(
  client: Redis,
  keys: Keys,
  partitions: number,
  tenants: readonly string[],
): Promise<Map<string, number>> {
  const pipeline = client.pipeline()
  for (let partition = 0; partition < partitions; partition++) {
    pipeline.hmget(keys.waiting(partition), ...tenants)
  }
  const taken = new Map(tenants.map((tenant) => [tenant, 0]))
  for (const counts of (await answersTo(pipeline)) as (string | null)[][]) {
    addRoom(taken, new Map(tenants.map((tenant, at) => [tenant, Number(counts[at])])))
  }
  return taken
}

/** What each tenant takes in some partitions, the most first. */
export async function roomOfAll(
  client: Redis,
  keys: Keys,
  partitions: readonly number[],
): Promise<[tenant: string, room: number][]> {
  const pipeline = client.pipeline()
  for (const partition of partitions) pipeline.hgetall(keys.waiting(partition))
  const taken = new Map<string, number>()
  for (const waiting of (await answersTo(pipeline)) as Record<string, string>[]) {
    const room = Object.entries(waiting).map(([tenant, one]) => [tenant, Number(one)] as const)
    addRoom(taken, new Map(room))
  }
  return [...taken].sort((a, b) => b[1] - a[1])
}
