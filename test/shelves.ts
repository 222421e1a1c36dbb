/** What the pages of the shelves have to say: read off the shelves themselves. */
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { baselineNames } from '../src/baselines/index.ts'
import { detectors } from '../src/detectors/index.ts'
import { formats } from '../src/formats/index.ts'
import { sinkKinds } from '../src/sinks/index.ts'
import { sourceKinds } from '../src/sources/index.ts'

export interface ShelfPage {
  readonly page: string
  readonly table: string
}

export function shelfPages(): ShelfPage[] {
  return [
    {
      page: 'formats',
      table: table('| `--format` | reads | how |', formats, 'formats', ({ title }, { about }) => [
        title,
        about,
      ]),
    },
    {
      page: 'baselines',
      table: table(
        '| baseline | learns | blind to |',
        baselineNames.map((name) => ({ name })),
        'baselines',
        (_, { about, blindTo }) => [about, blindTo],
      ),
    },
    {
      page: 'detectors',
      table: table(
        '| detector | "the agent …" | reads | blind to |',
        detectors,
        'detectors',
        ({ title }, { reads, blindTo }) => [title, reads, blindTo],
      ),
    },
    {
      page: 'sources',
      table: table(
        '| `type` | reads | how |',
        sourceKinds.map(({ type, title }) => ({ name: type, title })),
        'sources',
        ({ title }, { about }) => [title, about],
      ),
    },
    {
      page: 'sinks',
      table: table(
        '| `type` | sends to | how |',
        sinkKinds.map(({ type, title }) => ({ name: type, title })),
        'sinks',
        ({ title }, { about }) => [title, about],
      ),
    },
  ]
}

interface ConfiguredKind {
  readonly type: string
  readonly title: string
  readonly schema: z.ZodType
}

/** The options of every kind on a shelf, read off their schemas; what several share stands first. */
export function optionTables(kinds: readonly ConfiguredKind[]): string {
  const all = kinds.map((kind) => ({ ...kind, options: optionsOf(kind.schema) }))
  const countOf = (row: string) => all.filter(({ options }) => options.includes(row)).length
  const shared = [...new Set(all.flatMap(({ options }) => options))].filter(
    (row) => countOf(row) > 2,
  )
  const own = all.map(({ type, title, options }) => {
    const rows = options.filter((row) => !shared.includes(row) && !row.startsWith('| `type`'))
    return [`### \`${type}\`: ${title}`, '', OPTION_HEAD, ...rows].join('\n')
  })
  const everywhere = ['### Shared by most', '', OPTION_HEAD, ...shared].join('\n')
  return [...(shared.length === 0 ? [] : [everywhere]), ...own].join('\n\n')
}

const OPTION_HEAD = '| option | | default | |\n|---|---|---|---|'

interface OptionSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly OptionSchema[]
  readonly items?: OptionSchema
  readonly properties?: Readonly<Record<string, OptionSchema>>
  readonly description?: string
  readonly default?: unknown
}

function optionsOf(schema: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, OptionSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, option]) => {
    if (name === 'name') return `| \`name\` | text | its type | ${option.description} |`
    const fallback = required.includes(name) ? 'needed' : shownDefault(option)
    const parts = Object.entries(option.properties ?? {}).flatMap(([part, { description }]) =>
      description === undefined ? [] : [`\`${part}\`: ${description}`],
    )
    const about = [option.description ?? '', ...parts].join(' ').trim()
    return `| \`${name}\` | ${typeOf(option)} | ${fallback} | ${about.replaceAll('|', '\\|')} |`
  })
}

function shownDefault({ default: value }: OptionSchema): string {
  const isEmpty = value === undefined || ['[]', '{}'].includes(JSON.stringify(value))
  return isEmpty ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function typeOf(option: OptionSchema): string {
  if (option.anyOf?.some(({ properties }) => properties?.env !== undefined)) return 'secret'
  if (option.enum !== undefined) return option.enum.map((one) => `\`${one}\``).join(', ')
  if (option.type === 'array') return `list of ${typeOf(option.items ?? {})}s`
  return { string: 'text', integer: 'number', boolean: 'yes or no' }[option.type!] ?? option.type!
}

interface Header {
  readonly about: string
  readonly reads: string
  readonly blindTo: string
}

function table<Each extends { readonly name: string }>(
  head: string,
  shelf: readonly Each[],
  folder: string,
  cells: (each: Each, header: Header) => string[],
): string {
  const rule = head.replace(/[^|]+/g, '---')
  const rows = shelf.map((each) => {
    const file = `../src/${folder}/${each.name}.ts`
    const page = existsSync(new URL(`../docs/${folder}/${each.name}.md`, import.meta.url))
    const link = page ? `${folder}/${each.name}.md` : file
    const all = [`[${each.name}](${link})`, ...cells(each, headerOf(file))]
    return `| ${all.join(' | ')} |`
  })
  return [head, rule, ...rows].join('\n')
}

/** The comment a file opens with, by its headings. */
function headerOf(file: string): Header {
  const text = readFileSync(new URL(`../docs/${file}`, import.meta.url), 'utf8')
  const comment = /^\/\*\*(.*?)\*\//s.exec(text)?.[1] ?? ''
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, '').trim())
  const [first = ''] = lines.join('\n').trim().split('\n\n')
  const whole = first.replaceAll('\n', ' ')
  return {
    about: whole
      .replace(/^[A-Z][\w -]{0,30}: /, '')
      .replace(/^./, (letter) => letter.toUpperCase()),
    reads: under(lines, 'Reads'),
    blindTo: under(lines, 'Blind to'),
  }
}

function under(lines: readonly string[], heading: string): string {
  const start = lines.findIndex((line) => line.startsWith(`${heading} `))
  if (start < 0) return ''
  const rest = lines.slice(start + 1)
  const next = rest.findIndex(
    (line) => line === '' || /^(Source|Departs|Cost|Blind to) /.test(line),
  )
  const all = [lines[start]!.slice(heading.length), ...rest.slice(0, Math.max(next, 0))]
  return all.map((line) => line.trim()).join(' ')
}
