import { describe, expect, it } from 'vitest'
import { powerOf } from '../../src/event/verbs.ts'
import { otelGenai } from '../../src/formats/otel-genai.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('otel-genai golden cases', () => {
  it.each(goldensOf('otel-genai').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'otel-genai')).toEqual(expected)
    },
  )

  it('keep no text of a prompt or of an answer', async () => {
    for (const { input } of goldensOf('otel-genai')) {
      const all = JSON.stringify(await outcomeOf(input))
      expect(all).not.toMatch(/Where is my parcel|train to Bern|In Bern|country = CH|Ünal|Be kind/)
    }
  })
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const span = (attributes: object, more: object = {}) => ({
  traceId: TRACE,
  spanId: '00000000000000aa',
  startTimeUnixNano: '1772442000000000000',
  attributes: { 'gen_ai.agent.id': 'a1', ...attributes },
  ...more,
})
const eventOf = (attributes: object, more: object = {}) => {
  const translation = otelGenai.translate(span(attributes, more))
  if (translation.kind !== 'events') throw new Error(`${translation.kind}: ${translation.reason}`)
  return translation.events[0]!
}
const tool = (name: string, args?: unknown) =>
  eventOf({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    ...(args !== undefined && { 'gen_ai.tool.call.arguments': args }),
  })

describe('a call of a tool', () => {
  it('has the power that the name of the tool says, and no other', () => {
    expect(powerOf(tool('get_weather').action)).toEqual({ isPrivileged: false, isEgress: false })
    expect(powerOf(tool('send_email').action).isEgress).toBe(true)
    expect(powerOf(tool('deleteSecret').action).isPrivileged).toBe(true)
  })

  it.each([
    [{ path: '/etc/passwd' }, 'tools/t/etc/passwd'],
    [{ filePath: 'notes/a.md', content: 'x' }, 'tools/t/notes/a.md'],
    [{ url: 'https://bob:pw@host.example/a?token=1' }, 'tools/t/host.example/a'],
    [{ paths: 1, table: ['customers'] }, 'tools/t/customers'],
    ['{"command":"rm -rf /"}', 'tools/t/rm'],
    [{ query: 'what is said stays out' }, 'tools/t'],
    ['not JSON', 'tools/t'],
    [{ path: 'a'.repeat(600) }, 'tools/t'],
  ])('%j touches %s', (args, id) => expect(tool('t', args).resource.id).toBe(id))
})

it('reads times in nanoseconds, microseconds and milliseconds, and as pairs', () => {
  const at = (startTimeUnixNano: unknown) =>
    eventOf({ 'gen_ai.operation.name': 'chat' }, { startTimeUnixNano }).time
  const ms = 1_772_442_000_050
  expect([`${ms}000000`, ms * 1e6, ms * 1000, ms, [1_772_442_000, 50_000_000]].map(at)).toEqual(
    Array(5).fill(ms),
  )
})

it('gives all calls of a run the digest of what the user said last', () => {
  const said = (more: unknown[]) =>
    eventOf({
      'gen_ai.operation.name': 'chat',
      'gen_ai.input.messages': JSON.stringify([
        { role: 'user', parts: [{ content: 'hi', type: 'text' }] },
        ...more,
      ]),
    }).trigger?.digest
  expect(said([{ role: 'tool', parts: [{ type: 'tool_call_response', result: 1 }] }])).toBe(
    said([]),
  )
  expect(said([{ role: 'user', parts: [{ type: 'text', content: 'more' }] }])).not.toBe(said([]))
})

it('follows no circle of spans', () => {
  const [a, b] = ['00000000000000aa', '00000000000000bb']
  const spans = [
    { ...span({}), spanId: a, parentSpanId: b, attributes: [] },
    { ...span({}), spanId: b, parentSpanId: a, attributes: [] },
  ]
  expect(otelGenai.unwrap({ resourceSpans: [{ scopeSpans: [{ spans }] }] })).toHaveLength(2)
})
