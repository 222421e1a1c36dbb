/**
 * `npm run bench`: how fast and how small it is. Each part is written to docs/bench.json.
 *
 * `-- --only scan,live` measures some parts; `--seconds 300` holds each load for so long; `--rates
 * 1000,20000` are the loads, in events a second; `--dry` writes nothing.
 */
import { parseArgs } from 'node:util'
import { measureGrowth } from './growth.ts'
import { measureLoad } from './live/load.ts'
import { measureRecovery } from './live/recovery.ts'
import { record } from './record.ts'
import { measureScan } from './scan.ts'

/** What a stream of 20,000 events a second has been through after an hour and a half. */
const AGE = 100_000_000

const PARTS = {
  scan: measureScan,
  live: async () => {
    const runs = []
    for (const workers of workersToTry)
      runs.push(await measureLoad({ workers, seconds, age, rates }))
    return { runs }
  },
  recovery: () => measureRecovery(age),
  growth: () => measureGrowth(sizes),
}

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    only: text,
    seconds: text,
    rates: text,
    age: text,
    workers: text,
    sizes: text,
    dry: { type: 'boolean' },
  },
})
const seconds = Number(values.seconds ?? 10)
const age = Number(values.age ?? AGE)
const workersToTry = (values.workers ?? '1,2').split(',').map(Number)
const sizes = values.sizes?.split(',').map(Number)
const rates = values.rates?.split(',').map(Number)
const wanted = values.only?.split(',') ?? Object.keys(PARTS)
for (const name of wanted) {
  if (!(name in PARTS)) throw new RangeError(`--only ${name}: expected ${Object.keys(PARTS)}.`)
  const measured = await PARTS[name as keyof typeof PARTS]()
  if (!values.dry) record(name, measured)
}
