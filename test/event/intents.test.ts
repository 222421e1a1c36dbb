import { describe, expect, it } from 'vitest'
import { intentsOf } from '../../src/event/intents.ts'

const of = (action: string, resource = 'a/b') => [...intentsOf(action, resource)]

describe('what an action may be meant for', () => {
  it.each([
    ['secrets.read', 'vaults/prod', ['credentials', 'collection']],
    ['iam.AttachRolePolicy', 'role/x', ['rights']],
    ['roles.list', 'roles', ['discovery', 'collection']],
    ['storage.delete', 'backups/eu/1', ['destruction', 'storage']],
    ['logging.StopLogging', 'trail/main', ['logging']],
    ['audit.export', 'audit/2026', ['collection', 'egress']],
    ['guardrails.disable', 'guardrails/pii', ['configuration']],
    ['config.read', 'services/a', ['collection']],
    ['code.run', 'sandbox/1', ['code']],
    ['approvals.request', 'approvals/lead', ['approval']],
    ['mail.send', 'mail/x', ['mail', 'egress']],
    ['memory.write', 'memory/a', ['egress', 'memory']],
    ['memory.read', 'memory/a', ['collection']],
    ['credentials.create', 'agents/a', ['credentials', 'egress', 'agents', 'creation']],
    ['api_key.created', 'proj/api_key/k', ['credentials', 'egress', 'creation']],
    ['ip_allowlist.deleted', 'organization/ip_allowlist', ['destruction']],
    ['k8s.rbac.clusterrolebindings.create', 'cluster/a', ['rights', 'egress']],
    ['k8s.core.serviceaccounts.token.create', 'pay/a', ['credentials', 'egress', 'creation']],
    ['keyvault.vaults.listkeys.action', 's/vault', ['credentials']],
    ['authorization.roleassignments.write', 's/a', ['rights', 'egress']],
    ['insights.diagnosticsettings.delete', 's/a', ['destruction', 'logging']],
    ['compute.virtualmachines.runcommand.action', 's/vm', ['code']],
    ['entra.UpdateApplication.blueprint', 'Application/1', ['agents']],
    ['health.check', 'services/a', []],
  ])('%s on %s: %j', (action, resource, intents) => {
    expect(of(action, resource)).toEqual(intents)
  })

  it('knows the address at which clouds hand out credentials', () => {
    expect(of('files.read', 'metadata/169.254.169.254/iam')).toContain('metadata')
    expect(of('files.read', 'metadata/report')).not.toContain('metadata')
  })
})
