import { describe, expect, it } from 'vitest'
import { m365 } from '../../src/formats/m365.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('m365 golden cases', () => {
  it.each(goldensOf('m365').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'm365')).toEqual(expected)
    },
  )
})

const record = (more: object) => ({
  Id: 'e1',
  CreationTime: '2026-03-02T08:00:00',
  Operation: 'FileAccessed',
  Workload: 'SharePoint',
  RecordType: 6,
  UserType: 5,
  UserId: 'app@sharepoint',
  ApplicationId: 'app-1',
  ...more,
})
const eventOf = (more: object) => {
  const translation = m365.translate(record(more))
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}

describe('addresses lose what is not the address', () => {
  it.each([
    ['1.2.3.4:443', '1.2.3.4'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['ffff:10.11.0.229', '10.11.0.229'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['not an address', undefined],
    ['[', undefined],
  ])('%s', (ClientIP, ip) => expect(eventOf({ ClientIP }).source?.ip).toBe(ip))
})

it('names Entra operations in one word, so that an action keeps its dots', () => {
  expect(eventOf({ Operation: 'Add member to role.' }).action).toBe('sharepoint.AddMemberToRole')
})

it('reads a failure from the status, and a refusal from the operation', () => {
  expect(eventOf({ ResultStatus: 'Failed' })).toMatchObject({ outcome: 'failure', error: 'Failed' })
  expect(eventOf({ ResultStatus: 'PartiallySucceeded' }).outcome).toBe('success')
  expect(eventOf({ Operation: 'AccessDenied' }).outcome).toBe('denied')
  expect(eventOf({ LogonError: 'Blocked' })).toMatchObject({ outcome: 'failure', error: 'Blocked' })
})
