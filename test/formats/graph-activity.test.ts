import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { graphActivity } from '../../src/formats/graph-activity.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('graph-activity golden cases', () => {
  it.each(goldensOf('graph-activity').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'graph-activity')).toEqual(expected)
    },
  )
})

const translated = (said: object) =>
  graphActivity.translate({
    time: '2026-03-02T08:00:00Z',
    category: 'MicrosoftGraphActivityLogs',
    properties: {
      requestId: 'r1',
      requestMethod: 'GET',
      requestUri: 'https://graph.microsoft.com/v1.0/users',
      appId: 'app-1',
      ...said,
    },
  })
const eventOf = (said: object) => {
  const translation = translated(said)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}

describe('who the agent is', () => {
  it('the principal, an instance of its application', () =>
    expect(eventOf({ servicePrincipalId: 'p' }).agent).toEqual({ id: 'p', blueprint: 'app-1' }))
  it('the application, for a person', () => {
    const event = eventOf({ userId: 'ann', scopes: 'User.Read  Mail.Read', roles: 'Not.This' })
    expect(event).toMatchObject({ agent: { id: 'app-1' }, onBehalfOf: 'ann' })
    expect(event.permission?.granted).toEqual(['User.Read', 'Mail.Read'])
  })
  it("nobody, where a person used Microsoft's own client", () => {
    const said = { userId: 'ann', appId: '14D82EEC-204B-4C2F-B7E8-296A70DAB67E' }
    expect(translated(said)).toEqual({ kind: 'skip', reason: "a person's own request" })
  })
})

it('what is under `me` belongs to the person it is asked for', () => {
  const requestUri = 'https://graph.microsoft.com/v1.0/me/messages'
  expect(eventOf({ requestUri, userId: 'ann' }).resource.id).toBe('users/ann/messages')
  expect(eventOf({ requestUri }).resource.id).toBe('me/messages')
})

it('no search is kept', () => {
  const uri = "https://graph.microsoft.com/v1.0/users?$search=pay&$filter=x eq 'pay'#pay"
  expect(JSON.stringify(eventOf({ requestUri: uri }))).not.toMatch(/pay/)
})

describe('how a request ended', () => {
  it.each([
    [200, 'success'],
    ['204', 'success'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'failure'],
    [429, 'failure'],
  ])('%s is %s', (responseStatusCode, outcome) =>
    expect(eventOf({ responseStatusCode }).outcome).toBe(outcome),
  )
})

it('what it does decides on its power', () => {
  const power = (requestMethod: string, path: string) => {
    const requestUri = `https://graph.microsoft.com/v1.0/${path}`
    return powerOf(eventOf({ requestMethod, requestUri }).action)
  }
  expect(power('POST', 'applications/1-2/addPassword').isPrivileged).toBe(true)
  expect(power('POST', 'servicePrincipals/1-2/appRoleAssignments').isPrivileged).toBe(true)
  expect(power('POST', 'users/1-2/sendMail').isEgress).toBe(true)
  expect(power('GET', 'users/1-2/messages')).toEqual({ isPrivileged: false, isEgress: false })
})
