import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventSchema, timeToMs } from '../../src/event/event.ts'
import { instantOf } from '../../src/event/instant.ts'
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX } from '../../src/event/limits.ts'
import { parseEvent } from '../../src/event/parse.ts'

const name = fc.string({ minLength: 1, maxLength: 20 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const group = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  fc.record(shape, { requiredKeys: [] })

const timeText = fc
  .date({ min: new Date('1991-01-01'), max: new Date('2199-01-01'), noInvalidDate: true })
  .chain((date) =>
    fc.constantFrom(
      date.toISOString(),
      `${date.toISOString().slice(0, 19)}Z`,
      date.toISOString().replace('Z', '+02:00'),
      date.toISOString().replace('T', ' ').toLowerCase(),
      date.toISOString().replace('Z', '1234Z'),
    ),
  )

const validEvent = fc.record(
  {
    id: name,
    time: fc.oneof(timeText, fc.integer({ min: 1e12, max: 2e12 })),
    tenant: maybe(name),
    agent: fc.record(
      { id: name, name, blueprint: name, version: name, model: name, sponsor: name, team: name },
      { requiredKeys: ['id'] },
    ),
    onBehalfOf: name,
    action: name,
    resource: fc.record({ id: name, type: name, sensitivity: name }, { requiredKeys: ['id'] }),
    outcome: fc.constantFrom('success', 'failure', 'denied'),
    error: fc.string({ maxLength: 30 }),
    volume: group({ bytes: fc.nat(), records: fc.double({ min: 0, noNaN: true, max: 1e9 }) }),
    source: group({ ip: name, asn: name, country: name, userAgent: name }),
    session: name,
    trigger: group({ kind: name, id: name, digest: name, more: fc.jsonValue() }),
    permission: group({ used: name, granted: fc.array(name, { maxLength: 50 }) }),
    extra: fc.jsonValue(),
  },
  { requiredKeys: ['id', 'time', 'agent', 'action', 'resource'] },
)

const oddValue = fc.oneof(
  fc.constantFrom(null, true, '', 0, -1, 1e300, 'x'.repeat(257), 'x'.repeat(513), [], {}),
  fc.constantFrom('x'.repeat(2049), [''], [[]], { id: 7 }, { granted: [1] }, { bytes: '1' }),
  fc.jsonValue(),
)
const paths = [
  ['id'],
  ['time'],
  ['tenant'],
  ['agent'],
  ['agent', 'id'],
  ['agent', 'model'],
  ['action'],
  ['resource'],
  ['resource', 'type'],
  ['outcome'],
  ['error'],
  ['volume'],
  ['volume', 'bytes'],
  ['source'],
  ['source', 'userAgent'],
  ['session'],
  ['trigger', 'kind'],
  ['permission'],
  ['permission', 'granted'],
]
const mutated = fc
  .tuple(validEvent, fc.constantFrom(...paths), oddValue, fc.boolean())
  .map(([event, path, value, remove]) => {
    const copy = structuredClone(event) as Record<string, unknown>
    let at = copy
    for (const key of path.slice(0, -1)) {
      at[key] ??= {}
      at = at[key] as Record<string, unknown>
    }
    if (remove) delete at[path.at(-1)!]
    else at[path.at(-1)!] = value
    return copy
  })

/** What the schema says: the slow, obvious version. */
function oracle(value: unknown): { valid: boolean; path?: string } {
  const parsed = eventSchema.safeParse(structuredClone(value))
  return parsed.success ? { valid: true } : { valid: false }
}

function agrees(value: unknown): void {
  const before = structuredClone(value)
  const expected = oracle(value)
  const parsed = parseEvent(value)
  if ('reject' in parsed) {
    const isLimit = parsed.reject.reason.includes('levels of nesting')
    expect(expected.valid && !isLimit, parsed.reject.reason).toBe(false)
    expect(parsed.reject.path).toMatch(/^\$/)
    return
  }
  expect(expected.valid).toBe(true)
  const given = before as Record<string, unknown>
  expect(parsed.event).toBe(value)
  expect(parsed.event.tenant).toBe(given.tenant ?? 'default')
  expect(parsed.event.outcome).toBe(given.outcome ?? 'success')
  expect(parsed.event.atMs).toBe(timeToMs(given.time as string))
  const filled = { tenant: 'default', outcome: 'success', ...withoutHostile(given) }
  expect(withoutHostile(parsed.event)).toEqual({ ...filled, atMs: parsed.event.atMs })
}

/** A copy without the keys that the gate removes, which have tests of their own below. */
function withoutHostile(value: unknown): Record<string, unknown> {
  const hostile = ['__proto__', 'constructor']
  return JSON.parse(JSON.stringify(value), (key, child) =>
    hostile.includes(key) ? undefined : child,
  )
}

const plain = () => ({
  id: 'e1',
  time: '2026-03-01T10:00:00Z',
  agent: { id: 'invoice-bot' },
  action: 'files.read',
  resource: { id: 'sites/finance' },
})
const rejectOf = (value: unknown, sizeBytes?: number) => {
  const parsed = parseEvent(value, sizeBytes)
  return 'reject' in parsed ? parsed.reject : undefined
}

describe('parseEvent agrees with the schema', () => {
  it('on valid events', () => fc.assert(fc.property(validEvent, agrees), { numRuns: 1000 }))
  it('on events with one thing wrong', () =>
    fc.assert(fc.property(mutated, agrees), { numRuns: 3000 }))
  it('on any JSON', () => fc.assert(fc.property(fc.jsonValue(), agrees), { numRuns: 1000 }))
})

describe('instantOf agrees with timeToMs', () => {
  it('on every day of two centuries', () => {
    for (let ms = Date.UTC(1989, 0, 1); ms < Date.UTC(2201, 0, 1); ms += 86_400_000 - 1) {
      const text = new Date(ms).toISOString()
      expect(instantOf(text)).toBe(timeToMs(text))
    }
  })
  it('on impossible and unusual dates', () => {
    for (const month of ['00', '02', '04', '12', '13'])
      for (const day of ['00', '01', '28', '29', '30', '31', '32'])
        for (const clock of [
          '00:00:00',
          '23:59:59',
          '24:00:00',
          '24:00:01',
          '12:60:00',
          '12:00:60',
        ])
          for (const end of ['Z', '.5Z', '.123Z', '.12aZ', 'z', '', '+00:00', 'ZZZZZ']) {
            const text = `2024-${month}-${day}T${clock}${end}`
            expect(instantOf(text), text).toBe(timeToMs(text))
          }
  })
  it('on texts with one character changed', () => {
    const changed = fc
      .tuple(timeText, fc.nat(30), fc.string({ minLength: 0, maxLength: 2 }))
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1))
    fc.assert(
      fc.property(changed, (text) => {
        expect(instantOf(text)).toBe(timeToMs(text))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a refusal names the place, what was expected and what came', () => {
  it.each([
    [{ ...plain(), agent: {} }, '$.agent.id', 'expected a string, got nothing'],
    [{ ...plain(), id: 7 }, '$.id', 'expected a string, got 7'],
    [{ ...plain(), id: '' }, '$.id', 'expected 1 or more characters, got ""'],
    [
      { ...plain(), outcome: 'ok' },
      '$.outcome',
      'expected one of success, failure, denied, got "ok"',
    ],
    [{ ...plain(), volume: { bytes: -1 } }, '$.volume.bytes', 'expected 0 or more, got -1'],
    [{ ...plain(), source: null }, '$.source', 'expected an object, got null'],
    [[1, 2], '$', 'expected an object, got an array of 2'],
    ['hello', '$', 'expected an object, got "hello"'],
  ])('%j', (value, path, reason) => expect(rejectOf(value)).toEqual({ path, reason }))

  it('says which times it reads', () => {
    const reject = rejectOf({ ...plain(), time: '2026-03-01 10:00' })
    expect(reject?.path).toBe('$.time')
    expect(reject?.reason).toMatch(/expected an RFC 3339 time .*, got "2026-03-01 10:00"/)
  })
  it('shortens what came and strips control characters', () => {
    const reject = rejectOf({ ...plain(), id: `a\u202e\n\u001b[31m${'x'.repeat(300)}` })
    expect(reject?.reason).toContain('(308 characters)')
    for (const mark of ['\n', '\u001b', '\u202e']) expect(reject?.reason).not.toContain(mark)
  })
})

describe('limits', () => {
  it('refuses an event longer than the limit, by its length where that is known', () => {
    expect(rejectOf(plain(), EVENT_BYTES_MAX + 1)?.reason).toMatch(/at most 65536 bytes/)
    expect(rejectOf(plain(), EVENT_BYTES_MAX)).toBeUndefined()
  })
  it('refuses an event that carries too much, where its length is unknown', () => {
    expect(rejectOf({ ...plain(), extra: 'x'.repeat(70_000) })?.reason).toMatch(/bytes/)
    const granted = new Array(1000).fill('s'.repeat(500))
    expect(rejectOf({ ...plain(), permission: { granted } })?.reason).toMatch(/bytes/)
  })
  it('refuses deep nesting, and never runs out of stack', () => {
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
    expect(rejectOf({ ...plain(), extra: nested(EVENT_DEPTH_MAX - 1) })).toBeUndefined()
    expect(rejectOf({ ...plain(), extra: nested(EVENT_DEPTH_MAX) })?.reason).toMatch(/levels/)
    expect(rejectOf({ ...plain(), extra: nested(100_000) })?.reason).toMatch(/levels/)
    expect(rejectOf(nested(100_000))?.path).toBe('$')
  })
})

describe('hostile keys', () => {
  it('are removed, wherever they are, and change no prototype', () => {
    const text = JSON.stringify({ ...plain(), extra: { deep: [{ keep: 1 }] } })
      .replace('"keep":1', '"keep":1,"__proto__":{"outcome":"denied"}')
      .replace('{', '{"__proto__":{"tenant":"evil"},"constructor":{"prototype":{"x":1}},')
    const parsed = parseEvent(JSON.parse(text))
    if ('reject' in parsed) throw new Error(parsed.reject.reason)
    const copy = Object.assign({}, parsed.event) as Record<string, unknown>
    expect(copy.tenant).toBe('default')
    expect(Object.hasOwn(parsed.event, '__proto__')).toBe(false)
    expect(Object.hasOwn(parsed.event, 'constructor')).toBe(false)
    expect(copy.extra).toEqual({ deep: [{ keep: 1 }] })
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
  it('do not stand in for a required field', () => {
    const text = '{"__proto__":{"id":"e"},"time":1700000000000,"agent":{"id":"a"},"action":"x"}'
    expect(rejectOf(JSON.parse(text))?.path).toBe('$.id')
  })
})
