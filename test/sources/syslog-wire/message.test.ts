import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../src/sources/syslog-wire/message.ts'

/** What stands behind the header, as text; a record of CEF as it is. */
function read(text: string) {
  const got = readMessage(Buffer.from(text))
  return 'body' in got && Buffer.isBuffer(got.body) ? got.body.toString() : got
}
const json = '{"id":"1","text":"a: [b] {c}"}'
const SD = '[x@1 a="b \\" ] c"][y@2]'

describe('JSON is found', () => {
  it.each([
    ['RFC 5424', `<134>1 2026-12-01T00:00:00.123Z host app 7 id - ${json}`],
    ['RFC 5424 with structured data', `<134>1 - - - - - ${SD} ${json}`],
    ['RFC 5424 with a byte-order mark', `<134>1 - - - - - - \ufeff${json}`],
    ['RFC 3164', `<13>Dec  1 00:32:45 host agent[12]: ${json}`],
    ['RFC 3164 without a host', `<13>Dec  1 00:32:45 agent: ${json}`],
    ['RFC 3164 without a space after the tag', `<13>Dec 11 00:32:45 host agent:${json}`],
    ['RFC 3164 with a host of colons', `<13>Dec 11 00:32:45 fe80::1 agent: ${json}`],
    ['RFC 3164 with an exact time', `<13>2026-12-01T00:00:00.123456+01:00 host agent: ${json}`],
    ['no time', `<13>agent: ${json}`],
    ['only a number', `<13>${json}`],
    ['nothing', json],
    ['the cookie', `<13>Dec  1 00:32:45 host agent: @cee: ${json}`],
    ['the cookie without spaces', `<13>agent:@cee:${json}`],
    ['the end of a text of C', `<13>agent: ${json}\0`],
  ])('after %s', (_, text) => expect(read(text)).toBe(json))

  it('over several lines', () => {
    expect(read(`<13>agent: [${json},\n${json}]`)).toBe(`[${json},\n${json}]`)
    expect(read(`<13>agent: ${json}\n${json}\n`)).toBe(`${json}\n${json}`)
  })
})

describe('CEF', () => {
  const cef = 'CEF:0|Vendor|Proxy|1|7|call|3|suser=bot msg=a b'

  it('becomes a record, with what the header of the message says', () => {
    const got = read(`<134>1 2026-12-01T00:00:00Z gate proxy - - - ${cef}`)
    expect(got).toHaveProperty('body', {
      cefVersion: '0',
      deviceVendor: 'Vendor',
      deviceProduct: 'Proxy',
      deviceVersion: '1',
      deviceEventClassId: '7',
      name: 'call',
      severity: '3',
      extension: { suser: 'bot', msg: 'a b' },
      syslog: {
        facility: 16,
        severity: 6,
        time: '2026-12-01T00:00:00Z',
        host: 'gate',
        app: 'proxy',
      },
    })
  })

  it.each([`<13>Dec  1 00:32:45 host ${cef}`, `<13>Dec  1 00:32:45 host tag: ${cef}`, cef])(
    'is found in %s',
    (text) => expect(read(text)).toHaveProperty('body.extension.suser', 'bot'),
  )

  it('is refused where its header is cut', () => {
    expect(read('<13>CEF:0|Vendor|Proxy')).toEqual({
      reason: expect.stringContaining('seven fields'),
    })
  })
})

describe('what is neither', () => {
  it.each([
    ['<13>Dec  1 00:32:45 host sshd[1]: Accepted password', 'Accepted password'],
    ['<999>hello', '<999>hello'],
  ])('is passed on for what it is: %s', (text, rest) => expect(read(text)).toBe(rest))

  it.each([
    '',
    '<13>',
    '<13>agent: @cee: ',
    '<134>1 - - - - - - ',
    '<134>1 - - - - - [open {"id":"1"}',
  ])('is refused where nothing is there: %s', (text) => {
    expect(read(text)).toEqual({ reason: 'expected JSON or CEF behind the header, got nothing' })
  })

  it('is refused where it is no text, and never thrown at', () => {
    expect(readMessage(Buffer.from([0x3c, 0xff, 0x80]))).toEqual({
      reason: 'expected UTF-8 text, got other bytes',
    })
    fc.assert(fc.property(fc.string(), (text) => void read(`<13>${text}`)))
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readMessage(Buffer.from(bytes))))
    for (const long of ['\n', '[', '<1>1 ', 'a ', 'a:', '\\', '[x a="']) {
      expect(JSON.stringify(read(`<13>${long.repeat(200_000)}x`))).toMatch(/x"$|got nothing/)
    }
  })
})
