/**
 * Quotas: what one tenant may take of what all share, so that a noisy one leaves room for the others.
 *
 * Of the queue each tenant may fill a share of what the others leave: where it alone is noisy, that
 * share; where several are, each less, and never so much that there is none left for one more.
 *
 * Source  Choudhury, Hahne (1998), "Dynamic queue length thresholds for shared-memory packet switches",
 *         IEEE/ACM Transactions on Networking 6 (2): what one may fill is a multiple of what is free.
 */
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import type { Keys } from './keys.ts'
import type { QuotaOptions } from './options.ts'
import { ROOM_PER_JOB, type TenantRoom } from './tenant-room.ts'
import { draw, type Rate } from './token-bucket.ts'

export type QuotaName = 'queueShare' | 'eventsPerS'

/** A tenant has used up what is its own; nothing of the batch was taken. */
export class QuotaExceeded extends EngineError {
  readonly tenant: string
  readonly quota: QuotaName
  /** When it may be worth trying again; undefined where that hangs on the workers. */
  readonly retryAfterMs: number | undefined

  constructor(tenant: string, quota: QuotaName, message: string, retryAfterMs?: number) {
    super('QUOTA_EXCEEDED', `Tenant ${JSON.stringify(tenant)} ${message}`)
    this.tenant = tenant
    this.quota = quota
    this.retryAfterMs = retryAfterMs
  }
}

type Quota = Rate & { readonly queueShare: number }

export class Quotas {
  private readonly ofAll: Quota
  private readonly own: ReadonlyMap<string, Quota>

  constructor({ tenants, ...ofAll }: QuotaOptions) {
    this.ofAll = ofAll
    const own = Object.entries(tenants).map(
      ([name, { queueShare, eventsPerS, burstS }]): [string, Quota] => [
        name,
        {
          queueShare: queueShare ?? ofAll.queueShare,
          eventsPerS: eventsPerS ?? ofAll.eventsPerS,
          burstS: burstS ?? ofAll.burstS,
        },
      ],
    )
    this.own = new Map(own)
  }

  private quotaOf(tenant: string): Quota {
    return this.own.get(tenant) ?? this.ofAll
  }

  /** Of these tenants those that may not fill the whole queue. */
  sharing(tenants: Iterable<string>): string[] {
    return [...tenants].filter((tenant) => this.quotaOf(tenant).queueShare < 1)
  }

  /** Throws QuotaExceeded where a tenant has filled its share of a queue in which `jobs` wait. */
  checkRoom(taken: TenantRoom, jobs: number, jobsMax: number): void {
    for (const [tenant, room] of taken) {
      const { queueShare } = this.quotaOf(tenant)
      const mostJobs = (queueShare / (1 - queueShare)) * Math.max(0, jobsMax - jobs)
      const itsJobs = room / ROOM_PER_JOB
      if (itsJobs < mostJobs) continue
      const message =
        `has ${Math.ceil(itsJobs)} jobs waiting where ${jobs} of ${jobsMax} wait: ` +
        `expected fewer than ${Math.ceil(mostJobs)}, by a queueShare of ${queueShare}.`
      throw new QuotaExceeded(tenant, 'queueShare', message)
    }
  }

  /** Takes events off the rates of their tenants; all, or none and throws QuotaExceeded. */
  async draw(client: Redis, keys: Keys, events: ReadonlyMap<string, number>): Promise<void> {
    const draws = [...events].flatMap(([tenant, count]) => {
      const rate = this.quotaOf(tenant)
      return rate.eventsPerS > 0 ? [{ tenant, events: count, rate }] : []
    })
    if (draws.length === 0) return
    const late = await draw(client, keys, draws)
    if (late === undefined) return
    const { tenant, events: count, rate } = late.draw
    const message = `sends ${count} events too soon: expected ${rate.eventsPerS} a second at most.`
    throw new QuotaExceeded(tenant, 'eventsPerS', message, late.waitMs)
  }
}
