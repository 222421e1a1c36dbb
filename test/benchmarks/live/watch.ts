/** Watch: how far the partitions have come, and what the processes use, while a load is on. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from './stage.ts'

/** Between two looks: what is scored is known to be so by so much later at most. */
const LOOK_MS = 5
const USE_MS = 1_000
/** Clock ticks a second of the kernel's accounts, on every Linux there is. */
const TICKS_PER_S = 100
const KIBIBYTE = 1_024

const nowMs = () => performance.timeOrigin + performance.now()

export interface Use {
  readonly atMs: number
  readonly memoryBytes: number
  /** Of all cores, since the process began. */
  readonly cpuSeconds: number
}

export class Watch {
  /** ms from when a request was due until all its events, and those before, were scored. */
  readonly toScoredMs: number[] = []
  readonly toAnsweredMs: number[] = []
  readonly toWebhookMs: number[] = []
  readonly uses: Record<string, Use[]> = {}
  refused = 0
  /** Moment of the latest look that found everything scored that was sent. */
  scoredMs = 0
  private readonly stage: Stage
  private readonly waiting: { dueMs: number; upTo: readonly number[] }[] = []
  private given: number[]
  private done: number[]
  private isOver = false
  private readonly looking: Promise<unknown>

  private constructor(stage: Stage, done: number[]) {
    this.stage = stage
    this.done = done
    this.given = [...done]
    stage.heard = (told) => {
      if (told.kind === 'alert') this.toWebhookMs.push(told.latencyMs)
      else if (told.kind === 'refused') this.refused++
      else if (told.kind === 'answered') {
        this.toAnsweredMs.push(told.atMs - told.dueMs)
        this.given = this.given.map((count, at) => count + told.given[at]!)
        this.waiting.push({ dueMs: told.dueMs, upTo: this.given })
      }
    }
    this.looking = Promise.all([this.look(), this.account()])
  }

  /** Begins where everything sent so far is scored. */
  static async begin(stage: Stage): Promise<Watch> {
    return new Watch(stage, await scoredOf(stage))
  }

  /** Events taken in and not scored yet. */
  get backlog(): number {
    return this.given.reduce((sum, count, at) => sum + count - this.done[at]!, 0)
  }

  /** Events that each partition has scored. */
  get scored(): readonly number[] {
    return this.done
  }

  /** Resolves once everything sent is scored. */
  async drained(): Promise<void> {
    while (this.backlog > 0) await sleep(LOOK_MS)
  }

  async end(): Promise<void> {
    this.isOver = true
    await this.looking
  }

  private async look(): Promise<void> {
    while (!this.isOver) {
      this.done = await scoredOf(this.stage)
      const atMs = nowMs()
      while (this.waiting[0]?.upTo.every((count, at) => count <= this.done[at]!)) {
        this.toScoredMs.push(atMs - this.waiting.shift()!.dueMs)
        this.scoredMs = atMs
      }
      await sleep(LOOK_MS)
    }
  }

  private async account(): Promise<void> {
    while (!this.isOver) {
      const atMs = nowMs()
      for (const [name, pid] of Object.entries(await this.stage.pids())) {
        const use = useOf(pid, atMs)
        if (use === undefined) continue
        this.uses[name] ??= []
        this.uses[name].push(use)
      }
      await sleep(USE_MS)
    }
  }
}

/** Events that each partition has done. */
async function scoredOf({ client, keys, partitions }: Stage): Promise<number[]> {
  const pipeline = client.pipeline()
  for (let partition = 0; partition < partitions; partition++) {
    pipeline.hget(keys.position(partition), 'given')
  }
  return ((await pipeline.exec()) ?? []).map(([error, given]) => {
    if (error !== null) throw error
    return Number(given)
  })
}

/** Undefined of one that has ended. */
function useOf(pid: number, atMs: number): Use | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    const memoryBytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * KIBIBYTE
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S // utime and stime
    return { atMs, memoryBytes, cpuSeconds }
  } catch {
    return undefined
  }
}
