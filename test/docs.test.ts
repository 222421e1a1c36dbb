import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../src/config.ts'
import { sinkKinds, sinkSchema } from '../src/sinks/index.ts'
import { sentinelColumns } from '../src/sinks/shapes/sentinel.ts'
import { sourceKinds, sourceSchema } from '../src/sources/index.ts'
import { optionTables, shelfPages } from './shelves.ts'

/** `npm run readme` sets it: the pages are then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const BETWEEN = /(?<=<!-- shelf:begin -->\n)[\s\S]*?(?=<!-- shelf:end -->)/

it.each(shelfPages())(
  'the page $page lists what is on the shelf, and no more',
  ({ page, table }) => {
    const file = new URL(`../docs/${page}.md`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    if (isWriting)
      writeFileSync(
        file,
        text.replace(BETWEEN, () => `${table}\n`),
      )
    else expect(BETWEEN.exec(text)?.[0], 'run `npm run readme`').toBe(`${table}\n`)
  },
)

/** Columns as a table is made with them. */
const COLUMNS = /(?<=<!-- columns:begin -->\n)[\s\S]*?(?=<!-- columns:end -->)/

it('the page sinks lists the columns that a row for Sentinel has', () => {
  const file = new URL('../docs/sinks.md', import.meta.url)
  const text = readFileSync(file, 'utf8')
  const columns = Object.entries(sentinelColumns).map(([name, { type }]) => `${name} ${type}`)
  const line = `\`${columns.join(', ')}\`\n`
  if (isWriting)
    writeFileSync(
      file,
      text.replace(COLUMNS, () => line),
    )
  else expect(COLUMNS.exec(text)?.[0], 'run `npm run readme`').toBe(line)
})

const OPTIONS = /(?<=<!-- options:begin -->\n)[\s\S]*?(?=<!-- options:end -->)/

const configured = [
  { page: 'sinks', kinds: sinkKinds, schema: sinkSchema },
  { page: 'sources', kinds: sourceKinds, schema: sourceSchema },
] as const

const CONFIGS = new URL('conformance/config/', import.meta.url)

it.each(readdirSync(CONFIGS))('a page shows %s as it is tested', (name) => {
  const pages = ['ways-in', 'sinks'].map((page) => new URL(`../docs/${page}.md`, import.meta.url))
  const begin = `<!-- ${name}:begin -->\n`
  const shown = new RegExp(`(?<=${begin})[\\s\\S]*?(?=<!-- ${name}:end -->)`)
  const block = `\`\`\`\n${readFileSync(new URL(name, CONFIGS), 'utf8')}\`\`\`\n`
  const page = pages.find((one) => readFileSync(one, 'utf8').includes(begin))
  expect(page, `no page has ${begin}`).toBeDefined()
  const text = readFileSync(page!, 'utf8')
  if (isWriting)
    writeFileSync(
      page!,
      text.replace(shown, () => block),
    )
  else expect(shown.exec(text)?.[0], 'run `npm run readme`').toBe(block)
})

it.each(configured)(
  'the page $page lists every option there is, and no more',
  ({ page, kinds }) => {
    const file = new URL(`../docs/${page}.md`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    const tables = `${optionTables(kinds)}\n`
    if (isWriting)
      writeFileSync(
        file,
        text.replace(OPTIONS, () => tables),
      )
    else expect(OPTIONS.exec(text)?.[0], 'run `npm run readme`').toBe(tables)
  },
)

it.each(configured)(
  'the configurations the page $page shows are valid, one for every kind',
  ({ page, kinds, schema }) => {
    const text = readFileSync(new URL(`../docs/${page}.md`, import.meta.url), 'utf8')
    const shown = [...text.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(
      ([, json]) => (JSON.parse(json!) as Record<string, unknown[]>)[page]!,
    )
    const types = shown.map((config) => schema.parse(config).type)
    expect(new Set<string>(types)).toEqual(new Set<string>(kinds.map(({ type }) => type)))
  },
)

it('the page ways-in shows keys that are valid', () => {
  const text = readFileSync(new URL('../docs/ways-in.md', import.meta.url), 'utf8')
  const shown = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!))
  expect(shown.map((config) => parseConfig(config).http.keys.length)).toEqual([2])
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(text)!
  expect(parse(yaml!)).toHaveProperty(['exporters', 'otlphttp/perimeter', 'endpoint'])
})

it('the page registry shows a configuration that is valid', () => {
  const text = readFileSync(new URL('../docs/registry.md', import.meta.url), 'utf8')
  const [, json] = /```json\n([\s\S]*?)```/.exec(text)!
  expect(parseConfig(JSON.parse(json!)).graph?.url).toBe('https://graph.microsoft.com')
})

it('every link between our pages leads somewhere', () => {
  for (const page of [
    '../README.md',
    '../docs/architecture.md',
    '../docs/alerts.md',
    '../docs/baselines-cli.md',
    '../docs/metrics.md',
    '../docs/models-cli.md',
    '../docs/operations.md',
    '../docs/registry.md',
    '../docs/dead-letters-cli.md',
    '../docs/ways-in.md',
    ...shelfPages().map(({ page }) => `../docs/${page}.md`),
  ]) {
    const from = new URL(page, import.meta.url)
    for (const [, link] of readFileSync(from, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(new URL(link!, from)), `${page} → ${link}`).not.toThrow(/ENOENT/)
    }
  }
})
