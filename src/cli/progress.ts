/** Progress: a bar on a terminal; in a pipe nothing, or a plain line now and then. */
import { Presets, SingleBar } from 'cli-progress'

const REDRAWS_PER_SECOND = 10
/** Parts of the whole after which a plain line is due. */
const LINES_MAX = 4

export interface Progress {
  /** `text` stands behind the bar. */
  update(done: number, total: number | undefined, text: string): void
  stop(): void
}

export interface ProgressOptions {
  /** Whether a few plain lines are written where there is no terminal. @default false */
  readonly isToldPlainly?: boolean
}

/** Shows on standard error how far something has come. */
export function openProgress(label: string, { isToldPlainly = false }: ProgressOptions = {}) {
  if (process.stderr.isTTY) return bar(label)
  return isToldPlainly ? lines(label) : silent
}

function bar(label: string): Progress {
  const shown = new SingleBar(
    {
      format: `${label} {bar} {percentage}% {text}`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      fps: REDRAWS_PER_SECOND,
    },
    Presets.shades_classic,
  )
  const pipe = new SingleBar(
    { format: `${label} {text}`, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  )
  let current: SingleBar | undefined
  return {
    update(done, total, text) {
      if (current === undefined) {
        current = total === undefined ? pipe : shown
        current.start(total ?? 1, 0, { text })
      }
      if (total !== undefined && total !== current.getTotal()) current.setTotal(total)
      current.update(total === undefined ? 0 : done, { text })
    },
    stop: () => current?.stop(),
  }
}

function lines(label: string): Progress {
  let told = 0
  return {
    update(done, total, text) {
      if (total === undefined || total === 0) return
      const part = Math.floor((LINES_MAX * done) / total)
      if (part <= told) return
      told = part
      process.stderr.write(`${label} ${Math.floor((100 * done) / total)}% ${text}\n`)
    },
    stop() {},
  }
}

const silent: Progress = { update() {}, stop() {} }
