import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBody } from '../../src/formats/body.ts'
import { ownFormats, ownFormatsSchema } from '../../src/formats/index.ts'

const event = (id: string, more: object = {}) => ({
  id,
  time: '2026-03-02T08:00:00Z',
  agent: { id: 'bot' },
  action: 'files.read',
  resource: { id: 'a/b' },
  ...more,
})
const ids = (body: string | Buffer, format?: string) =>
  readBody(body, format).events.map(({ id }) => id)

const two = [event('a'), event('b')]
const json = (value: unknown) => JSON.stringify(value)

describe('every layout a log shipper sends', () => {
  it.each([
    ['an array', json(two)],
    ['an array printed over lines', JSON.stringify(two, null, 2)],
    ['lines', two.map(json).join('\n')],
    ['lines with CRLF, blank lines and an end', `${two.map(json).join('\r\n\r\n')}\r\n`],
    ['concatenated objects', two.map(json).join('')],
    [
      'concatenated objects printed over lines',
      two.map((e) => JSON.stringify(e, null, 1)).join(''),
    ],
    ['objects separated by commas', two.map(json).join(',\n')],
    ['arrays on lines', two.map((each) => json([each])).join('\n')],
    ['an envelope', json({ events: two })],
    ['a byte order mark', `\ufeff${json(two)}`],
    ['leading blank space', `\n \t${json(two)}`],
  ])('%s', (_layout, body) => {
    expect(ids(body)).toEqual(['a', 'b'])
    expect(ids(Buffer.from(body), 'canonical')).toEqual(['a', 'b'])
    expect(readBody(body).rejects).toEqual([])
  })
  it('a single object, on one line or printed over several', () => {
    expect(ids(json(event('a')))).toEqual(['a'])
    expect(ids(JSON.stringify(event('a'), null, 2))).toEqual(['a'])
  })
  it('nothing at all', () => {
    for (const body of ['', '\n', '[]', '{"events":[]}']) {
      expect(readBody(body)).toMatchObject({ events: [] })
    }
    expect(readBody('').rejects).toEqual([])
  })
})

describe('several logs in one body, as share an Event Hub', () => {
  const signIn = {
    category: 'ServicePrincipalSignInLogs',
    properties: {
      id: 'sign-in',
      createdDateTime: '2026-03-02T08:00:00Z',
      servicePrincipalId: 'bot',
      resourceDisplayName: 'Microsoft Graph',
    },
  }
  const audit = {
    category: 'AuditLogs',
    properties: {
      id: 'audit',
      activityDateTime: '2026-03-02T08:00:01Z',
      activityDisplayName: 'Add service principal',
      initiatedBy: { app: { servicePrincipalId: 'bot' } },
    },
  }
  const other = { category: 'RiskyUsers', properties: { id: 'other' } }
  const body = json({ records: [signIn, audit, other, audit, audit] })
  it('are each read as what they are', () => {
    expect(ids(body)).toEqual(['sign-in', 'audit', 'audit', 'audit'])
    expect(readBody(body)).toMatchObject({
      rejects: [],
      skipped: [{ reason: 'of another log', count: 1 }],
    })
  })
  it('are left out where one of them was asked for', () => {
    expect(ids(body, 'entra-signin')).toEqual(['sign-in'])
    expect(readBody(body, 'entra-signin').skipped).toEqual([{ reason: 'of another log', count: 4 }])
  })
})

describe('a bad record does not spoil good ones', () => {
  it('in an array', () => {
    const { events, rejects } = readBody(
      json([event('a'), event('b', { agent: {} }), 7, event('c')]),
    )
    expect(events.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(rejects).toEqual([
      { index: 1, line: 2, path: '$.agent.id', reason: 'expected a string, got nothing' },
      { index: 2, line: 3, path: '$', reason: 'expected an object, got 7' },
    ])
  })
  it('on lines', () => {
    const { events, rejects } = readBody(`${json(event('a'))}\n\n{"id":\n${json(event('b'))}\nnope`)
    expect(events.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(rejects).toEqual([
      { index: 1, line: 3, path: '$', reason: 'expected JSON, got "{\\"id\\":"' },
      {
        index: 3,
        line: 5,
        path: '$',
        reason: 'the input ends inside this record, got "nope"',
      },
    ])
  })
  it('in an envelope, with the place inside it', () => {
    const { rejects } = readBody(json({ events: [event('a'), event('b', { id: 3 })] }))
    expect(rejects[0]?.path).toBe('$.events[1].id')
  })
  it('in an array that is cut short', () => {
    const { events, rejects } = readBody(json(two).slice(0, -10))
    expect(events.map(({ id }) => id)).toEqual(['a'])
    expect(rejects).toMatchObject([{ index: 1, reason: 'the input ends before this value does' }])
  })
  it('where bytes are not UTF-8', () => {
    const broken = Buffer.concat([
      Buffer.from(`${json(event('a'))}\n{"id":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n${json(event('ü'))}`),
    ])
    expect(ids(broken)).toEqual(['a', 'ü'])
    expect(readBody(broken).rejects).toMatchObject([{ line: 2, reason: /UTF-8/ }])
  })
})

describe('what is no body of events', () => {
  it('is held against the canonical event where no format fits', () => {
    expect(readBody('{"hello":1}').rejects).toMatchObject([{ index: 0, path: '$.id' }])
  })
  it('is refused once where it is binary or UTF-16', () => {
    expect(readBody(Buffer.alloc(9000)).rejects).toMatchObject([{ reason: /binary/ }])
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{}', 'utf16le')])
    expect(readBody(utf16).rejects).toMatchObject([{ reason: /UTF-16/ }])
  })
  it('is refused where its nesting is deep', () => {
    for (const body of ['['.repeat(100_000), '{"a":'.repeat(100_000), `${'[['.repeat(9)}]]`]) {
      expect(readBody(body).events).toEqual([])
      expect(readBody(body).rejects.length).toBeGreaterThan(0)
    }
    const deep = `${json(event('a')).slice(0, -1)},"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    expect(readBody(`${deep}\n${json(event('b'))}`)).toMatchObject({
      events: [{ id: 'b' }],
      rejects: [{ reason: /levels of nesting/ }],
    })
  })
  it('is refused by the length of its events', () => {
    const long = event('a', { extra: 'x'.repeat(70_000) })
    expect(readBody(json([long])).rejects).toMatchObject([{ reason: /at most 65536 bytes/ }])
  })
  it('throws nothing, whatever it is', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (b) => void readBody(Buffer.from(b))))
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void readBody(text)))
    fc.assert(fc.property(fc.json(), fc.nat(60), (text, cut) => void readBody(text.slice(0, cut))))
  })
  it('throws for a format nobody knows', () => {
    expect(() => readBody('[]', 'syslog')).toThrow(/known are canonical/)
  })
})

it('hostile keys change no prototype', () => {
  const body = `[{"__proto__":{"polluted":1},${json(event('a')).slice(1)}]`
  const [read] = readBody(body).events
  expect(Object.assign({}, read)).not.toHaveProperty('polluted')
  expect({}).not.toHaveProperty('polluted')
})

it('reads a list of envelopes, and says where in it a record was refused', () => {
  const trail = (eventTime: string) => ({
    Records: [
      {
        ...{
          eventID: eventTime,
          eventTime,
          eventName: 'GetObject',
          eventSource: 's3.amazonaws.com',
        },
        userIdentity: { arn: 'arn:aws:iam::123456789012:user/a' },
      },
    ],
  })
  const body = JSON.stringify([trail('2026-03-02T09:00:00Z'), trail('never')])
  for (const format of ['auto', 'cloudtrail']) {
    const { events, rejects } = readBody(body, format)
    expect(events).toHaveLength(1)
    expect(rejects).toMatchObject([{ index: 1, line: 2, path: '$.Records[0].eventTime' }])
  }
})

describe('CSV', () => {
  const read = (name: string) =>
    readFileSync(new URL(`../golden/formats/mapping/csv-export/${name}`, import.meta.url))
  const own = ownFormats(ownFormatsSchema.parse([JSON.parse(read('mapping.json').toString())]))

  it('is read with a mapping as a file of it is, each reject with its line', () => {
    const { events, rejects } = readBody(read('input.csv'), 'desk-export', own)
    expect(events.map(({ id, agent }) => [id, agent.id])).toEqual([
      ['1', 'robot-1'],
      ['2', 'robot-2'],
    ])
    expect(rejects.map(({ line, reason }) => [line, reason.split(' ')[0]])).toEqual([
      [4, 'map.agent.id'],
      [5, 'map.volume.bytes'],
    ])
  })

  it('is taken for CSV where the sender says so, whatever its header looks like', () => {
    const odd = read('input.csv').toString().replace('OK,Size', 'OK,Größe {B}')
    expect(readBody(odd, 'desk-export', own).events).toEqual([])
    expect(readBody(odd, 'desk-export', own, true).events).toHaveLength(3)
  })

  it('is not taken for it in silence where it is one line that looks like a header', () => {
    expect(readBody('hello, world').rejects).toMatchObject([
      { line: 1, reason: /expected JSON, or CSV/ },
    ])
    expect(readBody('id,time\n', 'auto', [], true)).toMatchObject({ events: [], rejects: [] })
  })

  it('never throws', () => {
    const cell = fc.constantFrom(
      'id',
      '"',
      '""',
      ',',
      '\n',
      '\r\n',
      '\u0000',
      '__proto__',
      'ä',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(cell), fc.boolean(), (cells, isTable) => {
        readBody(cells.join(''), 'desk-export', own, isTable)
      }),
    )
  })

  it('that ends in an open quote gives the rows before it', () => {
    const { events, rejects } = readBody(`${read('input.csv')}5,"`, 'desk-export', own)
    expect(events).toHaveLength(2)
    expect(rejects.at(-1)?.reason).toMatch(/expected CSV, got Quote Not Closed/)
  })
})
