/** What a call of the AWS API was made on, as a path from the service down to the thing itself. */
import type { RawEvent } from '../../event/event.ts'
import { type Fields, field, fieldsOf, isFields, listOf, nameIn, resourceIdOf } from './fields.ts'

type Resource = RawEvent['resource']

/** What CloudTrail writes in the place of what it will not show. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/**
 * Request parameters that name what a call is made on, the more particular first, with the kind of
 * thing in the path and the type as CloudTrail writes it.
 */
const PARAMETERS: readonly (readonly [
  parameter: string,
  kind: string,
  type: string,
  onlyService?: string,
])[] = [
  ['secretId', 'secret', 'AWS::SecretsManager::Secret'],
  ['functionName', 'function', 'AWS::Lambda::Function'],
  ['tableName', 'table', 'AWS::DynamoDB::Table'],
  ['modelId', 'model', 'AWS::Bedrock::Model'],
  ['agentId', 'agent', 'AWS::Bedrock::Agent'],
  ['knowledgeBaseId', 'knowledge-base', 'AWS::Bedrock::KnowledgeBase'],
  ['guardrailIdentifier', 'guardrail', 'AWS::Bedrock::Guardrail'],
  ['flowIdentifier', 'flow', 'AWS::Bedrock::Flow'],
  ['agentRuntimeArn', 'runtime', 'AWS::BedrockAgentCore::Runtime'],
  ['agentRuntimeId', 'runtime', 'AWS::BedrockAgentCore::Runtime'],
  ['gatewayIdentifier', 'gateway', 'AWS::BedrockAgentCore::Gateway'],
  ['memoryId', 'memory', 'AWS::BedrockAgentCore::Memory', 'bedrock-agentcore'],
  ['roleArn', 'role', 'AWS::IAM::Role'],
  ['policyArn', 'policy', 'AWS::IAM::Policy'],
  ['roleName', 'role', 'AWS::IAM::Role'],
  ['userName', 'user', 'AWS::IAM::User'],
  ['instanceProfileName', 'instance-profile', 'AWS::IAM::InstanceProfile'],
  ['groupName', 'group', 'AWS::IAM::Group', 'iam'],
  ['groupName', 'security-group', 'AWS::EC2::SecurityGroup', 'ec2'],
  ['keyId', 'key', 'AWS::KMS::Key'],
  ['dBInstanceIdentifier', 'db', 'AWS::RDS::DBInstance'],
  ['dBSnapshotIdentifier', 'snapshot', 'AWS::RDS::DBSnapshot'],
  ['dBClusterIdentifier', 'cluster', 'AWS::RDS::DBCluster'],
  ['queueUrl', 'queue', 'AWS::SQS::Queue'],
  ['topicArn', 'topic', 'AWS::SNS::Topic'],
  ['streamName', 'stream', 'AWS::Kinesis::Stream'],
  ['logGroupName', 'log-group', 'AWS::Logs::LogGroup'],
  ['repositoryName', 'repository', 'AWS::ECR::Repository'],
  ['clusterName', 'cluster', 'AWS::EKS::Cluster'],
  ['stackName', 'stack', 'AWS::CloudFormation::Stack'],
  ['instanceId', 'instance', 'AWS::EC2::Instance'],
  ['snapshotId', 'snapshot', 'AWS::EC2::Snapshot'],
  ['volumeId', 'volume', 'AWS::EC2::Volume'],
  ['imageId', 'image', 'AWS::EC2::Image'],
  ['groupId', 'security-group', 'AWS::EC2::SecurityGroup'],
  ['networkAclId', 'network-acl', 'AWS::EC2::NetworkAcl'],
  ['routeTableId', 'route-table', 'AWS::EC2::RouteTable'],
  ['subnetId', 'subnet', 'AWS::EC2::Subnet'],
  ['vpcId', 'vpc', 'AWS::EC2::VPC'],
  // `name` says what it names in these services only.
  ['name', 'parameter', 'AWS::SSM::Parameter', 'ssm'],
  ['name', 'trail', 'AWS::CloudTrail::Trail', 'cloudtrail'],
]

/** The resource of a record; the account's part of the service where the call names nothing. */
export function resourceOf(service: string, record: Fields): Resource {
  return (
    listedResource(record) ??
    requestedResource(service, record) ?? {
      id: pathOf(service, placeOf(service, record)),
      type: service,
    }
  )
}

/** Of the resources CloudTrail lists, the most particular: an object rather than its bucket. */
function listedResource(record: Fields): Resource | undefined {
  let found: Resource | undefined
  let foundLength = 0
  for (const listed of listOf(field(record, 'resources'))) {
    if (!isFields(listed)) continue
    const arn = resourceIdOf(listed.ARN ?? listed.arn)
    if (arn === undefined || arn.length <= foundLength) continue
    found = { id: arnToPath(arn), type: nameIn(listed, 'type') ?? typeOfArn(arn) }
    foundLength = arn.length
  }
  return found
}

function requestedResource(service: string, record: Fields): Resource | undefined {
  const request = fieldsOf(field(record, 'requestParameters'))
  const bucket = nameIn(request, 'bucketName')
  if (bucket !== undefined) {
    const key = resourceIdOf(field(request, 'key'))
    return key === undefined
      ? { id: pathOf('s3', [bucket]), type: 'AWS::S3::Bucket' }
      : { id: pathOf('s3', [bucket, key]), type: 'AWS::S3::Object' }
  }
  for (const [parameter, kind, type, onlyService] of PARAMETERS) {
    if (onlyService !== undefined && onlyService !== service) continue
    const value = resourceIdOf(field(request, parameter)) ?? firstOfSet(request, parameter)
    if (value === undefined || value === HIDDEN) continue
    if (value.startsWith('arn:')) return { id: arnToPath(value), type }
    return { id: pathOf(service, [...placeOf(service, record), kind, bareName(value)]), type }
  }
  return undefined
}

/** EC2 wraps what it is asked about: `instancesSet: {items: [{instanceId}]}`. */
function firstOfSet(request: Fields, parameter: string): string | undefined {
  if (parameter !== 'instanceId') return undefined
  const items = listOf(fieldsOf(field(request, 'instancesSet')).items)
  return resourceIdOf(fieldsOf(items[0]).instanceId)
}

/** `https://sqs.eu-west-1.amazonaws.com/1234/queue` → `queue`; `/team/key` → `team/key` */
const bareName = (value: string): string =>
  (value.startsWith('https://') && value.slice(value.lastIndexOf('/') + 1)) ||
  value.replace(/^\/+/, '') ||
  value

/** Account and region; IAM and S3 have no regions. */
function placeOf(service: string, record: Fields): string[] {
  const account =
    nameIn(record, 'recipientAccountId') ??
    nameIn(fieldsOf(field(record, 'userIdentity')), 'accountId')
  const region = service === 'iam' || service === 's3' ? undefined : nameIn(record, 'awsRegion')
  return [account, region].filter((part) => part !== undefined)
}

/** `arn:aws:lambda:eu-west-1:1234:function:pay` → `lambda/1234/eu-west-1/function/pay` */
function arnToPath(arn: string): string {
  const [scheme, , service, region, account, ...rest] = arn.split(':')
  if (scheme !== 'arn' || !service || rest.length === 0) return arn
  const place = [account, region].filter((part): part is string => !!part)
  return pathOf(service, [...place, ...rest])
}

const pathOf = (service: string, parts: readonly string[]): string =>
  resourceIdOf([service, ...parts].join('/')) ?? service

/** `arn:aws:ec2:…:instance/i-1` → `ec2.instance`, where CloudTrail names no type. */
function typeOfArn(arn: string): string {
  const parts = arn.split(':')
  const kind = (parts[5] ?? '').split('/')[0]
  return kind && (parts.length > 6 || arn.includes('/')) ? `${parts[2]}.${kind}` : (parts[2] ?? arn)
}
