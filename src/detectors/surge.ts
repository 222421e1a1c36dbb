/** How a detector of surges is made: it asks how far a running total is above what is usual. */
import { measures as allMeasures, spans } from '../agent/context.ts'
import type { Readings } from '../baselines/index.ts'
import { log1p } from '../math/logs.ts'
import { excess } from '../math/moments.ts'
import type { Aspect, Detector } from './detector.ts'

/** How a span is named after an amount. */
const within: Readonly<Record<(typeof spans)[number], string>> = {
  '10 min': 'in 10 min',
  hour: 'in one hour',
  day: 'in one day',
  session: 'in a session',
}

interface Question {
  readonly name: string
  readonly aspect: Aspect
  readonly title: string
  /** Indices of the measures asked about; the most surprising answers. */
  readonly measures: readonly number[]
  /** Whether it counts only as far as its peers are not failing at the time. @default false */
  readonly isOfTrouble?: boolean
  /** A total in words, by index of its measure: '2,431 records'. */
  readonly inWords: (measure: number, total: number) => string
}

export function surge({
  name,
  aspect,
  title,
  measures,
  isOfTrouble = false,
  inWords,
}: Question): Detector {
  return {
    name,
    aspect,
    title,
    judge({ volume }) {
      let most = 0
      for (let at = 0; at < measures.length; at++) {
        const nats = volume.nats[measures[at]!]!
        if (nats > most) most = nats
      }
      return most
    },
    relevance({ volume, authority }) {
      const at = foremost(volume)
      const calm = isOfTrouble ? 1 - authority.trouble : 1
      return calm * excess(log1p(volume.seen[at]!), volume.logLargest[at]!)
    },
    explain({ volume }) {
      const at = foremost(volume)
      const span = spans[volume.span[at]!]!
      const total = volume.seen[at]!
      const seen = `${inWords(at, total)} ${within[span]}`
      const largest = Math.expm1(volume.logLargest[at]!)
      const counted = { unit: allMeasures[at]!, seen: total, over: span }
      if (largest <= 0) return { expected: `none so far`, seen, measured: counted }
      const usual = Math.expm1(volume.logUsual[at]!)
      return {
        expected: `usually ${inWords(at, usual)}; its busiest ${span} so far had ${inWords(at, largest)}`,
        seen,
        measured: { ...counted, usual, largest },
      }
    },
    suppositions({ volume }) {
      const at = foremost(volume)
      const span = spans[volume.span[at]!]!
      const other = measures.find((measure) => measure !== at && volume.nats[measure]! > 0)
      return [
        {
          kind: 'less',
          of: allMeasures[at]!,
          seen: volume.seen[at]!,
          alongside:
            other === undefined ? other : { of: allMeasures[other]!, seen: volume.seen[other]! },
          inWords: (total) => `${inWords(at, total)} ${within[span]}`,
        },
      ]
    },
  }

  function foremost(volume: Readings['volume']): number {
    return measures.reduce((a, b) => (volume.nats[b]! > volume.nats[a]! ? b : a))
  }
}
