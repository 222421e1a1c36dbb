import fc from 'fast-check'
import { expect, it } from 'vitest'
import { printable } from '../../../src/event/text.ts'
import { cefOf } from '../../../src/sinks/shapes/cef.ts'
import { readCef } from '../../../src/sources/syslog-wire/cef.ts'
import { anAlert } from '../../sinks/receiver.ts'

it('reads header and extension by their names', () => {
  // The example of the standard, with an `=` in a value that is no key's.
  const line =
    'CEF:0|Security|threat\\|manager|1.0|100|detected a \\\\ in packet|10|src=10.0.0.1 act=blocked a \\= request=http://x/?a=b c=d e  msg=one\\ntwo  '
  expect(readCef(line)).toEqual({
    cefVersion: '0',
    deviceVendor: 'Security',
    deviceProduct: 'threat|manager',
    deviceVersion: '1.0',
    deviceEventClassId: '100',
    name: 'detected a \\ in packet',
    severity: '10',
    extension: {
      src: '10.0.0.1',
      act: 'blocked a =',
      request: 'http://x/?a=b',
      c: 'd e',
      msg: 'one\ntwo',
    },
  })
})

it('reads no message whose header is not whole', () => {
  expect(readCef('CEF:0|a|b|c|d|e')).toBeUndefined()
  expect(readCef('CEF:0|a|b|c|d|e\\|5|x')).toBeUndefined()
})

it('has no key that is more than a key', () => {
  const { extension } = readCef('CEF:0|a|b|c|d|e|5|__proto__=x constructor=y')!
  expect(Object.entries(extension)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

it('reads what our own alerts say in CEF', () => {
  const text = fc.stringMatching(/^[|\\= \na-c]{0,30}$/)
  fc.assert(
    fc.property(text, text, (id, title) => {
      const { extension, name } = readCef(cefOf(anAlert({ agent: { id: `a${id}` }, title })))!
      expect(extension.duid).toBe(`a${id}`.trimEnd())
      expect(extension.externalId).toBe('al_01J9ZC')
      expect(name).toBe(printable(title))
    }),
  )
})

it('reads anything at all without a throw, and quickly', () => {
  fc.assert(fc.property(fc.string(), (text) => void readCef(`CEF:0|${text}`)))
  const { extension } = readCef(`CEF:0|a|b|c|d|e|5|${'a=\\'.repeat(300_000)}`)!
  expect(Object.keys(extension)).toEqual(['a'])
})
