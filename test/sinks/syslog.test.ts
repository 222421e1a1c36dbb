import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { cefOf } from '../../src/sinks/shapes/cef.ts'
import type { Sink } from '../../src/sinks/sink.ts'
import { startSyslog } from './cases.ts'
import { selfSigned } from './certificates.ts'
import { anAlert } from './receiver.ts'

/** `npm run readme` sets it: the goldens are then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const GOLDEN = new URL('../golden/sinks/', import.meta.url)
const large = JSON.parse(readFileSync(new URL('large.json', GOLDEN), 'utf8'))
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(
  change: object = {},
  ...receiver: Parameters<typeof startSyslog>
): Promise<{ sink: Sink; played: Awaited<ReturnType<typeof startSyslog>> }> {
  const played = await startSyslog(...receiver)
  const sink = openSink({ ...played.config, hostname: 'perimeter-1', ...change })
  opened.push(played, sink)
  return { played, sink }
}

it.each([
  ['small', 'cef', anAlert()],
  ['large', 'cef', large],
  ['small', 'alert', anAlert()],
  ['large', 'ocsf', large],
])('writes a %s alert in %s as its golden file says', async (size, shape, alert) => {
  const { sink, played } = await open({ shape })
  expect(await sink.send(alert, { number: 1 })).toEqual({ kind: 'delivered' })
  const file = new URL(`syslog/${size}.${shape}.txt`, GOLDEN)
  const text = `${played.messages.join('\n')}\n`
  if (isWriting && !existsSync(new URL('.', file))) mkdirSync(new URL('.', file))
  if (isWriting) writeFileSync(file, text)
  else expect(text, 'run `npm run readme`').toBe(readFileSync(file, 'utf8'))
})

describe('a message', () => {
  it('says facility and severity in one number, and when it happened', async () => {
    const { sink, played } = await open({ facility: 'audit' })
    await sink.send(anAlert({ severity: 'critical' }), { number: 1 })
    expect(played.messages[0]).toMatch(
      /^<106>1 2026-05-03T02:31:07\.250Z perimeter-1 perimeter - alert - CEF:0\|Perimeter\|/,
    )
  })

  it('can end with a line break instead of beginning with its length', async () => {
    const chunks: Buffer[] = []
    const { sink } = await open({ framing: 'newline', shape: 'alert' }, (socket) => {
      socket.removeAllListeners('end')
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    })
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    const text = Buffer.concat(chunks).toString()
    expect(text.startsWith('<')).toBe(true)
    expect(text.indexOf('\n')).toBe(text.length - 1)
  })

  it('is shortened to what a receiver takes, and is JSON still', async () => {
    const { sink, played } = await open({ shape: 'alert', messageBytesMax: 2_048 })
    const evidence = Array.from({ length: 12 }, () => large.evidence[0])
    await sink.send({ ...large, evidence }, { number: 1 })
    expect(Buffer.byteLength(played.messages[0]!)).toBeLessThanOrEqual(2_048)
    expect(JSON.parse(played.messages[0]!.replace(/^.* alert - /, ''))).toMatchObject({
      id: large.id,
      agent: large.agent,
      severity: large.severity,
    })
  })
})

describe('CEF', () => {
  /** A reader of CEF, as the standard describes one. */
  function readCef(line: string) {
    const header: string[] = []
    let at = 0
    for (let field = ''; header.length < 7; at++) {
      if (line[at] === '\\') field += line[++at]
      else if (line[at] === '|') {
        header.push(field)
        field = ''
      } else field += line[at]
    }
    const pairs = [...line.slice(at).matchAll(/(?:^| )(\w+)=((?:\\.|[^\\=])*)(?= \w+=|$)/g)]
    const extension = Object.fromEntries(
      pairs.map(([, key, value]) => [
        key,
        value!.replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one)),
      ]),
    )
    return { header, extension }
  }

  it('is read again as it was meant, whatever stands in the alert', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.stringMatching(/^[|\\= \na-c]{0,30}$/),
    )
    fc.assert(
      fc.property(text, text, text, (id, sponsor, title) => {
        const alert = anAlert({ agent: { id: `a${id}`, sponsor: `s${sponsor}` }, title })
        const line = cefOf(alert)
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        const { header, extension } = readCef(line)
        expect(header.slice(0, 5)).toEqual([
          'CEF:0',
          'Perimeter',
          'Perimeter',
          'test',
          'volume-spike',
        ])
        expect(header[6]).toBe('8')
        const clean = (one: string) =>
          one.replace(/\r\n|\r/g, '\n').replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
        expect(extension.duid).toBe(clean(`a${id}`))
        expect(extension.suser).toBe(clean(`s${sponsor}`))
        expect(extension.externalId).toBe('al_01J9ZC')
        expect(extension.cs5).toBe('default')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the connection', () => {
  it('is verified over TLS, and an authority of one’s own can be named', async () => {
    const tls = selfSigned()
    const { sink, played } = await open({}, undefined, tls)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/self.signed/i),
    })
    expect(await sink.check()).toMatch(/self.signed/i)
    const known = openSink({
      ...played.config,
      host: 'localhost',
      ca: tls.cert,
      allowPrivate: ['localhost'],
    })
    expect(await known.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(await known.check()).toBeUndefined()
    expect(played.messages).toHaveLength(1)
  })

  it('shows the receiver who we are', async () => {
    const tls = selfSigned()
    const asking = { ...tls, ca: tls.cert, requestCert: true, rejectUnauthorized: true }
    const { sink, played } = await open({ ca: tls.cert }, undefined, asking)
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
    const known = openSink({
      ...played.config,
      ...{ ca: tls.cert, cert: tls.cert, privateKey: tls.key },
    })
    expect(await known.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(() => openSink({ ...played.config, cert: tls.cert })).toThrow(/both cert and privateKey/)
  })

  it('that is cut, or is not read to the end, has delivered nothing', async () => {
    const { sink } = await open({}, (socket) => socket.resetAndDestroy())
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({ kind: 'retry' })
    const silent = await open({ timeoutMs: 300 }, (socket) => {
      socket.pause()
      socket.removeAllListeners('data')
    })
    expect(await silent.sink.send(anAlert(), { number: 1 })).toEqual({
      kind: 'retry',
      reason: 'no answer within 300 ms',
    })
  })

  it('is made to no address that is not public unless told so', async () => {
    const { sink, played } = await open({ allowPrivate: [] })
    for (const one of [sink, openSink({ ...played.config, host: 'localhost', allowPrivate: [] })]) {
      expect(await one.send(anAlert(), { number: 1 })).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('not a public address'),
      })
      expect(await one.check()).toContain('not a public address')
    }
    expect(played.messages).toEqual([])
  })

  it('is given up when it is told to, and when the sink closes', async () => {
    const { sink } = await open({}, (socket) => socket.pause().removeAllListeners('data'))
    const signal = AbortSignal.timeout(100)
    expect(await sink.send(anAlert(), { number: 1, signal })).toMatchObject({ kind: 'retry' })
    const sent = sink.send(anAlert(), { number: 1 })
    await sink.close()
    expect(await sent).toMatchObject({ kind: 'retry' })
  })

  it('to nobody is a retry', async () => {
    const { sink, played } = await open()
    await played.close()
    opened.length = 0
    expect(await sink.send(anAlert(), { number: 1 })).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
