import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { EngineError } from '../../src/errors.ts'
import { LINE_BYTES_MAX } from '../../src/formats/text/lines.ts'
import { DOCUMENT_BYTES_MAX } from '../../src/formats/text/values.ts'
import { readEvents } from '../../src/offline/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'perimeter-read-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function file(content: string | Buffer, name = `${files++}.log`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(paths: string | string[], format = 'auto') {
  const events: { id: string; action: string }[] = []
  const rejects: { file: string; line: number; path: string; reason: string }[] = []
  const skips: { reason: string; count: number }[] = []
  const progress: (number | undefined)[][] = []
  for await (const batch of readEvents([paths].flat(), { format })) {
    events.push(...batch.events)
    rejects.push(...batch.rejects)
    skips.push(...batch.skips)
    progress.push([batch.bytesRead, batch.totalBytes])
  }
  return { ids: events.map(({ id }) => id), events, rejects, skips, progress }
}

const event = (id: string, more: object = {}) =>
  JSON.stringify({
    id,
    time: '2026-03-02T08:00:00Z',
    agent: { id: 'bot' },
    action: 'files.read',
    resource: { id: 'a/b' },
    ...more,
  })
const lines = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => `${event(`e${index}`, more)}\n`).join('')
const failure = async (promise: Promise<unknown>): Promise<EngineError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}

describe('lines', () => {
  it('are read in order over many chunks, with their numbers', async () => {
    const broken = lines(5000, { note: 'ü€😀' }).split('\n')
    broken[3000] = 'broken'
    const { ids, rejects, progress } = await read(file(broken.join('\n')))
    expect(ids.length).toBe(4999)
    expect(ids.at(-1)).toBe('e4999')
    expect(rejects).toMatchObject([
      { line: 3001, path: '$', reason: 'expected JSON, got "broken"' },
    ])
    expect(progress.at(-1)![0]).toBe(progress.at(-1)![1])
  })
  it('may end in CRLF, be blank, begin with a byte order mark, and lack the last newline', async () => {
    const text = `\ufeff${event('a')}\r\n\r\n   \n${event('b')}\r\n${event('c')}`
    const { ids, rejects } = await read(file(text))
    expect(ids).toEqual(['a', 'b', 'c'])
    expect(rejects).toEqual([])
  })
  it('longer than the limit are passed over', async () => {
    for (const bytes of [LINE_BYTES_MAX, 5 * LINE_BYTES_MAX]) {
      const long = event('long', { note: 'x'.repeat(bytes) })
      const { ids, rejects } = await read(file(`${event('a')}\n${long}\n${event('b')}\n`))
      expect(ids).toEqual(['a', 'b'])
      expect(rejects).toMatchObject([{ line: 2, reason: /at most 1048576 bytes/ }])
    }
    const last = await read(file(`${event('a')}\n${'x'.repeat(3 * LINE_BYTES_MAX)}`))
    expect(last.rejects).toMatchObject([{ line: 2 }])
    const first = await read(file(`${event('l', { n: 'x'.repeat(2e6) })}\n${event('b')}\n`))
    expect(first.ids).toEqual(['b'])
  })
  it('longer than an event may be are rejected', async () => {
    const long = event('long', { note: 'ü'.repeat(40_000) })
    const { ids, rejects } = await read(file(`${event('a')}\n${long}\n`))
    expect(ids).toEqual(['a'])
    expect(rejects).toMatchObject([{ line: 2, reason: /at most 65536 bytes/ }])
  })
  it('cut short at the end are said to be so', async () => {
    const { ids, rejects } = await read(file(`${event('a')}\n${event('b').slice(0, 40)}`))
    expect(ids).toEqual(['a'])
    expect(rejects).toMatchObject([{ line: 2, reason: /the input ends inside this record/ }])
  })
  it('that are not UTF-8 spoil only themselves', async () => {
    const bytes = [Buffer.from(`${event('a')}\n`), Buffer.from([0xc3, 0x28, 10])]
    const { ids, rejects } = await read(file(Buffer.concat([...bytes, Buffer.from(event('ü'))])))
    expect(ids).toEqual(['a', 'ü'])
    expect(rejects).toMatchObject([{ line: 2, reason: /UTF-8/ }])
  })
  it('nested without end crash nothing', async () => {
    const deep = '['.repeat(100_000)
    const closed = `${deep}${']'.repeat(100_000)}`
    const objects = '{"a":'.repeat(100_000)
    for (const bad of [deep, closed, objects]) {
      const after = await read(file(`${event('a')}\n${bad}\n${event('b')}\n`))
      expect(after.ids).toEqual(['a', 'b'])
      expect(after.rejects).toMatchObject([{ line: 2 }])
      const before = await read(file(`${bad}\n${event('b')}\n`), 'canonical')
      expect(before.rejects.length).toBeGreaterThan(0)
    }
  })
})

describe('documents', () => {
  const events = [event('a'), event('b')]
  it.each([
    ['an array on one line', `[${events}]`],
    [
      'an array printed over lines',
      JSON.stringify(
        events.map((e) => JSON.parse(e)),
        null,
        2,
      ),
    ],
    ['concatenated objects', events.join('')],
    ['arrays on lines', events.map((each) => `[${each}]`).join('\n')],
  ])('%s', async (_name, text) => {
    expect((await read(file(text))).ids).toEqual(['a', 'b'])
    expect((await read(file(`\ufeff${text}`))).ids).toEqual(['a', 'b'])
  })
  it('a single object printed over lines', async () => {
    const { ids } = await read(file(JSON.stringify(JSON.parse(event('a')), null, 2)))
    expect(ids).toEqual(['a'])
  })
  it('say the place of what is wrong in an array', async () => {
    const { rejects } = await read(file(`[${event('a')}, ${event('b', { id: 7 })}]`))
    expect(rejects).toMatchObject([{ line: 2, path: '$.id', reason: 'expected a string, got 7' }])
  })
  it('keep what came before the cut', async () => {
    const { ids, rejects } = await read(file(`[${events}]`.slice(0, -20)))
    expect(ids).toEqual(['a'])
    expect(rejects).toMatchObject([{ reason: 'the input ends before this value does' }])
  })
  it('too long to be read whole are read item by item', async () => {
    const record = (index: number) => ({
      eventID: `e${index}`,
      eventTime: '2026-03-02T08:00:00Z',
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
      userIdentity: { arn: 'arn:aws:iam::1:user/bot' },
      note: '"]},'.repeat(250),
    })
    const records = Array.from({ length: 16_000 }, (_, index) => JSON.stringify(record(index)))
    const text = `{"note":["x"],"Records":[${records}],"more":{"Records":[{}]}}`
    expect(text.length).toBeGreaterThan(DOCUMENT_BYTES_MAX)
    const { ids, rejects } = await read([file(text), file(gzipSync(`${text}\n${text}`))])
    expect(rejects).toEqual([])
    expect(ids.length).toBe(48_000)
    expect(ids[15_999]).toBe('e15999')
  })
})

describe('gzip', () => {
  it('is told by its first bytes, not by its name', async () => {
    const misnamed = file(gzipSync(event('a')), 'plain.ndjson')
    const plain = file(event('b'), 'plain.gz')
    expect((await read([misnamed, plain])).ids).toEqual(['a', 'b'])
  })
  it('may be of several members', async () => {
    const members = Buffer.concat([gzipSync(lines(3000)), gzipSync(lines(2))])
    expect((await read(file(members))).ids.length).toBe(3002)
  })
  it('that is cut short gives what came before, and says so', async () => {
    const noise = Array.from({ length: 20_000 }, (_, i) => `${event(`e${i * 7919}`)}\n`).join('')
    const whole = gzipSync(noise)
    for (const cut of [10, 1000, Math.floor(whole.length / 2), whole.length - 4]) {
      const { ids, rejects } = await read(file(whole.subarray(0, cut)))
      expect(rejects.at(-1)?.reason).toMatch(/cut short/)
      if (cut > 20_000) expect(ids.length).toBeGreaterThan(8_000)
      if (cut === whole.length - 4) expect(ids.length).toBe(20_000)
    }
  })
  it('may be padded with zeros', async () => {
    const padded = Buffer.concat([gzipSync(lines(3000)), Buffer.alloc(300_000)])
    expect(await read(file(padded))).toMatchObject({ ids: { length: 3000 }, rejects: [] })
  })
  it('with something else behind it says so', async () => {
    const whole = gzipSync(lines(100_000))
    for (const tail of ['more '.repeat(50_000), 'x', whole.subarray(0, 2)]) {
      const { ids, rejects } = await read(file(Buffer.concat([whole, Buffer.from(tail)])))
      expect(ids.length).toBeGreaterThan(95_000)
      expect(rejects.at(-1)?.reason).toMatch(/gzip data is (damaged|cut short)/)
    }
  })
  it('that is damaged gives what came before, and says so', async () => {
    const whole = gzipSync(lines(20_000))
    const middle = Math.floor(whole.length / 2)
    whole.fill(0xff, middle, middle + 50)
    const { ids, rejects } = await read(file(whole))
    expect(ids.length).toBeGreaterThan(1_000)
    expect(rejects.at(-1)?.reason).toMatch(/gzip data is (damaged|cut short)/)
  })
})

describe('CSV', () => {
  const data = (id: string) =>
    JSON.stringify({
      Id: id,
      CreationTime: '2026-03-02T09:00:00',
      Operation: 'FileAccessed',
      UserType: 5,
      Workload: 'SharePoint',
      ApplicationId: 'app',
    })
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

  it('may have newlines in fields, odd headers, CRLF and a byte order mark', async () => {
    const spread = quoted(JSON.stringify(JSON.parse(data('a')), null, 1).replaceAll('\n', '\r\n'))
    const text = `\ufeffRecordId,auditdata,auditdata,RecordID\r\n1,${spread},x,y\r\n2,${quoted(data('b'))}\r\n\r\n`
    const { ids, rejects } = await read(file(text))
    expect(ids).toEqual(['a', 'b'])
    expect(rejects).toEqual([])
  })
  it('with an open quote gives the rows before it', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => `${index},${quoted(data(`r${index}`))}\n`)
    const { ids, rejects } = await read(file(`RecordId,AuditData\n${rows.join('')}51,"{""Id`))
    expect(ids.length).toBe(50)
    expect(rejects).toMatchObject([{ reason: /Quote Not Closed/ }])
  })
})

describe('what is no input', () => {
  it('an empty file is read, and holds nothing', async () => {
    expect(await read([file(''), file('\n\n'), file('\ufeff')])).toMatchObject({
      ids: [],
      rejects: [],
    })
  })
  it('binary data is rejected once', async () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + i * 7) % 256))
    const { rejects } = await read([file(noise), file(event('a'))])
    expect(rejects).toMatchObject([{ reason: /binary/ }])
  })
  it('records of no known format end the reading, with the list of those that are known', async () => {
    const error = await failure(read(file('{"hello":1}\n{"hello":2}\n')))
    expect(error.code).toBe('FORMAT_UNKNOWN')
    expect(error.message).toMatch(/log fit no known format; known are canonical .*cloudtrail.*m365/)
  })
  it('a format nobody knows is refused before anything is read', async () => {
    const error = await failure(read(file(event('a')), 'syslog'))
    expect(error.code).toBe('FORMAT_UNKNOWN')
  })
  it('a missing file or a folder is refused before anything is read', async () => {
    const good = file(event('a'))
    mkdirSync(join(folder, 'sub'))
    const missing = await failure(read([good, join(folder, 'missing.log')]))
    expect(missing).toMatchObject({ code: 'INPUT_UNREADABLE' })
    expect(missing.message).toMatch(/missing\.log does not exist\.$/)
    const directory = await failure(read([good, join(folder, 'sub')]))
    expect(directory.message).toMatch(/sub is a directory/)
  })
})

it('each file is of its own format', async () => {
  const trail = { eventID: 'c', eventTime: '2026-03-02T08:00:00Z', eventName: 'GetUser' }
  const record = { ...trail, eventSource: 'iam.amazonaws.com', userIdentity: { arn: 'x' } }
  const { events } = await read([file(event('a')), file(JSON.stringify(record))])
  expect(events.map(({ action }) => action)).toEqual(['files.read', 'iam.GetUser'])
})

it('leaving early closes the file', async () => {
  for await (const batch of readEvents([file(lines(20_000))])) {
    expect(batch.events.length).toBeGreaterThan(0)
    break
  }
})

it('standard input is read as a file is, gzip as well, even byte by byte', async () => {
  const script = `import('./src/offline/read.ts').then(async ({ readEvents }) => {
    let count = 0, total = 0
    for await (const batch of readEvents(['-'])) { count += batch.events.length; total = batch.totalBytes }
    console.log(count, total)
  })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  const bytes = gzipSync(lines(3))
  child.stdin.write(bytes.subarray(0, 1))
  setTimeout(() => child.stdin.end(bytes.subarray(1)), 300)
  let out = ''
  for await (const text of child.stdout) out += text
  expect(out.trim()).toBe('3 undefined')
})
