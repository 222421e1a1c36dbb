import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AddressRefused,
  createAddressGuard,
  isAllowEntry,
  isPublicAddress,
} from '../../src/sinks/address-guard.ts'

describe('isPublicAddress', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.200', // metadata, Alibaba Cloud
    '169.254.169.254', // metadata, AWS, Azure and GCP
    '168.63.129.16', // metadata, Azure
    '192.0.0.192', // metadata, Oracle Cloud
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254', // metadata, AWS
    'ff02::1',
    '2001:db8::1',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
  ])('admits %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('says of a mapped address what it says of the address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address))
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean'))
    fc.assert(fc.property(fc.ipV6(), (text) => typeof isPublicAddress(text) === 'boolean'))
  })
})

describe('allowPrivate', () => {
  const guard = createAddressGuard(['10.0.0.0/8', 'fd00::/8', 'Hooks.Internal', '192.168.7.7'])

  it.each([
    ['h', '10.9.8.7'],
    ['h', '::ffff:10.9.8.7'],
    ['h', 'fd12::1'],
    ['hooks.internal', '127.0.0.1'],
    ['192.168.7.7', '192.168.7.7'],
    ['example.com', '1.1.1.1'],
  ])('admits %s at %s', (host, address) => {
    expect(() => guard.admit(host, address)).not.toThrow()
  })

  it.each([
    ['h', '11.0.0.1'.replace('11', '127')],
    ['hooks.internal.evil.com', '127.0.0.1'],
    ['192.168.7.8', '192.168.7.8'],
    ['h', 'fe80::1'],
  ])('refuses %s at %s', (host, address) => {
    expect(() => guard.admit(host, address)).toThrow(AddressRefused)
  })

  it('takes hosts, addresses and blocks only', () => {
    for (const entry of ['h', 'a.b', '10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']) {
      expect(isAllowEntry(entry), entry).toBe(true)
    }
    for (const entry of ['', 'a b', '10.0.0.0/99', 'http://h', '*']) {
      expect(isAllowEntry(entry), entry).toBe(false)
    }
  })
})
