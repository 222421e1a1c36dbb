import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { readBody } from '../../src/formats/body.ts'
import { ownFormats } from '../../src/formats/index.ts'
import { mappedFormat, mappingSchema } from '../../src/formats/mapping.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

const MAP = { id: 'i', time: 't', agent: { id: 'a' }, action: 'v', resource: { id: 'r' } }
const RECORD = { i: 'e1', t: 1_772_442_000_000, a: 'bot', v: 'files.read', r: 'x/y' }

const formatOf = (mapping: object) => mappedFormat(mappingSchema.parse({ name: 'own', ...mapping }))
const translated = (map: object, record: unknown = RECORD) =>
  formatOf({ map: { ...MAP, ...map } }).translate(record)

function problems(formats: unknown): string {
  try {
    parseConfig({ formats })
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

describe('mapping golden cases', () => {
  it.each(goldensOf('mapping').map((golden) => [golden.name, golden] as const))(
    '%s',
    async (_name, golden) => {
      const file = join(dirname(golden.input), 'mapping.json')
      const [format] = ownFormats(
        parseConfig({ formats: [JSON.parse(readFileSync(file, 'utf8'))] }).formats,
      )
      expect(await outcomeOf(golden.input, format)).toEqual(readGolden(golden))
    },
  )
})

it('reads what the example of the documentation is for', () => {
  const example = /```json\n(.*?"formats".*?)```/s.exec(
    readFileSync('docs/formats.md', 'utf8'),
  )![1]!
  const own = ownFormats(parseConfig(JSON.parse(example)).formats)
  const entry = {
    seq: 1,
    ts: 1_772_442_000,
    api: 'Ledger',
    verb: 'read',
    project: 'erp',
    code: 403,
  }
  const entries = [
    { ...entry, caller: { bot: 'pay-bot-7' }, object: 'invoices', messages: 'Pay.' },
    { ...entry, caller: { person: 'dave' } },
  ]
  const { events, skipped } = readBody(JSON.stringify({ batch: { entries } }), own[0]!.name, own)
  expect(events).toMatchObject([
    {
      ...{ id: '1', atMs: 1_772_442_000_000, action: 'Ledger.read', outcome: 'denied' },
      ...{ agent: { id: 'pay-bot-7', blueprint: 'pay-bot' }, resource: { id: 'erp/invoices' } },
      trigger: { kind: 'prompt', digest: expect.stringMatching(/^[\da-f]{32}$/) },
    },
  ])
  expect(skipped).toEqual([{ reason: 'a person', count: 1 }])
})

describe('a configuration with formats of its own', () => {
  const own = (map: object, more: object = {}) => [
    { name: 'own', map: { ...MAP, ...map }, ...more },
  ]

  it('is refused with the place of the expression, and what is wrong with it', () => {
    expect(problems(own({ onBehalfOf: 'user.' }))).toMatch(
      /^formats\[0\]\.map\.onBehalfOf: expected a JSONata expression, got "user\.": .*end of expression/,
    )
    expect(problems(own({}, { skip: '(' }))).toMatch(/^formats\[0\]\.skip: expected a JSONata/)
    expect(problems(own({ agent: { id: 'a', kind: 'x' } }))).toBe(
      'formats[0].map.agent.kind: there is no such option.',
    )
    expect(problems([{ name: 'own', map: { ...MAP, id: undefined } }])).toMatch(
      /^formats\[0\]\.map\.id: expected/,
    )
  })

  it.each([
    '$now()',
    '$millis()',
    '$random()',
    '$shuffle(a)',
    '$eval("1")',
    '$pad(a, 9)',
    '[1..a]',
  ])('may not ask for what differs from run to run, or has no bound: %s', (id) =>
    expect(problems(own({ id }))).toMatch(/map\.id: .*is not available here/),
  )

  it('may hide none of it behind another name', () => {
    expect(problems(own({ id: '($f := $random; $string($f()))' }))).toMatch(/\$random at/)
  })

  it('takes regular expressions in linear time only', () => {
    expect(problems(own({ id: '$replace(a, /(?=b)/, "")' }))).toMatch(/map\.id: .*invalid/)
  })

  it('may not take the name of another format', () => {
    expect(problems(own({}, { name: 'm365' }))).toMatch(/^formats\[0\]\.name: .*no format has yet/)
    expect(problems(own({}, { name: 'auto' }))).toMatch(/no format has yet/)
    expect(problems([...own({}), ...own({})])).toMatch(/^formats\[1\]\.name/)
  })
})

it('is used where it is named, over HTTP too, and listed among those that are known', () => {
  const own = [formatOf({ map: MAP })]
  expect(readBody(JSON.stringify([RECORD]), 'own', own).events).toMatchObject([{ id: 'e1' }])
  expect(readBody(JSON.stringify([RECORD]), 'auto', own).events).toEqual([])
  expect(() => readBody('[]', 'other', own)).toThrow(/"other".*own \(as configured\)/)
})

describe('a record that does not fit', () => {
  it.each([
    [{ id: '$number(v)' }, /^map\.id \("\$number\(v\)"\): Unable to cast/],
    [{ id: 'nothing' }, /^map\.id \("nothing"\): expected a text of at most 256 .* got nothing$/],
    [
      { agent: { id: '$' } },
      /^map\.agent\.id \("\$"\): expected a text or a number, got an object/,
    ],
    [{ time: 'v' }, /^map\.time \("v"\): expected an RFC 3339 time or epoch milliseconds/],
    [{ outcome: 'v' }, /^map\.outcome .*expected success, failure, denied, true or false/],
    [{ volume: { bytes: '-1' } }, /^map\.volume\.bytes .*expected a number that is not negative/],
    [
      { permission: { granted: '[1, {}]' } },
      /^map\.permission\.granted .*expected a list of texts/,
    ],
    [{ error: '$error("own words")' }, /^map\.error .*own words/],
  ])('is rejected with the field and the expression: %j', (map, reason) => {
    expect(translated(map)).toMatchObject({ kind: 'reject', path: '$' })
    expect((translated(map) as { reason: string }).reason).toMatch(reason)
  })
})

describe('an expression is held to its limits', () => {
  const list = Array.from({ length: 30_000 }, (_, at) => at)

  it.each([
    ['($f := function($n) { $f($n + 1) }; $f(0))', /takes more than 20000 steps/],
    ['($f := function($n) { 1 + $f($n + 1) }; $f(0))', /nested more than 128 deep/],
    ['$join($map(l, $string))', /grows too large/],
    ['($d := function($s, $n) { $n = 0 ? $s : $d($s & $s, $n - 1) }; $d("ab", 30))', /too large/],
  ])('%s', (session, reason) => {
    const answer = translated({ session }, { ...RECORD, l: list })
    expect((answer as { reason: string }).reason).toMatch(reason)
  })

  it('matches in time linear in the text, where others would not come to an end', () => {
    const error = '$contains(e, /^(a+)+$/) ? "yes" : "no"'
    const answer = translated({ error }, { ...RECORD, e: `${'a'.repeat(20_000)}!` })
    expect(answer).toMatchObject({ events: [{ error: 'no' }] })
  })

  it('reaches nothing but the record', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'a.constructor', 'a.length']) {
      expect(translated({ session: name })).not.toHaveProperty('events.0.session')
    }
  })

  it('leaves nothing of a record for the next', () => {
    const format = formatOf({ map: { ...MAP, session: 's ? $x := s : $x' } })
    expect(format.translate({ ...RECORD, s: 'one' })).toMatchObject({
      events: [{ session: 'one' }],
    })
    expect(format.translate(RECORD)).not.toHaveProperty('events.0.session')
  })
})

it('never throws, changes nothing, and what it lets through is valid', () => {
  const format = formatOf({
    records: 'r',
    skip: 'k',
    map: {
      ...MAP,
      volume: { records: '$count(l)' },
      source: { userAgent: '$uppercase(u)' },
      trigger: { prompt: 'p' },
      permission: { granted: 'g' },
    },
  })
  const record = fc.record(
    Object.fromEntries(
      [...'itavrkulpg'].map((key) => [key, fc.oneof(fc.constant('e'), fc.nat(), fc.jsonValue())]),
    ),
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(record, fc.jsonValue()), (value) => {
      const before = JSON.stringify(value)
      format.unwrap(value)
      const translation = format.translate(value)
      if (translation.kind === 'events') {
        for (const event of translation.events) {
          const parsed = parseEvent(event)
          expect('reject' in parsed ? parsed.reject : undefined).toBeUndefined()
        }
      }
      expect(JSON.stringify(value)).toBe(before)
    }),
    { numRuns: 500 },
  )
})
