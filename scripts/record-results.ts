/**
 * Measures detection on generated tenants and writes docs/results.md and the block in the README.
 * `--seeds 11-20,31 --agents 20 --days 14 --dry` measures others, less of them, and only prints.
 */
import { parseArgs } from 'node:util'
import { chosenModel } from '../src/cli/model.ts'
import { measureTenant } from './measure-tenant.ts'
import { pageOf, writePages } from './results-page.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seeds: text, agents: text, days: text, attacks: text, dry: { type: 'boolean' } },
})
const seeds = (values.seeds ?? '11-20').split(',').flatMap((part) => {
  const [first, last = first] = part.split('-').map(Number)
  return Array.from({ length: last! - first! + 1 }, (_, n) => first! + n)
})
const given = { agents: values.agents, days: values.days, attacks: values.attacks }
const options = Object.fromEntries(
  Object.entries(given).flatMap(([name, value]) => (value ? [[name, Number(value)]] : [])),
)

const model = await chosenModel(undefined)
const results = seeds.flatMap((seed) => measureTenant({ seed, ...options }, model))
if (values.dry) console.log(pageOf(results))
else writePages(results)
