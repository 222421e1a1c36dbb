/** The rules of the house: a rule that is not in here is only a wish. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * A file may import from its own line and from the lines above it. The configuration comes after
 * api, runtime and sinks, for it composes their schemas; nothing but the command line reads it whole.
 */
const ORDER = [
  'errors.ts',
  'math',
  'event',
  'formats',
  'agent',
  'baselines',
  'detectors',
  'scoring',
  'alert',
  'engine.ts',
  'sinks',
  'runtime',
  'sources',
  'offline',
  'api',
  'config.ts',
  'cli',
  'dashboard',
  'index.ts',
]
/** Above sinks: no clock, no chance, no disk, no network, no environment. */
const PURE = ORDER.slice(0, ORDER.indexOf('sinks'))
const WORLDLY: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'the clock'],
  [/\bnew Date\(\s*\)/, 'the clock'],
  [/\bperformance\.now\b|\bhrtime\b/, 'the clock'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'the clock'],
  [/\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/, 'unseeded chance'],
  [/\bprocess\.(?:env|argv|cwd)\b/, 'the environment'],
  [
    /from 'node:(?:fs|http|https|http2|net|tls|dns|dgram|child_process|worker_threads|os|cluster)\b/,
    'the world',
  ],
  [/\bfetch\(/, 'the network'],
]
/** Each heavy dependency has one home. */
const HOMES: Readonly<Record<string, string>> = {
  bullmq: '(?:runtime|sources)', // our queues, and those of others
  ioredis: '(?:runtime|sources)',
  fastify: 'api',
  '@fastify/': 'api',
  react: 'dashboard',
  '@mantine/': 'dashboard',
  echarts: '(?:dashboard|offline)', // drawn in a browser, and into pages that need none
  'ml-isolation-forest': 'offline',
  '@tensorflow/': 'detectors/autoencoder',
  '@opentelemetry/': 'runtime',
  commander: 'cli',
  'cli-progress': 'cli',
  jose: 'sinks',
  kafkajs: '(?:sinks|sources)',
  fzstd: 'sources',
  snappyjs: 'sources',
  lz4js: 'sources',
  undici: 'sinks',
  'ipaddr.js': 'sinks',
  'simple-statistics': 'offline',
  jsonata: 'formats',
  protobufjs: 'formats',
  re2js: 'formats',
}

/** Shelves, and the machinery their files share: it is one of nothing, and so in no list. */
const SHELVES: Readonly<Record<string, readonly string[]>> = {
  formats: ['format.ts', 'body.ts', 'text'],
  baselines: [
    'awake.ts',
    'baseline.ts',
    'facet.ts',
    'facets.ts',
    'missed.ts',
    'trouble.ts',
    'week.ts',
  ],
  detectors: [
    'autoencoder',
    'detector.ts',
    'familiar.ts',
    'supposition.ts',
    'surge.ts',
    'unheard.ts',
    'words.ts',
  ],
  sinks: [
    'sink.ts',
    'address-guard.ts',
    'batch.ts',
    'connection.ts',
    'http-client.ts',
    'http-delivery.ts',
    'kafka-client.ts',
    'kind.ts',
    'oauth.ts',
    'reach.ts',
    'secret.ts',
    'shapes',
    'slack-channel.ts',
    'template.ts',
    'when.ts',
  ],
  sources: [
    'source.ts',
    'inlet.ts',
    'job-batches.ts',
    'kafka-codecs.ts',
    'metrics.ts',
    'redis-place.ts',
    'run-sources.ts',
    'sessions.ts',
    'stream-consumer.ts',
    'syslog-wire',
  ],
}

/**
 * Words of the house's table that are never used for its ideas: user, bot, incident and the like. Kept
 * to those that have no second, plain meaning here; what is left is for a reader's eye.
 */
const NEVER = [
  ...['utils', 'helpers', 'common', 'interfaces', 'manager', 'service', 'handler'],
  ...['principal', 'entity', 'feature', 'metric', 'anomalies', 'hit', 'confidence'],
  ...['risk', 'incident', 'detection', 'notification', 'profile'],
]
/** Where another's vocabulary is spoken: foreign logs, the simulator's company, Prometheus. */
const FOREIGN = /^(?:formats|offline|runtime\/metrics|api\/metrics)\b/

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .sort()
const textOf = new Map(files.map((file) => [file, readFileSync(join('src', file), 'utf8')]))
const roomOf = (file: string): string => file.split('/')[0]!

/** What a file imports: its own files as paths below src, others by name. */
function importsOf(file: string): string[] {
  const text = textOf.get(file)!
  const found = text.matchAll(/(?:\bfrom|\bimport\(?|new URL\()\s*'([^']+)'/g)
  return [...found].map(([, target]) =>
    target!.startsWith('.') ? normalize(join(dirname(file), target!)) : target!,
  )
}
const isOwn = (target: string): boolean => textOf.has(target)

/** Code without comments and strings, where words may be plain English. */
const code = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')

describe.each(files)('%s', (file) => {
  const text = textOf.get(file)!
  const rank = ORDER.indexOf(roomOf(file))

  it('belongs to a room', () => expect(rank).toBeGreaterThanOrEqual(0))

  it('imports from its own line and from the lines above it', () => {
    for (const target of importsOf(file).filter(isOwn)) {
      const above = ORDER.indexOf(roomOf(target))
      expect(above, `may not import ${target}`).toBeLessThanOrEqual(rank)
      // The dashboard is another program: it shares types with the API and nothing else.
      if (roomOf(file) === 'dashboard' && roomOf(target) !== 'dashboard') {
        expect(target).toBe('api/contract.ts')
      }
    }
  })

  it('keeps heavy dependencies at home', () => {
    for (const target of importsOf(file)) {
      for (const [name, home] of Object.entries(HOMES)) {
        const isIt = target === name || target.startsWith(name.endsWith('/') ? name : `${name}/`)
        if (isIt) expect(file, `${name} lives in ${home}`).toMatch(new RegExp(`^${home}/`))
      }
    }
  })

  it('leaves nothing over', () => {
    expect(text).not.toMatch(/\b(?:TODO|FIXME|XXX|HACK)\b/)
    expect(code(text), 'export default').not.toMatch(/^export default\b/m)
    expect(code(text), 'any').not.toMatch(/:\s*any\b|<any>|\bas any\b/)
  })

  if (PURE.includes(roomOf(file))) {
    it('does not touch the world', () => {
      for (const [touch, what] of WORLDLY) expect(code(text), what).not.toMatch(touch)
    })
  }

  if (!FOREIGN.test(file)) {
    it('exports no name of the words that are never used', () => {
      const exported = code(text).matchAll(
        /^export (?:abstract |async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm,
      )
      for (const [, name] of exported) {
        const words = name!.split(/(?=[A-Z])|_|\d+/).map((word) => word.toLowerCase())
        for (const word of words) expect(NEVER, `in ${name}`).not.toContain(word)
        expect(name, 'I-prefix').not.toMatch(/^I[A-Z][a-z]/)
      }
    })
  }

  it('is written in kebab-case', () => {
    for (const part of file.split('/')) expect(part).toMatch(/^[a-z\d]+(?:-[a-z\d]+)*\.?[a-z]*$/i)
  })
})

describe.each(Object.entries(SHELVES))('the shelf %s', (shelf, shared) => {
  const onShelf = readdirSync(join('src', shelf), { withFileTypes: true })
    .map(({ name }) => name)
    .filter((name) => name !== 'index.ts' && !shared.includes(name))
  const index = readFileSync(join('src', shelf, 'index.ts'), 'utf8')
  const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(?:contracts\/)?/.test(file) && file.endsWith('.ts'))
    .filter((file) => file.startsWith(`${shelf}/`) || file === `contracts/${shelf}.test.ts`)
    .map((file) => [file, readFileSync(join('test', file), 'utf8')] as const)

  it('has files, and shares only what is there', () => {
    expect(onShelf.length).toBeGreaterThan(0)
    for (const name of shared) expect(existsSync(join('src', shelf, name)), name).toBe(true)
  })

  it.each(onShelf)('lists %s', (name) => {
    expect(index).toMatch(new RegExp(`from '\\./${name.replace('.', '\\.')}`))
  })

  it.each(onShelf)('has a test or a case for %s', (name) => {
    const word = basename(name, '.ts')
    const quoted = new RegExp(`['/]${word}(?:\\.ts)?'`)
    const inCases = new RegExp(`^\\s*'?${word}'?: `, 'm')
    const found = tests.some(
      ([file, text]) =>
        file === `${shelf}/${word}.test.ts` ||
        quoted.test(text) ||
        (basename(file) === 'cases.ts' && inCases.test(text)),
    )
    expect(found).toBe(true)
  })
})

it('every file can be reached from index.ts, the command line or the dashboard', () => {
  const reached = new Set<string>()
  const reach = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const target of importsOf(file).filter(isOwn)) reach(target)
  }
  for (const file of files) {
    if (file === 'index.ts' || file === 'cli/main.ts' || roomOf(file) === 'dashboard') reach(file)
  }
  expect(files.filter((file) => !reached.has(file))).toEqual([])
})

it('a test lies where what it tests lies', () => {
  const mirrored = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && ORDER.includes(roomOf(file)))
    .filter((file) => !textOf.has(file.replace('.test.ts', '.ts')))
  expect(mirrored).toEqual([])
})
