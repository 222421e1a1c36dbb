import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { gcpAudit } from '../../src/formats/gcp-audit.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('gcp-audit golden cases', () => {
  it.each(goldensOf('gcp-audit').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'gcp-audit')).toEqual(expected)
    },
  )
})

const BOT = 'bot-07@pay.iam.gserviceaccount.com'
const translated = (payload: object, more: object = {}) =>
  gcpAudit.translate({
    insertId: 'e1',
    timestamp: '2026-03-02T08:00:00Z',
    resource: { type: 'gcs_bucket', labels: { project_id: 'pay' } },
    ...more,
    protoPayload: {
      serviceName: 'storage.googleapis.com',
      methodName: 'storage.objects.get',
      authenticationInfo: { principalEmail: BOT },
      ...payload,
    },
  })
const eventOf = (payload: object, more: object = {}) => {
  const translation = translated(payload, more)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}
const agentOf = (authenticationInfo: object) => eventOf({ authenticationInfo }).agent

describe('who the agent is, and of what kind', () => {
  it.each([
    [BOT, 'bot'],
    ['1234@cloudbuild.gserviceaccount.com', 'cloudbuild'],
    ['1234-compute@developer.gserviceaccount.com', 'developer'],
    ['service-12@gcp-sa-aiplatform-re.iam.gserviceaccount.com', 'gcp-sa-aiplatform-re'],
    ['system:serviceaccount:pay:bot-07', 'bot'],
    ['.gserviceaccount.com', undefined],
  ])('the account %s', (principalEmail, blueprint) => {
    const agent = agentOf({ principalEmail })
    expect([agent.id, agent.blueprint]).toEqual([principalEmail, blueprint])
  })
  it.each([
    [
      'principal://agents.global.proj-1.system.id.goog/resources/run/projects/1/locations/eu/services/pay',
      { name: 'pay', blueprint: 'run/services' },
    ],
    [
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/main',
      { name: 'main', blueprint: 'ci' },
    ],
    ['pay.svc.id.goog[jobs/bot-07]', { name: 'jobs/bot-07', blueprint: 'bot' }],
  ])('the identity %s', (id, more) => {
    expect(agentOf({ principalSubject: id })).toEqual({ id, ...more })
  })
  it.each([
    [{ principalEmail: 'ann@contoso.example' }, "a person's own call"],
    [
      {
        principalSubject:
          'principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/ann',
      },
      "a person's own call",
    ],
    [{ principalEmail: 'system:kube-scheduler' }, 'Kubernetes acting by itself'],
    [{}, 'no principal'],
  ])('nobody, for %j', (authenticationInfo, reason) =>
    expect(translated({ authenticationInfo })).toEqual({ kind: 'skip', reason }),
  )
})

describe('who stands behind a service account', () => {
  const behind = (principalEmail: string) =>
    eventOf({
      authenticationInfo: {
        principalEmail: BOT,
        serviceAccountDelegationInfo: [{}, { firstPartyPrincipal: { principalEmail } }],
      },
    })
  it('a person, on whose behalf it acts', () =>
    expect(behind('ann@contoso.example').onBehalfOf).toBe('ann@contoso.example'))
  it('another agent, which set it off', () =>
    expect(behind('boss@pay.iam.gserviceaccount.com').trigger).toEqual({
      kind: 'agent',
      id: 'boss@pay.iam.gserviceaccount.com',
    }))
  it('a service of Google', () => {
    const event = behind('app-engine@prod.google.com')
    expect(event.trigger).toEqual({ kind: 'service', id: 'app-engine@prod.google.com' })
    expect(event.onBehalfOf).toBeUndefined()
  })
})

describe('what was called', () => {
  it.each([
    [
      'iam.googleapis.com',
      'google.iam.admin.v1.CreateServiceAccountKey',
      'iam.admin.CreateServiceAccountKey',
    ],
    ['compute.googleapis.com', 'beta.compute.instances.insert', 'compute.instances.insert'],
    ['cloudresourcemanager.googleapis.com', 'SetIamPolicy', 'cloudresourcemanager.SetIamPolicy'],
    [
      'aiplatform.googleapis.com',
      'google.cloud.aiplatform.v1beta1.EndpointService.GetEndpoint',
      'aiplatform.EndpointService.GetEndpoint',
    ],
    ['k8s.io', 'io.k8s.core.v1.secrets.get', 'k8s.core.secrets.get'],
  ])('%s %s', (serviceName, methodName, action) =>
    expect(eventOf({ serviceName, methodName }).action).toBe(action),
  )
  it('of which some take power', () => {
    const power = (methodName: string) => powerOf(eventOf({ methodName }).action).isPrivileged
    expect(power('google.iam.admin.v1.CreateServiceAccountKey')).toBe(true)
    expect(power('google.iam.credentials.v1.GenerateAccessToken')).toBe(true)
    expect(power('google.logging.v2.ConfigServiceV2.DeleteSink')).toBe(true)
    expect(power('storage.objects.get')).toBe(false)
  })
})

describe('how a call ended', () => {
  const check = (granted: boolean, permission: string) => ({ granted, permission })
  it.each([
    [{}, 'success', undefined],
    [{ status: { code: 7, message: 'no' } }, 'denied', 'no'],
    [{ status: { code: '16' } }, 'denied', 'code 16'],
    [{ status: { code: 5, message: 'gone' } }, 'failure', 'gone'],
    [{ authorizationInfo: [check(true, 'a'), check(false, 'b')] }, 'denied', undefined],
  ])('%j is %s', (payload, outcome, error) => {
    const event = eventOf(payload)
    expect([event.outcome, event.error]).toEqual([outcome, error])
  })
  it('an operation counts when it begins, and again only if it fails', () => {
    const last = { operation: { id: 'o', last: true } }
    expect(translated({}, { operation: { id: 'o', first: true } }).kind).toBe('events')
    expect(translated({}, { operation: { id: 'o', first: true, last: true } }).kind).toBe('events')
    expect(translated({}, last).kind).toBe('skip')
    expect(translated({ status: { code: 9 } }, last).kind).toBe('events')
  })
  it('the right it took is the one that was refused, where one was', () => {
    const authorizationInfo = [check(true, 'a'), check(false, 'b')]
    expect(eventOf({ authorizationInfo }).permission).toEqual({ used: 'b' })
  })
})
