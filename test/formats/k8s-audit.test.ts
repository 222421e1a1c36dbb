import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { k8sAudit } from '../../src/formats/k8s-audit.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('k8s-audit golden cases', () => {
  it.each(goldensOf('k8s-audit').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'k8s-audit')).toEqual(expected)
    },
  )
})

const translated = (more: object) =>
  k8sAudit.translate({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: 'e1',
    stage: 'ResponseComplete',
    verb: 'get',
    user: { username: 'system:serviceaccount:pay:bot-07' },
    objectRef: { resource: 'pods', namespace: 'pay', name: 'a' },
    requestReceivedTimestamp: '2026-03-02T08:00:00.000000Z',
    ...more,
  })
const eventOf = (more: object) => {
  const translation = translated(more)
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}
const by = (username: string, extra: object = {}) => translated({ user: { username, extra } })

describe('who the agent is', () => {
  it.each([
    ['system:serviceaccount:pay:bot-07', 'system:serviceaccount:pay:bot-07', 'bot'],
    ['bot-07@p.iam.gserviceaccount.com', 'bot-07@p.iam.gserviceaccount.com', 'bot'],
    ['01234567-89ab-cdef-0123-456789abcdef', '01234567-89ab-cdef-0123-456789abcdef', undefined],
    ['arn:aws:sts::1:assumed-role/R/s', 'arn:aws:iam::1:role/R', undefined],
    ['arn:aws:iam::1:user/bot', 'arn:aws:iam::1:user/bot', undefined],
  ])('%s', (username, id, blueprint) => {
    const { agent } = eventOf({ user: { username } })
    expect([agent.id, agent.blueprint]).toEqual([id, blueprint])
  })
  it.each([
    ['ann@contoso.example', "a person's own request"],
    ['kubernetes-admin', "a person's own request"],
    ['arn:aws:sts::1:assumed-role/Okta/ann@contoso.example', "a person's own request"],
    ['arn:aws:sts::1:assumed-role/AWSReservedSSO_Dev_01/ann', "a person's own request"],
    ['system:kube-scheduler', 'Kubernetes acting by itself'],
    ['eks:addon-manager', 'Kubernetes acting by itself'],
    ['system:node:n1', 'a node acting by itself'],
    ['system:anonymous', 'nobody signed in'],
  ])('nobody, for %s: %s', (username, reason) =>
    expect(by(username)).toEqual({ kind: 'skip', reason }),
  )
  it('the role that EKS names beside a name of its own', () => {
    const extra = { arn: ['arn:aws:sts::1:assumed-role/R/s'] }
    const user = { username: 'deployer', extra }
    expect(eventOf({ user }).agent).toEqual({ id: 'arn:aws:iam::1:role/R', name: 'R' })
  })
})

it('whoever impersonates another acts for him, and a person through the account he takes', () => {
  const ann = { username: 'ann@contoso.example' }
  const bot = { username: 'system:serviceaccount:pay:bot' }
  const forAnn = eventOf({ user: bot, impersonatedUser: ann })
  const throughBot = eventOf({ user: ann, impersonatedUser: bot })
  expect(forAnn).toMatchObject({ agent: { id: bot.username }, onBehalfOf: ann.username })
  expect(throughBot).toMatchObject({ agent: { id: bot.username }, onBehalfOf: ann.username })
  expect(translated({ user: ann, impersonatedUser: ann }).kind).toBe('skip')
})

it('a request counts once, when it is complete', () => {
  expect(translated({ stage: 'RequestReceived' }).kind).toBe('skip')
  expect(translated({ stage: 'ResponseStarted' }).kind).toBe('skip')
  expect(translated({ stage: 'Panic' }).kind).toBe('events')
})

describe('how a request ended', () => {
  it.each([
    [{ code: 200 }, 'success', undefined],
    [{ code: 101 }, 'success', undefined],
    [{ code: 403, message: 'no' }, 'denied', 'no'],
    [{ code: 401 }, 'denied', 'HTTP 401'],
    [{ code: 409, reason: 'Conflict' }, 'failure', 'Conflict'],
  ])('%j is %s', (responseStatus, outcome, error) => {
    const event = eventOf({ responseStatus })
    expect([event.outcome, event.error]).toEqual([outcome, error])
  })
  it('what the authorizer forbade was denied, whatever the code', () => {
    const annotations = { 'authorization.k8s.io/decision': 'forbid' }
    expect(eventOf({ annotations }).outcome).toBe('denied')
  })
})

it.each([
  ['create', { resource: 'pods', namespace: 'pay', name: 'a', subresource: 'exec' }, true],
  ['get', { resource: 'secrets', namespace: 'pay' }, true],
  ['create', { resource: 'rolebindings', apiGroup: 'rbac.authorization.k8s.io' }, true],
  ['create', { resource: 'serviceaccounts', subresource: 'token' }, true],
  ['impersonate', { resource: 'users' }, true],
  ['list', { resource: 'pods', namespace: 'pay' }, false],
])('%s %j: whether it takes power', (verb, objectRef, isPrivileged) =>
  expect(powerOf(eventOf({ verb, objectRef }).action).isPrivileged).toBe(isPrivileged),
)
