import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readBody } from '../../../src/formats/body.ts'
import { mappedFormat, mappingSchema } from '../../../src/formats/mapping.ts'

const json = (value: unknown) => JSON.stringify(value)
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const event = (id: string) => ({
  id,
  time: '2026-03-02T08:00:00Z',
  agent: { id: 'bot' },
  action: 'files.read',
  resource: { id: 'a/b' },
})
const call = (eventID: string) => ({
  eventID,
  eventVersion: '1.11',
  eventTime: '2026-03-02T08:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  userIdentity: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::111122223333:assumed-role/PayAgent/run-1',
    principalId: 'AROA:run-1',
  },
  requestParameters: { bucketName: 'pay', key: 'may.csv' },
})
const cloudWatch = (...messages: string[]) => ({
  messageType: 'DATA_MESSAGE',
  logGroup: 'trail',
  logEvents: messages.map((message, at) => ({ id: String(at), timestamp: 0, message })),
})
const firehose = (...records: string[]) => ({
  requestId: 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
  timestamp: 1578090901599,
  records: records.map((data) => ({ data })),
})
const pushed = (text: string) => ({
  message: { data: base64(text), messageId: '1', publishTime: '2026-03-02T08:00:00Z' },
  subscription: 'projects/pay/subscriptions/audit',
})
const gridEvent = (data: unknown, eventType = 'agents.Acted') => ({
  id: 'outer',
  topic: '/subscriptions/0/resourceGroups/g/providers/Microsoft.EventGrid/topics/t',
  subject: 's',
  eventType,
  eventTime: '2026-03-02T08:00:00Z',
  dataVersion: '1',
  data,
})
const cloudEvent = (part: object) => ({
  specversion: '1.0',
  id: 'outer',
  source: 'urn:pay',
  type: 'agents.acted',
  ...part,
})

const read = (value: unknown, format?: string) => {
  const { events, rejects, skipped, format: found } = readBody(json(value), format)
  return { ids: events.map(({ id }) => id), rejects, skipped, format: found?.name }
}

describe('what clouds deliver is read in the format it is in', () => {
  it.each([
    ['Firehose, a record each', firehose(base64(json(event('a'))), base64(json(event('b'))))],
    [
      'Firehose, several lines in a record',
      firehose(base64(`${json(event('a'))}\n${json(event('b'))}\n`)),
    ],
    [
      'Firehose, several in a record, one after another',
      firehose(base64(json(event('a')) + json(event('b')))),
    ],
    ['Firehose, an array in gzip', firehose(base64(gzipSync(json([event('a'), event('b')]))))],
    ['Pub/Sub, an array', pushed(json([event('a'), event('b')]))],
    ['Pub/Sub, pulled', { receivedMessages: ['a', 'b'].map((id) => pushed(json(event(id)))) }],
    ['Event Grid', [gridEvent(event('a')), gridEvent(event('b'))]],
    ['Event Grid, an array as data', [gridEvent([event('a'), event('b')])]],
    [
      'a batch of CloudEvents',
      [cloudEvent({ data: event('a') }), cloudEvent({ data_base64: base64(json(event('b'))) })],
    ],
    ['a CloudEvent with JSON as text', cloudEvent({ data: json([event('a'), event('b')]) })],
    ['CloudWatch Logs', cloudWatch(json(event('a')), json(event('b')))],
  ])('%s', (_way, body) => {
    expect(read(body)).toMatchObject({ ids: ['a', 'b'], rejects: [], format: 'canonical' })
    expect(read(body, 'canonical').ids).toEqual(['a', 'b'])
  })

  it('CloudTrail through CloudWatch Logs and Firehose, and through EventBridge and Firehose', () => {
    const logs = gzipSync(json(cloudWatch(json(call('a')), json(call('b')))))
    const bus = { version: '0', 'detail-type': 'AWS API Call via CloudTrail', detail: call('c') }
    const body = firehose(base64(logs), base64(json(bus)))
    expect(read(body)).toMatchObject({ ids: ['a', 'b', 'c'], rejects: [], format: 'cloudtrail' })
  })

  it('on lines, as an archive of messages has them', () => {
    const lines = ['a', 'b'].map((id) => json(pushed(json(event(id))))).join('\n')
    expect(readBody(lines).events.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('and what is about the delivery itself is no record', () => {
    const control = { ...cloudWatch('CWL CONTROL MESSAGE'), messageType: 'CONTROL_MESSAGE' }
    for (const body of [
      firehose(),
      firehose(base64(gzipSync(json(control)))),
      { message: { attributes: { a: 'b' }, messageId: '1' }, subscription: 's' },
      [gridEvent({ validationCode: 'x' }, 'Microsoft.EventGrid.SubscriptionValidationEvent')],
    ]) {
      expect(read(body)).toMatchObject({ ids: [], rejects: [], skipped: [] })
    }
  })
})

describe('a record that cannot be unpacked does not spoil the others', () => {
  const reasonOf = (data: unknown) => {
    const { ids, rejects } = read({
      requestId: 'r',
      records: [{ data }, { data: base64(json(event('a'))) }],
    })
    expect(ids).toEqual(['a'])
    expect(rejects).toHaveLength(1)
    return `${rejects[0]!.index} ${rejects[0]!.path} ${rejects[0]!.reason}`
  }
  it.each([
    ['no base64', '{}', 'expected a record in base64, got something else'],
    ['no text', 7, 'expected a record in base64, got something else'],
    ['no JSON', base64('not JSON'), 'expected JSON, got "not JSON"'],
    ['bytes', base64(Buffer.from([0xc3, 0x28, 0x20])), 'expected UTF-8 text, got other bytes'],
    [
      'half of gzip',
      base64(gzipSync('{"a":1}').subarray(0, 12)),
      'expected whole gzip, got a record that is not',
    ],
    [
      'a bomb',
      base64(gzipSync(Buffer.alloc(70_000_000, 32))),
      'expected at most 67108864 bytes in all, got a record that is not',
    ],
  ])('%s', (_what, data, reason) => expect(reasonOf(data)).toBe(`0 $.records[0].data ${reason}`))

  it('many bombs: what they unpack to is counted over the whole body', () => {
    const bomb = base64(gzipSync(Buffer.alloc(40_000_000, 32)))
    const line = json(firehose(bomb))
    const { rejects } = readBody([line, line, line].join('\n'))
    const refused = rejects.filter(({ reason }) => /^expected at most 67108864 bytes/.test(reason))
    expect(refused.map(({ line }) => line)).toEqual([2, 3])
  })

  it('an envelope within an envelope within an envelope within an envelope', () => {
    let body: object = event('a')
    for (let deep = 0; deep < 4; deep++) body = pushed(json(body))
    expect(read(body).ids).toEqual([])
    expect(read(body).rejects).toMatchObject([{ reason: expect.stringContaining('expected') }])
  })
})

it('a format of the user may read what is around the data', () => {
  const own = mappedFormat(
    mappingSchema.parse({
      name: 'cloud-events',
      map: {
        id: 'id',
        time: '"2026-03-02T08:00:00Z"',
        agent: { id: 'source' },
        action: 'type',
        resource: { id: 'data.file' },
      },
    }),
  )
  const body = json(cloudEvent({ data: { file: 'a/b' } }))
  expect(readBody(body, 'cloud-events', [own]).events).toMatchObject([
    { id: 'outer', agent: { id: 'urn:pay' }, resource: { id: 'a/b' } },
  ])
  expect(readBody(json(pushed(body)), 'cloud-events', [own]).events).toHaveLength(1)
})
