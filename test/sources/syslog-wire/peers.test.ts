import { expect, it } from 'vitest'
import { isPeerEntry, peerCheck } from '../../../src/sources/syslog-wire/peers.ts'

it.each([
  ['10.0.0.0/8', '10.200.0.1', '11.0.0.1'],
  ['10.0.0.7', '::ffff:10.0.0.7', '10.0.0.8'],
  ['fd00::/8', 'fd12::1', 'fe80::1%eth0'],
  ['fe80::1', 'fe80::1%eth0', '::ffff:10.0.0.7'],
  ['0.0.0.0/0', '192.0.2.1', '2001:db8::1'],
])('%s lets %s send, and %s not', (entry, one, other) => {
  const isAllowed = peerCheck([entry])
  expect([isAllowed(one), isAllowed(other), isAllowed(undefined)]).toEqual([true, false, false])
  expect(peerCheck([])(other)).toBe(true)
})

it.each(['10.0.0.0/33', '::/129', '10.0.0', 'host', '10.0.0.0/8/8', '10.0.0.0/', ''])(
  'there is no peer %j',
  (entry) => expect(isPeerEntry(entry)).toBe(false),
)
