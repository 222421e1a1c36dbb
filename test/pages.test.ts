/** The pages of formats, sinks and clouds: what is generated in them is up to date, and what is shown is valid. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { parseConfig } from '../src/config.ts'
import { formatNamed, formats } from '../src/formats/index.ts'
import { sinkKinds, sinkSchema } from '../src/sinks/index.ts'
import { formatPart } from './format-pages.ts'
import { anchorOf, sentinelSetup, sinkPart } from './sink-pages.ts'

/** `npm run readme` sets it: the pages are then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'

const FOLDERS = ['docs/formats', 'docs/sinks', 'docs/clouds']
const pages = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))

function holds(page: string, mark: string, part: string): void {
  const text = readFileSync(page, 'utf8')
  const between = new RegExp(`(?<=<!-- ${mark}:begin -->\n)[\\s\\S]*?(?=<!-- ${mark}:end -->)`)
  const written = text.replace(between, () => `${part}\n`)
  if (isWriting) writeFileSync(page, written)
  else expect(between.exec(text)?.[0], 'run `npm run readme`').toBe(`${part}\n`)
}

it('every format and every sink has a page, and no other has', () => {
  const names = (folder: string) =>
    readdirSync(folder)
      .map((name) => name.replace(/\.md$/, ''))
      .sort()
  expect(names('docs/formats')).toEqual(formats.map(({ name }) => name).sort())
  expect(names('docs/sinks')).toEqual(sinkKinds.map(({ type }) => type as string).sort())
})

it.each(formats)('the page of $name says what becomes what', (format) =>
  holds(`docs/formats/${format.name}.md`, 'format', formatPart(format)),
)

it.each(sinkKinds)('the page of $type shows what arrives', (kind) =>
  holds(`docs/sinks/${kind.type}.md`, 'sink', sinkPart(kind)),
)

it('the page of sentinel makes the table that its rows fit', () =>
  holds('docs/sinks/sentinel.md', 'setup', sentinelSetup()))

it.each(sinkKinds)('the configurations that the page of $type shows are valid', ({ type }) => {
  const shown = blocks(`docs/sinks/${type}.md`, 'json').map((json) => JSON.parse(json))
  const configured = shown.filter((one) => 'sinks' in one)
  expect(configured).toHaveLength(2)
  for (const { sinks } of configured) {
    expect(sinks.map((sink: unknown) => sinkSchema.parse(sink).type)).toEqual([type])
  }
})

describe.each(pages)('%s', (page) => {
  it('shows JSON and YAML that can be read, and configurations that are valid', () => {
    for (const json of blocks(page, 'json')) {
      const shown = JSON.parse(json)
      if ('http' in shown) parseConfig(shown)
    }
    for (const yaml of blocks(page, 'yaml')) expect(parseYaml(yaml)).toBeTypeOf('object')
  })

  it('names formats that are known', () => {
    const text = readFileSync(page, 'utf8')
    for (const [, name] of text.matchAll(/(?:\?format=|--format )([\w-]+)/g)) formatNamed(name!)
  })

  it('has links that lead somewhere, to the heading too', () => {
    const text = readFileSync(page, 'utf8')
    for (const [, link, anchor] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g)) {
      const target = link === '' ? page : join(dirname(page), link!)
      expect(existsSync(target), `${page} → ${link}`).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(target), `${page} → ${link}`).toContain(anchor)
    }
  })
})

function blocks(page: string, language: string): string[] {
  const fence = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g')
  return [...readFileSync(page, 'utf8').matchAll(fence)].map(([, block]) => block!)
}

const anchorsOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!))
