import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'

describe('an action', () => {
  it.each(['mail.send', 'files.share', 'webhooks.post', 'PutObject', 'messages.create'])(
    '%s can carry data away',
    (action) => expect(powerOf(action).isEgress).toBe(true),
  )

  it.each(['mail.read', 'messages.list', 'message.get', 'mail.search', 'files.download'])(
    '%s only takes in, whatever it is called after',
    (action) => expect(powerOf(action).isEgress).toBe(false),
  )

  it.each(['secrets.read', 'iam.AttachRolePolicy', 'Remove-Mailbox', 'logging.disable'])(
    '%s is one of power',
    (action) => expect(powerOf(action).isPrivileged).toBe(true),
  )

  it.each([
    'authorization.roleassignments.write',
    'storage.storageaccounts.listkeys.action',
    'insights.diagnosticsettings.delete',
    'compute.virtualmachines.runcommand.action',
    'k8s.rbac.clusterrolebindings.create',
    'k8s.core.secrets.get',
    'k8s.core.pods.exec.create',
    'graph.applications.addPassword.post',
    'graph.oauth2PermissionGrants.post',
    'iam.admin.CreateServiceAccountKey',
    'cloudresourcemanager.SetIamPolicy',
    'entra.AddServicePrincipal.identity',
  ])('%s is one of power, as its platform writes it', (action) =>
    expect(powerOf(action).isPrivileged).toBe(true),
  )

  it.each(['compute.virtualmachines.read', 'k8s.core.pods.list', 'graph.users.messages.get'])(
    '%s is not',
    (action) => expect(powerOf(action)).toEqual({ isPrivileged: false, isEgress: false }),
  )

  it.each([
    ['FileUploaded', { isPrivileged: false, isEgress: true }],
    ['FileDownloaded', { isPrivileged: false, isEgress: false }],
    ['invite.sent', { isPrivileged: false, isEgress: true }],
    ['org_user_deleted', { isPrivileged: true, isEgress: false }],
    ['logging.stopped', { isPrivileged: true, isEgress: false }],
    ['primary_owner_transferred', { isPrivileged: true, isEgress: true }],
    ['certificates.deactivated', { isPrivileged: true, isEgress: false }],
    ['feed.read', { isPrivileged: false, isEgress: false }],
  ])('that tells of what was done, %s, is one like that which does it', (action, power) =>
    expect(powerOf(action)).toEqual(power),
  )

  it('whose name says nothing is ordinary', () => {
    for (const action of ['files.read', '', '.', '\u0000', 'x'.repeat(256)]) {
      expect(powerOf(action)).toEqual({ isPrivileged: false, isEgress: false })
    }
  })

  it('is read the same each time, however many there are', () => {
    const before = powerOf('mail.send')
    for (let at = 0; at < 10_000; at++) powerOf(`action${at}`)
    expect(powerOf('mail.send')).toEqual(before)
  })
})
