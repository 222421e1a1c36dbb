import { readFileSync, writeFileSync } from 'node:fs'
import type { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createApiMetrics, createMetricsRegistry } from '../src/api/metrics.ts'
import { createRuntimeMetrics } from '../src/runtime/metrics.ts'
import { createSourceMetrics } from '../src/sources/metrics.ts'

/** `npm run readme` sets it: the page is then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const PAGE = new URL('../docs/metrics.md', import.meta.url)
const DASHBOARD = new URL('../docs/grafana.json', import.meta.url)
const BETWEEN = /(?<=<!-- metrics:begin -->\n)[\s\S]*?(?=<!-- metrics:end -->)/

/** The variable by which a viewer chooses where the numbers come from. */
const VARIABLE = ['$', '{datasource}'].join('')

interface Described {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

/** What prom-client keeps of each, and does not declare. */
interface Registered extends Omit<Described, 'labels'> {
  readonly labelNames: readonly string[]
}

function registered(withProcess = false): Registry {
  const registry = createMetricsRegistry({ withProcess })
  createApiMetrics(registry)
  createRuntimeMetrics(registry)
  createSourceMetrics(registry)
  return registry
}

function described(registry: Registry): Described[] {
  return registry
    .getMetricsAsArray()
    .map((one) => {
      const { name, help, type, labelNames } = one as unknown as Registered
      return { name, help, type, labels: labelNames }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function tableOf(all: readonly Described[]): string {
  const rows = all.map(({ name, type, labels, help }) => {
    expect(help, name).toMatch(/\.$/)
    return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help.slice(0, -1)} |`
  })
  return ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n')
}

it('the page lists what is registered, and no more', () => {
  const table = tableOf(described(registered()))
  const text = readFileSync(PAGE, 'utf8')
  if (isWriting)
    writeFileSync(
      PAGE,
      text.replace(BETWEEN, () => table),
    )
  else expect(BETWEEN.exec(text)?.[0], 'run `npm run readme`').toBe(table)
})

/** What a query asks for: names, each with the labels it picks or groups by. */
function askedIn(query: string): { names: string[]; labels: string[] } {
  const names = [...query.matchAll(/\bperimeter_\w+/g)].map(([name]) => name)
  const picked = [...query.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner]) =>
    [...inner!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  )
  const grouped = [...query.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inner]) =>
    inner!.split(',').map((label) => label.trim()),
  )
  return { names, labels: [...picked, ...grouped] }
}

function expectToExist(query: string): void {
  const known = new Map(described(registered(true)).map((one) => [one.name, one]))
  const { names, labels } = askedIn(query)
  expect(names.length, query).toBeGreaterThan(0)
  const allowed = new Set(['le', 'instance', 'job'])
  for (const name of names) {
    const base = name.replace(/_(?:bucket|sum|count)$/, '')
    const found = known.get(name) ?? known.get(base)
    expect(found, `${name} in ${query}`).toBeDefined()
    if (name !== found!.name) expect(found!.type, name).toBe('histogram')
    else
      expect(found!.type, `${name} is read without _bucket, _sum or _count`).not.toBe('histogram')
    for (const label of found!.labels) allowed.add(label)
  }
  for (const label of labels) expect(allowed, `${label} in ${query}`).toContain(label)
  for (const [, counted] of query.matchAll(/\b(?:rate|increase)\((\w+)/g)) {
    const type = (known.get(counted!) ?? known.get(counted!.replace(/_(?:bucket|sum|count)$/, '')))!
    expect(type.type, `rate of ${counted}`).toMatch(/counter|histogram/)
  }
}

it('the queries of the page ask for what there is', () => {
  const text = readFileSync(PAGE, 'utf8')
  const queries = [...text.matchAll(/\| `([^`]*\([^`]*perimeter_[^`]*)` \|/g)].map(
    ([, one]) => one!,
  )
  expect(queries.length).toBeGreaterThanOrEqual(6)
  for (const query of queries) expectToExist(query)
})

it('every query of the dashboard asks for what there is, and each panel has one', () => {
  const board = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
  expect(board.panels.length).toBeGreaterThanOrEqual(15)
  const places = new Set<string>()
  for (const { title, type, targets, gridPos, datasource } of board.panels) {
    if (type === 'row') continue
    expect(targets?.length, title).toBeGreaterThan(0)
    for (const { expr } of targets) expectToExist(expr)
    expect(datasource, title).toEqual({ type: 'prometheus', uid: VARIABLE })
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(places, `${title} lies over another`).not.toContain(`${x},${y}`)
        places.add(`${x},${y}`)
      }
    }
  }
  const ids = board.panels.map(({ id }: { id: number }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
