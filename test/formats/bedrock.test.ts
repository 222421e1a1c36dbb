import { describe, expect, it } from 'vitest'
import { readBody } from '../../src/formats/body.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('bedrock golden cases', () => {
  it.each(goldensOf('bedrock').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'bedrock')).toEqual(expected)
    },
  )
})

it('keeps no text of a prompt or of an answer, and gives one prompt one digest', async () => {
  const digests = new Set<unknown>()
  for (const { input } of goldensOf('bedrock')) {
    const outcome = await outcomeOf(input)
    expect(JSON.stringify(outcome)).not.toMatch(/claim covered|It is\.|Help\./)
    for (const event of outcome.events as { trigger?: { digest: string } }[]) {
      if (event.trigger !== undefined) digests.add(event.trigger.digest)
    }
  }
  expect(digests.size).toBe(1)
})

it('names the agent as CloudTrail does', async () => {
  const line = (input: object) => JSON.stringify(input)
  const arn = 'arn:aws:sts::123456789012:assumed-role/claims-agent/run-77'
  const call = {
    ...{ eventID: 'e', eventTime: '2026-03-02T09:00:00Z', eventSource: 'bedrock.amazonaws.com' },
    ...{ eventName: 'Converse', userIdentity: { type: 'AssumedRole', arn } },
    requestParameters: { modelId: 'm' },
  }
  const log = {
    ...{ schemaType: 'ModelInvocationLog', requestId: 'r', timestamp: '2026-03-02T09:00:00Z' },
    ...{ operation: 'Converse', modelId: 'm', identity: { arn } },
  }
  const [a] = readBody(line(call)).events
  const [b] = readBody(line(log)).events
  expect([b!.agent.id, b!.action, b!.resource.id]).toEqual([a!.agent.id, a!.action, a!.resource.id])
})
