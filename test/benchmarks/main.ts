/**
 * `npm run bench`: how fast and how small it is. Each part is written to docs/bench.json, and from there
 * to the pages and plots.
 *
 * `-- --only scan,live` measures some parts; `--seconds 300` holds each load for so long; `--rates
 * 1000,20000` are the loads, in events a second; `--dry` writes nothing.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { measureGrowth } from './growth.ts'
import { type Load, measureLoad } from './live/load.ts'
import { measureRecovery } from './live/recovery.ts'
import { record, recorded } from './record.ts'
import { measureScan } from './scan.ts'

/** Where the epochs of a stream are long: 20,000 events a second are there after an hour and a half. */
const AGE = 100_000_000
const SECONDS = 10
/** For memory to show whether it grows. */
const SECONDS_SUSTAINED = 60

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { only: text, seconds: text, rates: text, sizes: text, dry: { type: 'boolean' } },
})
const numbers = (list: string | undefined) => list?.split(',').map(Number)
const seconds = numbers(values.seconds)?.[0]
const rates = numbers(values.rates)

const PARTS = {
  scan: measureScan,
  live: async () => {
    const load = { seconds: seconds ?? SECONDS, rates }
    return {
      runs: [
        await measureLoad({ workers: 1, age: AGE, ...load }),
        await measureLoad({ workers: 2, age: AGE, ...load }),
        await measureLoad({ workers: 1, age: 0, ...load }),
      ],
    }
  },
  /** Half of what one worker keeps up with. */
  sustained: () => {
    const live = recorded('live') as { runs: Load[] } | undefined
    const kept = live?.runs[0]?.steps.filter(({ isKeptUp }) => isKeptUp) ?? []
    const half = Math.max(...kept.map(({ offeredPerSecond }) => offeredPerSecond / 2))
    const rate = rates?.[0] ?? half
    if (!Number.isFinite(rate)) throw new RangeError('Measure live first, or say --rates.')
    return measureLoad({
      workers: 1,
      age: AGE,
      seconds: seconds ?? SECONDS_SUSTAINED,
      rates: [rate],
    })
  },
  recovery: () => measureRecovery(AGE),
  growth: () => measureGrowth(numbers(values.sizes)),
}

const wanted = values.only?.split(',') ?? Object.keys(PARTS)
for (const name of wanted) {
  if (!(name in PARTS)) throw new RangeError(`--only ${name}: expected ${Object.keys(PARTS)}.`)
  const measured = await PARTS[name as keyof typeof PARTS]()
  if (!values.dry) record(name, measured)
}
// The page is a maintainer's script, which is not compiled.
const pages = ['--import', 'tsx', 'scripts/record-speed.ts']
if (!values.dry) execFileSync(process.execPath, pages, { stdio: 'inherit' })
