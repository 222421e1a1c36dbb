/** The alerts on the sample: their golden files, their schema, and the page that explains them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { type Alert, alertSchema } from '../src/alert/alert.ts'
import { linkKinds } from '../src/alert/correlation.ts'
import { candidates } from '../src/alert/taxonomy.ts'
import { readRegistry } from '../src/cli/registry.ts'
import { readSample, SAMPLE_REGISTRY } from '../src/cli/sample.ts'
import { configSchema } from '../src/config.ts'
import { scan } from '../src/offline/scan.ts'

/** `npm run readme` sets it: what is derived is then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const GOLDEN = new URL('golden/alerts/', import.meta.url)
const PAGE = new URL('../docs/alerts.md', import.meta.url)
const SCHEMA = new URL('../docs/alert.schema.json', import.meta.url)
/** Which attack of the sample the page shows. */
const SHOWN = 'code-execution'
/** Digits that are the same on every machine. */
const DIGITS = 4

const { threshold, stream } = configSchema.parse({})
const { registry } = await readRegistry(SAMPLE_REGISTRY)
const events = fileURLToPath(new URL('../datasets/sample/events.ndjson.gz', import.meta.url))
const { alerts } = await scan([events], { threshold, partitions: stream.partitions, registry })
const { labels } = await readSample()

/** The first alert on each attack that one caught, by scenario. */
const byScenario = new Map<string, Alert>()
for (const { scenario, events: ids } of labels) {
  const alert = alerts.find((one) => one.events.some((id) => ids.includes(id)))
  if (alert !== undefined && !byScenario.has(scenario)) byScenario.set(scenario, alert)
}

const rounded = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value
const asJson = (value: unknown) => `${JSON.stringify(value, rounded, 2)}\n`

/** What a reviewer looks at, one line a thing. */
function golden(alert: Alert): string {
  const { reasons, evidence, candidates: told, confidence, links } = alert
  return asJson({
    agent: alert.agent.id,
    span: `${alert.time} – ${alert.lastTime}, ${alert.eventCount} events`,
    severity: [alert.severity, ...alert.severityWhy],
    score: Math.round(alert.score),
    confidence: [confidence.level, ...confidence.why],
    title: alert.title,
    reasons: reasons.map(({ detector, p, measured, counterfactuals }) =>
      [
        `${detector}, p ${p.toPrecision(2)}`,
        ...(measured === undefined ? [] : [JSON.stringify(measured, rounded)]),
        ...counterfactuals.map(({ text }) => text),
      ].join('; '),
    ),
    evidence: evidence.map(({ time, action, resource, outcome, trigger, detectors }) =>
      [time, action, resource, outcome, trigger, detectors.join('+')].filter(Boolean).join(' · '),
    ),
    mayBe: told.map(({ mayBe, confidence: level, because, attack, atlas, owasp }) => {
      const ids = [...attack.map(({ v19 }) => v19), ...[...atlas, ...owasp].map(({ id }) => id)]
      return `${mayBe} (${level}, by ${because.join('+')}): ${ids.join(' ')}`
    }),
    nextSteps: alert.nextSteps,
    links: links.map(({ kind, key }) => `${kind}:${key}`),
  })
}

it('all keep to their schema, which says nothing more and nothing less', () => {
  expect(alerts.length).toBeGreaterThan(0)
  for (const alert of alerts) {
    const told: unknown = JSON.parse(JSON.stringify(alert))
    expect(alertSchema.parse(told)).toEqual(told)
  }
})

it('each says what happened, why it is odd, what it may be and what to do', () => {
  for (const { title, reasons, evidence, candidates: told, nextSteps, agent } of alerts) {
    expect(title.startsWith(agent.name ?? agent.id)).toBe(true)
    expect(reasons.length).toBeGreaterThan(0)
    for (const { counterfactuals, detector } of reasons) {
      expect(counterfactuals, detector).not.toEqual([])
    }
    expect(evidence.length).toBeGreaterThan(0)
    expect(told.length).toBeGreaterThan(0)
    expect(nextSteps.length).toBeGreaterThan(0)
    expect(nextSteps.join()).toMatch(new RegExp(agent.name ?? agent.id))
    expect(JSON.stringify({ reasons, told, nextSteps })).not.toMatch(/undefined|NaN|null/)
  }
})

it('the golden alerts are those on the attacks that are caught', () => {
  if (isWriting) {
    rmSync(GOLDEN, { recursive: true, force: true })
    for (const [scenario, alert] of byScenario) {
      const folder = new URL(`${scenario}/`, GOLDEN)
      mkdirSync(folder, { recursive: true })
      writeFileSync(new URL('alert.json', folder), golden(alert))
    }
    writeFileSync(
      new URL('source.md', GOLDEN),
      'The first alert of `perimeter scan` on each attack in `datasets/sample`, with its registry.\n',
    )
  }
  const folders = readdirSync(GOLDEN, { withFileTypes: true }).filter((one) => one.isDirectory())
  expect(folders.map(({ name }) => name).sort()).toEqual([...byScenario.keys()].sort())
})

it.each([...byScenario])('the alert on %s is the golden one', (scenario, alert) => {
  const file = new URL(`${scenario}/alert.json`, GOLDEN)
  expect(existsSync(file), 'run `npm run readme`').toBe(true)
  expect(golden(alert), 'run `npm run readme`').toBe(readFileSync(file, 'utf8'))
})

it('the JSON Schema in docs is that of alerts', () => {
  const schema = asJson({ title: 'Perimeter alert', ...z.toJSONSchema(alertSchema) })
  if (isWriting) writeFileSync(SCHEMA, schema)
  expect(readFileSync(SCHEMA, 'utf8'), 'run `npm run readme`').toBe(schema)
})

it('the page on alerts shows a real one, every field, and every candidate', () => {
  const example = byScenario.get(SHOWN)
  expect(example, `the attack ${SHOWN} is no longer caught: show another`).toBeDefined()
  const fields = Object.entries(alertSchema.shape).map(
    ([name, { description = '' }]) => `| \`${name}\` | ${description} |`,
  )
  const all = candidates.map(({ id, title, detectors, attack, atlas, owasp }) => {
    const ids = [...attack, ...atlas, ...owasp].join(' ')
    return `| \`${id}\` | ${title} | ${detectors.join(', ')} | ${ids} |`
  })
  const parts = {
    example: `\`\`\`json\n${asJson(example)}\`\`\``,
    fields: ['| field | |', '|---|---|', ...fields].join('\n'),
    candidates: ['| id | may be | spoken for by | ids |', '|---|---|---|---|', ...all].join('\n'),
  }
  const before = readFileSync(PAGE, 'utf8')
  let page = before
  for (const [name, text] of Object.entries(parts)) {
    const between = new RegExp(`(?<=<!-- ${name}:begin -->\\n)[\\s\\S]*?(?=<!-- ${name}:end -->)`)
    expect(page).toMatch(between)
    page = page.replace(between, () => `${text}\n`)
  }
  if (isWriting) writeFileSync(PAGE, page)
  else expect(before, 'run `npm run readme`').toBe(page)
  for (const kind of linkKinds) expect(page).toContain(`| \`${kind}\` |`)
})
