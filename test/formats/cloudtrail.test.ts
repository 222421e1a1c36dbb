import { describe, expect, it } from 'vitest'
import { cloudtrail } from '../../src/formats/cloudtrail.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('cloudtrail golden cases', () => {
  it.each(goldensOf('cloudtrail').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'cloudtrail')).toEqual(expected)
    },
  )
})

const record = (more: object) => ({
  eventID: 'e1',
  eventTime: '2026-03-02T08:00:00Z',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'DescribeInstances',
  awsRegion: 'eu-west-1',
  recipientAccountId: '111122223333',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/bot' },
  ...more,
})
const eventOf = (more: object) => {
  const translation = cloudtrail.translate(record(more))
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}
const sessionOf = (role: string, session: string) =>
  eventOf({
    userIdentity: {
      type: 'AssumedRole',
      arn: `arn:aws:sts::111122223333:assumed-role/${role}/${session}`,
    },
  }).agent

describe('who the agent is', () => {
  it.each(['aws-go-sdk-1688990082523310002', 'BedrockAgents-a1b2', '0a1b2c3d4e5f', 'attacker'])(
    'the role, for a session its caller called %s',
    (session) => expect(sessionOf('R', session).id).toBe('arn:aws:iam::111122223333:role/R'),
  )
  it.each([
    ['R', 'i-0abcdef1234567890'],
    ['R', 'mi-0abcdef1234567890'],
    ['Okta', 'ann@corp.example'],
    ['AWSReservedSSO_Dev_01', 'ann'],
  ])('the session, with the role as its blueprint, for %s/%s', (role, session) => {
    const agent = sessionOf(role, session)
    expect(agent.id).toBe(`arn:aws:sts::111122223333:assumed-role/${role}/${session}`)
    expect(agent.blueprint).toBe(`arn:aws:iam::111122223333:role/${role}`)
  })
})

describe('how a call ended', () => {
  it.each([
    ['AccessDenied', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['Client.UnauthorizedOperation', 'denied'],
    ['VpceAccessDenied', 'denied'],
    ['AuthorizationError', 'denied'],
    ['ThrottlingException', 'failure'],
    ['NoSuchEntity', 'failure'],
    ['', 'success'],
    ['Client.DryRunOperation', 'success'],
  ])('%s is %s', (errorCode, outcome) => expect(eventOf({ errorCode }).outcome).toBe(outcome))
  it('a failed sign-in says so in its response only', () => {
    const event = eventOf({ responseElements: { ConsoleLogin: 'Failure' } })
    expect(event).toMatchObject({ outcome: 'failure', error: 'ConsoleLogin: failed' })
  })
})

describe('what a call was made on', () => {
  it.each([
    [
      'sqs',
      { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q' },
      'sqs/111122223333/eu-west-1/queue/q',
    ],
    ['ssm', { name: '/team/key' }, 'ssm/111122223333/eu-west-1/parameter/team/key'],
    ['iam', { groupName: 'admins' }, 'iam/111122223333/group/admins'],
    ['ec2', { groupName: 'web' }, 'ec2/111122223333/eu-west-1/security-group/web'],
    ['kms', { keyId: 'arn:aws:kms:eu-west-1:1:key/k' }, 'kms/1/eu-west-1/key/k'],
    ['ec2', {}, 'ec2/111122223333/eu-west-1'],
    ['bedrock', { modelId: 'some.model-v1' }, 'bedrock/111122223333/eu-west-1/model/some.model-v1'],
    ['bedrock', { guardrailIdentifier: 'g1' }, 'bedrock/111122223333/eu-west-1/guardrail/g1'],
    [
      'bedrock-agentcore',
      { agentRuntimeArn: 'arn:aws:bedrock-agentcore:eu-west-1:1:runtime/pay-1' },
      'bedrock-agentcore/1/eu-west-1/runtime/pay-1',
    ],
    [
      'bedrock',
      { guardrailIdentifier: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
      'bedrock/111122223333/eu-west-1',
    ],
  ])('%s %j', (service, requestParameters, id) => {
    const eventSource = `${service}.amazonaws.com`
    expect(eventOf({ eventSource, requestParameters }).resource.id).toBe(id)
  })
})

describe('a call of an agent on Bedrock', () => {
  const called = (eventSource: string, requestParameters: object) =>
    eventOf({ eventSource: `${eventSource}.amazonaws.com`, requestParameters })
  it('belongs to the conversation it names, and to the user', () => {
    const request = { runtimeSessionId: 'c1', runtimeUserId: 'ann' }
    const event = called('bedrock-agentcore', request)
    expect(event).toMatchObject({ session: 'c1', onBehalfOf: 'ann' })
    expect(called('bedrock', { agentId: 'a', sessionId: 'c2' }).session).toBe('c2')
  })
  it('does not where that is hidden, or said of another service', () => {
    const hidden = { sessionId: 'HIDDEN_DUE_TO_SECURITY_REASONS' }
    expect(called('bedrock', hidden).session).toBeUndefined()
    expect(called('ssm', { sessionId: 'c3' }).session).toBeUndefined()
  })
})
