import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { azureActivity } from '../../src/formats/azure-activity.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('azure-activity golden cases', () => {
  it.each(goldensOf('azure-activity').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'azure-activity')).toEqual(expected)
    },
  )
})

const UPN = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn'
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier'

const translated = (more: object, claims: object = { appid: 'app-1', idtyp: 'app' }) =>
  azureActivity.translate({
    time: '2026-03-02T08:00:00Z',
    category: 'Administrative',
    operationName: 'Microsoft.Web/sites/write',
    resourceId: '/subscriptions/S1/resourceGroups/R1/providers/Microsoft.Web/sites/W1',
    resultType: 'Success',
    correlationId: 'c1',
    identity: { claims },
    ...more,
  })
const eventOf = (more: object, claims?: object) => {
  const translation = translated(more, claims)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}

describe('who the agent is', () => {
  it('a principal, with its application or its blueprint for a kind', () => {
    const claims = { appid: 'app-1', idtyp: 'app', [OBJECT_ID]: 'p1' }
    expect(eventOf({}, claims).agent).toEqual({ id: 'p1', blueprint: 'app-1' })
    const agentic = { ...claims, xms_par_app_azp: 'b1' }
    expect(eventOf({}, agentic).agent).toEqual({ id: 'p1', blueprint: 'b1' })
  })
  it('an application that acts for a person', () => {
    const claims = { appid: 'app-1', [UPN]: 'ann@contoso.example', [OBJECT_ID]: 'u1' }
    expect(eventOf({}, claims)).toMatchObject({
      agent: { id: 'app-1' },
      onBehalfOf: 'ann@contoso.example',
    })
  })
  it.each([
    [
      "a person's own action",
      { appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46', [UPN]: 'a@b.example' },
    ],
    ["a person's own action", { idtyp: 'user' }],
    ['no principal', {}],
  ])('nobody: %s', (reason, claims) =>
    expect(translated({}, claims)).toEqual({ kind: 'skip', reason }),
  )
})

describe('how an operation ended', () => {
  it.each([
    [{ resultType: 'Success' }, 'success'],
    [{ resultType: 'Succeeded', resultSignature: 'Succeeded.Created' }, 'success'],
    [{ resultType: 'Failure', resultSignature: 'Failed.Conflict' }, 'failure'],
    [{ resultType: 'Failed', resultSignature: '403' }, 'denied'],
    [{ resultType: 'Failure', properties: { statusMessage: 'AuthorizationFailed' } }, 'denied'],
    [{ resultType: undefined, statusCode: 404, statusText: 'BlobNotFound' }, 'failure'],
    [{ resultType: undefined, statusText: 'AuthenticationFailed' }, 'denied'],
    [{ resultType: 'Success', resultDescription: 'authorization granted' }, 'success'],
    [{ resultType: undefined, statusCode: 201, statusText: 'Success' }, 'success'],
  ])('%j is %s', (more, outcome) => expect(eventOf(more).outcome).toBe(outcome))
})

it('an operation is one event, however the log spells it and however often it is sent', () => {
  const upper = {
    operationName: 'MICROSOFT.WEB/SITES/WRITE',
    resourceId: '/SUBSCRIPTIONS/S1/RESOURCEGROUPS/R1/PROVIDERS/MICROSOFT.WEB/SITES/W1',
  }
  expect(eventOf(upper)).toEqual(eventOf({}))
  expect(eventOf({}).resource).toEqual({
    id: 's1/r1/microsoft.web/sites/w1',
    type: 'microsoft.web/sites',
  })
  expect(eventOf({ correlationId: 'c2' }).id).not.toBe(eventOf({}).id)
  expect(translated({ resultType: 'Start' }).kind).toBe('skip')
  expect(translated({ resultType: 'Accepted' }).kind).toBe('skip')
})

it('what gives power is known for it', () => {
  const power = (operationName: string) => powerOf(eventOf({ operationName }).action).isPrivileged
  expect(power('MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE')).toBe(true)
  expect(power('Microsoft.Storage/storageAccounts/listKeys/action')).toBe(true)
  expect(power('Microsoft.Insights/diagnosticSettings/delete')).toBe(true)
  expect(power('SecretGet')).toBe(true)
  expect(power('Microsoft.Web/sites/read')).toBe(false)
})
