import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { entraAudit } from '../../src/formats/entra-audit.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('entra-audit golden cases', () => {
  it.each(goldensOf('entra-audit').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'entra-audit')).toEqual(expected)
    },
  )
})

const translated = (said: object) =>
  entraAudit.translate({
    time: '2026-03-02T08:05:00Z',
    category: 'AuditLogs',
    properties: {
      id: 'a1',
      activityDateTime: '2026-03-02T08:00:00Z',
      activityDisplayName: 'Update application',
      result: 'success',
      initiatedBy: { app: { servicePrincipalId: 'principal-1', displayName: 'bot' } },
      targetResources: [{ id: 't1', type: 'Application' }],
      ...said,
    },
  })
const eventOf = (said: object) => {
  const translation = translated(said)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}

describe('what gives power is known for it', () => {
  it.each([
    'Add app role assignment to service principal',
    'Add delegated permission grant',
    'Consent to application',
    'Add member to role',
    'Add eligible member to role in PIM requested (permanent)',
    'Add service principal credentials',
    'Update application – Certificates and secrets management',
    'Add owner to service principal',
    'Add service principal',
    'Update conditional access policy',
  ])('%s', (activityDisplayName) => {
    expect(powerOf(eventOf({ activityDisplayName }).action).isPrivileged).toBe(true)
  })
  it('any change of a blueprint', () => {
    const targetResources = [{ id: 't1', type: 'Application', agentType: 'agenticApp' }]
    const { action } = eventOf({ targetResources })
    expect(action).toBe('entra.UpdateApplication.blueprint')
    expect(powerOf(action).isPrivileged).toBe(true)
  })
  it('and what does not is not', () => {
    const { action } = eventOf({ activityDisplayName: 'Update user' })
    expect(powerOf(action).isPrivileged).toBe(false)
  })
})

describe('what was granted', () => {
  const granting = (displayName: string, newValue: string) => {
    const modifiedProperties = [{ displayName, newValue }]
    return eventOf({ targetResources: [{ id: 't1', type: 'User', modifiedProperties }] })
  }
  it.each([
    ['AppRole.Value', '"Mail.Send"', 'User/t1/AppRole/Mail.Send', ['Mail.Send']],
    ['DelegatedPermissionGrant.Scope', '" b a b"', 'User/t1/Scope/a b', ['a', 'b']],
    ['Role.DisplayName', '"\\"Key Reader\\""', 'User/t1/Role/Key Reader', ['Key Reader']],
    [
      'ConsentAction.Permissions',
      '"[] => [[Id: 1, Scope: X.Read, CreatedDateTime: ], [Id: 2, Scope: Y.Read]];"',
      'User/t1/Scope/X.Read Y.Read',
      ['X.Read', 'Y.Read'],
    ],
  ])('%s %s', (name, value, id, granted) => {
    const { resource, permission } = granting(name, value)
    expect(resource.id).toBe(id)
    expect(permission).toEqual({ granted })
  })
  it('is nothing where the value is empty', () => {
    const { resource, permission } = granting('AppRole.Value', '""')
    expect(resource.id).toBe('User/t1')
    expect(permission).toBeUndefined()
  })
})

describe('how it ended', () => {
  it.each([
    ['success', '', 'success'],
    ['failure', 'Insufficient privileges', 'denied'],
    ['failed', 'Not found', 'failure'],
    ['timeout', '', 'failure'],
  ])('%s %s is %s', (result, resultReason, outcome) =>
    expect(eventOf({ result, resultReason }).outcome).toBe(outcome),
  )
})
