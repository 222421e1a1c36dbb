/** Says at most once a minute what may happen a thousand times a second. */
const QUIET_MS = 60_000

/** Each call is counted; `say` hears of the first at once, and later how often it was since, and of the last. */
export function rarely(say: (count: number, last: string) => void): (what: string) => void {
  let count = 0
  let saidMs = Number.NEGATIVE_INFINITY
  return (what) => {
    count++
    const nowMs = performance.now()
    if (nowMs - saidMs < QUIET_MS) return
    say(count, what)
    count = 0
    saidMs = nowMs
  }
}
