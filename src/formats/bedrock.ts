/**
 * Amazon Bedrock model invocation log: calls of models with their tokens, as lines in S3 or through
 * CloudWatch Logs.
 *
 * The agent is whom CloudTrail would name for the same ARN, and the model is named as it is there. Prompts
 * leave a digest; neither they nor the answers are kept. A guardrail that stepped in has denied the call.
 *
 * Source  "Monitor model invocation using CloudWatch Logs and Amazon S3", Amazon Bedrock User Guide.
 */
import { type RawEvent, timeToMs } from '../event/event.ts'
import type { Format } from './format.ts'
import { AWS_DENIED, agentOfSession, lastPartOf } from './text/aws-identity.ts'
import { resourceOf } from './text/aws-resource.ts'
import {
  amountOf,
  errorOf,
  type Fields,
  fieldsOf,
  idOf,
  isFields,
  listOf,
  nameIn,
  reject,
  skip,
  textOf,
  utcTimeOf,
  withoutBlanks,
} from './text/fields.ts'
import { promptDigest } from './text/prompt.ts'

export const bedrock: Format = {
  name: 'bedrock',
  title: 'Amazon Bedrock model invocation log',
  carriesPrompts: true,

  unwrap: () => undefined,

  recognises: isRecord,

  translate(record) {
    if (!isFields(record)) return reject('$', 'a model invocation', record)
    const arn = nameIn(fieldsOf(record.identity), 'arn')
    if (arn === undefined) return skip('no principal')
    const id = idOf(record.requestId)
    if (id === undefined) return reject('$.requestId', 'an id', record.requestId)
    const time = utcTimeOf(record.timestamp)
    if (time === undefined || timeToMs(time) === undefined) {
      return reject('$.timestamp', 'a time', record.timestamp)
    }
    const operation = textOf(record.operation)
    const action = operation === undefined ? undefined : idOf(`bedrock.${operation}`)
    if (action === undefined) return reject('$.operation', 'an operation', record.operation)
    const modelId = textOf(record.modelId)
    const output = chunksOf(fieldsOf(record.output).outputBodyJson)
    const digest = digestIn(fieldsOf(fieldsOf(record.input).inputBodyJson))
    const model = modelId?.slice(modelId.lastIndexOf('/') + 1) || undefined
    const event: RawEvent = {
      id,
      time,
      agent: { ...agentOf(arn), ...withoutBlanks({ model }) },
      action,
      resource: resourceOf('bedrock', { ...record, requestParameters: { modelId } }),
      ...outcomeOf(record, output),
      ...withoutBlanks({
        onBehalfOf: personIn(arn),
        volume: withoutBlanks({ records: tokensOf(record, output) }),
        trigger: digest === undefined ? undefined : { kind: 'prompt', digest },
        permission: { used: `bedrock:${operation}`.slice(0, 512) },
      }),
    }
    return { kind: 'events', events: [event] }
  },
}

function isRecord(record: unknown): boolean {
  return isFields(record) && record.schemaType === 'ModelInvocationLog'
}

const agentOf = (arn: string): RawEvent['agent'] =>
  agentOfSession(arn) ?? { id: arn, name: lastPartOf(arn) }

/** Who signed in through a role that people share is named by the session. */
const personIn = (arn: string): string | undefined => {
  const name = lastPartOf(arn)
  return name.includes('@') ? name : undefined
}

/** What a model answered: a stream is logged as a list of its chunks. */
const chunksOf = (body: unknown): readonly Fields[] =>
  (Array.isArray(body) ? body : [body]).map(fieldsOf)

/** Converse and Anthropic have messages, Titan a text, others a prompt. */
const digestIn = (body: Fields): string | undefined =>
  promptDigest(body.messages) ?? promptDigest(body.prompt) ?? promptDigest(body.inputText)

/** The counts of the record, or, where it has none, those of the answer. */
function tokensOf(record: Fields, output: readonly Fields[]): number | undefined {
  const counts = [
    fieldsOf(record.input).inputTokenCount,
    fieldsOf(record.output).outputTokenCount,
  ].map(amountOf)
  const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0)
  if (sum > 0) return sum
  for (const chunk of output) {
    const usage = fieldsOf(chunk.usage ?? fieldsOf(chunk.metadata).usage)
    const total = amountOf(usage.totalTokens)
    if (total !== undefined) return total
    const tokensIn = amountOf(usage.inputTokens ?? usage.input_tokens)
    const tokensOut = amountOf(usage.outputTokens ?? usage.output_tokens)
    if (tokensIn !== undefined || tokensOut !== undefined) return (tokensIn ?? 0) + (tokensOut ?? 0)
  }
  return counts.every((count) => count === undefined) ? undefined : 0
}

function outcomeOf(record: Fields, output: readonly Fields[]): Pick<RawEvent, 'outcome' | 'error'> {
  const code = textOf(record.errorCode)
  if (code !== undefined) {
    const error = errorOf([code, textOf(record.errorMessage)].filter(Boolean).join(': '))
    const outcome = AWS_DENIED.test(code) ? 'denied' : 'failure'
    return { outcome, ...withoutBlanks({ error }) }
  }
  const isGuarded = output.some(
    (chunk) =>
      chunk['amazon-bedrock-guardrailAction'] === 'INTERVENED' ||
      (chunk.stopReason ?? fieldsOf(chunk.messageStop).stopReason) === 'guardrail_intervened' ||
      listOf(chunk.results).some(
        (result) => fieldsOf(result).completionReason === 'CONTENT_FILTERED',
      ),
  )
  return isGuarded ? { outcome: 'denied', error: 'guardrail intervened' } : { outcome: 'success' }
}
