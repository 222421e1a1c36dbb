import { describe, expect, it } from 'vitest'
import { graphAgents, graphObjects, nextLinkOf } from '../../src/agent/graph-agents.ts'
import type { Fields } from '../../src/formats/text/fields.ts'

const identity = (change: object = {}): Fields => ({
  '@odata.type': '#microsoft.graph.agentIdentity',
  id: 'a-1',
  displayName: 'Sales Research',
  agentIdentityBlueprintId: 'bp-app',
  servicePrincipalType: 'ServiceIdentity',
  accountEnabled: true,
  createdDateTime: '2026-01-05T09:00:00Z',
  ...change,
})
const blueprint = {
  '@odata.type': '#microsoft.graph.agentIdentityBlueprint',
  id: 'bp-object',
  appId: 'bp-app',
  displayName: 'Sales',
  owners: [{ id: 'u-9', displayName: 'Platform' }],
  sponsors: [{ id: 'u-1', userPrincipalName: 'zoe@contoso.example' }],
}
const graph = {
  '@odata.type': '#microsoft.graph.servicePrincipal',
  id: 'graph-sp',
  servicePrincipalType: 'Application',
  appRoles: [{ id: 'role-mail', value: 'Mail.Read' }],
}
const assignment = {
  id: 'as-1',
  appRoleId: 'role-mail',
  principalId: 'a-1',
  resourceId: 'graph-sp',
}
const grant = {
  id: 'g-1',
  clientId: 'a-1',
  consentType: 'AllPrincipals',
  scope: 'Files.Read User.Read',
}
const entries = (objects: readonly Fields[], isAll = false) =>
  graphAgents(objects, isAll).agents.map(({ entry }) => entry)

describe('agents of Graph', () => {
  it('are identities and principals of blueprints; a plain service principal is one where asked', () => {
    const principal = {
      '@odata.type': '#microsoft.graph.agentIdentityBlueprintPrincipal',
      ...{ id: 'bp-sp', appId: 'bp-app', accountEnabled: true },
    }
    const plain = { id: 'sp-1', appId: 'app-1', servicePrincipalType: 'Application' }
    const objects = [identity(), principal, plain, blueprint]
    expect(entries(objects).map(({ id, blueprint: of }) => [id, of])).toEqual([
      ['a-1', 'bp-app'],
      ['bp-sp', 'bp-app'],
    ])
    expect(graphAgents(objects, false).others).toBe(2)
    expect(entries(objects, true).map(({ id }) => id)).toEqual(['a-1', 'bp-sp', 'sp-1'])
  })

  it('have what Graph says of them, and the owners and sponsors of their blueprint if none of their own', () => {
    const own = identity({
      id: 'a-2',
      sponsors: [
        { id: 'u-3', mail: 'max@contoso.example' },
        { id: 'u-2', userPrincipalName: 'ann@contoso.example' },
      ],
    })
    expect(entries([blueprint, identity(), own])).toEqual([
      {
        id: 'a-1',
        name: 'Sales Research',
        blueprint: 'bp-app',
        sponsor: 'zoe@contoso.example',
        owners: ['Platform'],
        registeredAt: '2026-01-05T09:00:00Z',
        status: 'active',
      },
      expect.objectContaining({
        id: 'a-2',
        sponsor: 'ann@contoso.example',
        owners: ['Platform', 'max@contoso.example'],
      }),
    ])
  })

  it.each([
    [{ accountEnabled: false }, 'disabled'],
    [{ disabledByMicrosoftStatus: 'DisabledDueToViolationOfServicesAgreement' }, 'disabled'],
    [{ disabledByMicrosoftStatus: 'NotDisabled' }, 'active'],
    [{ accountEnabled: null }, undefined],
  ])('with %j are %s', (change, status) => {
    expect(entries([identity(change)])[0]?.status).toBe(status)
  })

  it('hold the roles and scopes given to them, expanded or from pages of their own', () => {
    const expanded = identity({ appRoleAssignments: [assignment], oauth2PermissionGrants: [grant] })
    const all = ['Files.Read', 'Mail.Read', 'User.Read']
    expect(entries([expanded, graph])[0]?.granted).toEqual(all)
    expect(entries([grant, identity(), assignment, graph])[0]?.granted).toEqual(all)
    expect(entries([identity()])[0]).not.toHaveProperty('granted')
    expect(entries([identity({ oauth2PermissionGrants: [] })])[0]?.granted).toEqual([])
  })

  it('are said to hold nothing where a role has no name', () => {
    const { agents, unnamed } = graphAgents([identity(), assignment, grant], false)
    expect(agents[0]?.entry).not.toHaveProperty('granted')
    expect(unnamed).toEqual(['a-1'])
  })
})

describe('a page of Graph', () => {
  it('says for all its objects what they are', () => {
    const context =
      'https://graph.microsoft.com/beta/$metadata#servicePrincipals/microsoft.graph.agentIdentity(id,owners())'
    const objects = graphObjects({ '@odata.context': context, value: [{ id: 'a-1' }] })
    expect(entries(objects!).map(({ id }) => id)).toEqual(['a-1'])
    const grants = 'https://graph.microsoft.com/v1.0/$metadata#oauth2PermissionGrants'
    const { clientId, scope } = grant
    const page = graphObjects({ '@odata.context': grants, value: [{ clientId, scope }] })
    expect(entries([...objects!, ...page!])[0]?.granted).toEqual(['Files.Read', 'User.Read'])
  })

  it('is told from what is none, and knows where the next one is', () => {
    expect(graphObjects({ id: 'a', name: 'own entry' })).toBeUndefined()
    expect(graphObjects({ value: [{ id: 'a' }] })).toBeUndefined()
    expect(graphObjects(null)).toBeUndefined()
    expect(graphObjects({ value: [] })).toEqual([])
    expect(nextLinkOf({ '@odata.nextLink': 'https://x/2', value: [] })).toBe('https://x/2')
    expect(nextLinkOf({ value: [] })).toBeUndefined()
  })
})
