/**
 * Sessions of a source: it is read in one after another, each over connections of its own, until it is to
 * stop. One that fails is followed by the next after a pause.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RuntimeLog } from '../runtime/connection.ts'

/** Between a session that failed and the next, in ms; doubled from the first to the last. */
const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 5_000

export class Sessions {
  private readonly source: string
  private readonly log: RuntimeLog
  private problem: string | undefined

  constructor(source: string, log: RuntimeLog) {
    this.source = source
    this.log = log
  }

  /** Whether it is being read, be it that this fails at the moment. */
  isReading = false

  /** Why it cannot be read; undefined where it can. */
  get trouble(): string | undefined {
    return this.problem
  }

  /**
   * Resolves once the signal has come and the session under way has ended.
   *
   * @param session reads until the signal comes, and says once it does; throws what keeps it from that
   */
  async run(session: (reads: () => void) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.isReading = true
    this.problem = 'it is not connected yet'
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await session(() => {
          this.problem = undefined
          failures = 0
        })
      } catch (error) {
        if (signal.aborted) return
        this.fail((error as Error).message)
        const pauseMs = Math.min(PAUSE_MS_MIN * 2 ** failures, PAUSE_MS_MAX)
        await sleep(pauseMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  private fail(why: string): void {
    if (why !== this.problem) this.log.warn({ source: this.source, why }, 'a source cannot be read')
    this.problem = why
  }
}

/** Resolves once the signal has come. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
