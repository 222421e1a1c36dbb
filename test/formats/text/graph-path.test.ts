import { expect, it } from 'vitest'
import { graphPath } from '../../../src/formats/text/graph-path.ts'

const HOST = 'https://graph.microsoft.com/v1.0/'

it.each([
  [
    'users/1a-2b/messages/AAMkAGI2=?$search=%22pay%22',
    'users.messages',
    'users/1a-2b/messages/AAMkAGI2=',
  ],
  ["users('ann@contoso.example')/sendMail", 'users.sendMail', 'users/ann@contoso.example/sendMail'],
  [
    "applications(appId='1a-2b')/addPassword",
    'applications.addPassword',
    'applications/1a-2b/addPassword',
  ],
  ['groups/1a-2b/members/$ref', 'groups.members.$ref', 'groups/1a-2b/members/$ref'],
  [
    'drives/b!Zm9v/root:/Pay/May 1.xlsx:/content',
    'drives.root.content',
    'drives/b!Zm9v/root:/Pay/May 1.xlsx:/content',
  ],
  ["me/drive/root/search(q='pay/roll')", 'me.drive.root.search', 'me/drive/root/search'],
  ['oauth2PermissionGrants', 'oauth2PermissionGrants', 'oauth2PermissionGrants'],
  [
    'servicePrincipals/microsoft.graph.agentIdentity',
    'servicePrincipals.agentIdentity',
    'servicePrincipals/microsoft.graph.agentIdentity',
  ],
  [
    'sites/contoso.sharepoint.com,1a,2b/lists',
    'sites.lists',
    'sites/contoso.sharepoint.com,1a,2b/lists',
  ],
  ['users/100%', 'users', 'users/100%'],
  ['', 'root', 'root'],
])('%s', (path, names, place) => {
  expect(graphPath(HOST + path).names.join('.')).toBe(names)
  expect(graphPath(HOST + path).place).toBe(place)
})

it('an address without host, and one of another version', () => {
  expect(graphPath('/beta/$batch')).toEqual({ names: ['$batch'], place: '$batch' })
  expect(graphPath('v1.0/users').place).toBe('users')
})
