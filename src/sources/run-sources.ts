/** Runs sources: reads each of them into the pipeline until it is closed, and measures how far behind they are. */
import { createInlet, type InletOf, type InletParts } from './inlet.ts'
import type { Source } from './source.ts'

/** Between two looks at what waits, in ms. */
const LAG_EVERY_MS = 2_000

export interface ConfiguredSource {
  readonly source: Source
  readonly config: InletOf
}

export interface RunningSources {
  /** By name: why a source cannot be read, if it cannot. */
  readonly checks: Readonly<Record<string, () => Promise<string | undefined>>>
  /** Reads nothing new, finishes what can be, and lets go of the rest for whoever reads next. */
  close(): Promise<void>
}

export function runSources(all: readonly ConfiguredSource[], parts: InletParts): RunningSources {
  const ending = new AbortController()
  const { signal } = ending
  const reading = all.map(({ source, config }) =>
    source.read(createInlet(parts, config, signal), signal),
  )
  const timer = setInterval(() => void measure(all, parts), LAG_EVERY_MS)
  void measure(all, parts)
  return {
    checks: Object.fromEntries(
      all.map(({ source }) => [`source ${source.name}`, () => source.check()]),
    ),
    async close() {
      clearInterval(timer)
      ending.abort()
      await Promise.all(reading)
    },
  }
}

async function measure(
  all: readonly ConfiguredSource[],
  { sourceMetrics, log }: InletParts,
): Promise<void> {
  await Promise.all(
    all.map(async ({ source }) => {
      const { name } = source
      try {
        const lag = await source.lag()
        if (lag === undefined) sourceMetrics.lag.remove({ source: name })
        else sourceMetrics.lag.set({ source: name }, lag)
      } catch (error) {
        sourceMetrics.lag.remove({ source: name }) // what was true then may not be any more
        log.debug({ source: name, err: error }, 'what waits in a source could not be told')
      }
    }),
  )
}
