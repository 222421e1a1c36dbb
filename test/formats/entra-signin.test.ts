import { describe, expect, it } from 'vitest'
import { entraSignin } from '../../src/formats/entra-signin.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('entra-signin golden cases', () => {
  it.each(goldensOf('entra-signin').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'entra-signin')).toEqual(expected)
    },
  )
})

const translated = (said: object, outer: object = {}) =>
  entraSignin.translate({
    time: '2026-03-02T08:05:00Z',
    category: 'ServicePrincipalSignInLogs',
    ...outer,
    properties: {
      id: 's1',
      createdDateTime: '2026-03-02T08:00:00Z',
      appId: 'app-1',
      servicePrincipalId: 'principal-1',
      resourceDisplayName: 'Microsoft Graph',
      ...said,
    },
  })
const eventOf = (said: object, outer: object = {}) => {
  const translation = translated(said, outer)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}
const user = { category: 'NonInteractiveUserSignInLogs' }

describe('who the agent is', () => {
  it('an instance of its application, where there is no blueprint', () => {
    expect(eventOf({}).agent).toEqual({ id: 'principal-1', blueprint: 'app-1' })
    const agent = { agentType: 'agenticAppInstance', parentAppId: 'blueprint-1' }
    expect(eventOf({ agent }).agent.blueprint).toBe('blueprint-1')
  })
  it.each([
    'agenticApp',
    'AGENTICAPPINSTANCE',
    'agentIdentityBlueprintPrincipal',
    'agenticAppBuilder',
  ])('the %s that signs in for a person', (agentType) => {
    const said = { agent: { agentType }, userPrincipalName: 'ann@contoso.example' }
    expect(eventOf(said, user).onBehalfOf).toBe('ann@contoso.example')
  })
  it('nobody but itself, for an agent that signs in as its own user', () => {
    const agent = { agentType: 'agentIDuser', agentSubjectType: 'agentIDuser' }
    expect(eventOf({ agent, userId: 'u' }, user).onBehalfOf).toBeUndefined()
  })
  it.each(['notAgentic', 'unknownFutureValue', undefined])(
    'no one, for %s and a person',
    (agentType) => {
      const translation = translated({ agent: { agentType }, userId: 'u' }, user)
      expect(translation).toEqual({ kind: 'skip', reason: "a person's own sign-in" })
    },
  )
})

describe('how a sign-in ended', () => {
  it.each([
    [0, 'success'],
    [53003, 'denied'],
    [65001, 'denied'],
    [7000215, 'failure'],
    [700016, 'failure'],
  ])('%i is %s', (errorCode, outcome) => {
    expect(eventOf({ status: { errorCode } }).outcome).toBe(outcome)
    expect(eventOf({}, { resultType: `${errorCode}` }).outcome).toBe(outcome)
  })
  it('a policy that stepped in has denied it, whatever the code', () => {
    expect(eventOf({ conditionalAccessStatus: 'failure' }).outcome).toBe('denied')
  })
})

it('a token is the session, written as the activity log of Graph writes it', () => {
  expect(eventOf({ uniqueTokenIdentifier: 'dG9rZW4=' }).session).toBe('dG9rZW4')
  expect(eventOf({ uniqueTokenIdentifier: 'dG9rZW4=', sessionId: 's' }).session).toBe('s')
})
