/**
 * Runs all attack scenarios and their honest twins; writes docs/attack-suite.md and .json.
 * `--seeds 1,2` takes others; `--small` renews only the small version that the tests compare with;
 * `--only slow-drip,growth` runs a few and prints; `--runs FILE` writes a line per run, for study.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { chosenModel } from '../src/cli/model.ts'
import { parseConfig } from '../src/config.ts'
import { runSuite, type SuiteOptions } from '../src/offline/suite/suite.ts'
import { type SuiteSummary, summarise } from '../src/offline/suite/summary.ts'
import { pageOf, type Recorded } from './attack-suite-page.ts'

const JSON_FILE = new URL('../docs/attack-suite.json', import.meta.url)
const PAGE_FILE = new URL('../docs/attack-suite.md', import.meta.url)
const SMALL_SEEDS = [1]

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seeds: text, only: text, runs: text, small: { type: 'boolean' } },
})
const seeds = (values.seeds ?? '1,2,3').split(',').map(Number)
const { threshold, stream } = parseConfig({})
const model = await chosenModel(undefined)

function measured(options: Pick<SuiteOptions, 'seeds' | 'isSmall' | 'only'>): SuiteSummary {
  let runs = 0
  const ran: SuiteOptions['ran'] = (run) => {
    if (++runs % 50 === 0) console.error(`${runs} runs, ${Math.round(process.uptime())} s`)
    if (values.runs === undefined) return
    const name = 'scenario' in run ? run.scenario.name : run.twin.name
    appendFileSync(values.runs, `${JSON.stringify({ ...run, name, isSmall: options.isSmall })}\n`)
  }
  const { partitions } = stream
  return summarise(runSuite({ threshold, partitions, model, ran, ...options }))
}

const facts = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  node: process.version,
  seeds,
  budget: threshold.falseAgentDaysPerThousand,
}
if (values.only !== undefined) {
  const full = measured({ seeds, only: values.only.split(',') })
  console.log(pageOf({ ...facts, full, small: full }))
} else {
  const small = measured({ seeds: SMALL_SEEDS, isSmall: true })
  const before = () => JSON.parse(readFileSync(JSON_FILE, 'utf8')) as Recorded
  const recorded = values.small
    ? { ...before(), small }
    : { ...facts, full: measured({ seeds }), small }
  // A line for each scenario and each twin, so that a change can be read.
  const lines = JSON.stringify(recorded, null, 1).replace(/\n {4,}| *\n {3}(?=})/g, ' ')
  writeFileSync(JSON_FILE, `${lines}\n`)
  writeFileSync(PAGE_FILE, pageOf(recorded))
}
