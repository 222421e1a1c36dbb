/**
 * What every way in over HTTP must obey, whatever is posted: an answer that says what is wrong and is no
 * fault of ours, no memory that stays, and a server that goes on. `FUZZ_RUNS=100000` makes it a long test.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ingestAnswerSchema, problemSchema } from '../../src/api/contract.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { formats } from '../../src/formats/index.ts'
import { type Fields, fieldsOf } from '../../src/formats/text/fields.ts'
import { answerBytes, recordsIn } from '../../src/formats/text/otlp-protobuf.ts'
import { anEvent, keys, parseAny, serve } from '../api/serve.ts'
import { brokenBytes, brokenText, fuzzRuns, goldenValues, mutate, oddValue } from './broken.ts'

/** What may stay in memory after all rounds, in bytes: far less than a tenth of what was sent. */
const GROWTH_BYTES_MAX = 16_000_000
const PROTOBUF = 'application/x-protobuf'

let served: Awaited<ReturnType<typeof serve>>
let sentBytes = 0
beforeAll(async () => {
  const limits = { bodyBytesMax: 1_048_576, inflatedBytesMax: 2_097_152 }
  served = await serve({ parseBody: parseAny }, limits)
})
afterAll(() => served.server.close())

const goldens = formats.flatMap(({ name }) => goldenValues(name))
const names = formats.map(({ name }) => name)

/** One record or several, one of them with something wrong, laid out in one way or another. */
const anyText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...goldens), { minLength: 1, maxLength: 4 }),
    fc.nat(120),
    oddValue,
    fc.constantFrom('array', 'lines', 'strung', 'indented'),
  )
  .chain(([values, at, put, layout]) => {
    const broken = values.map((value, index) => (index === 0 ? mutate(value, at, put) : value))
    if (layout === 'array') return brokenText(JSON.stringify(broken))
    const space = layout === 'indented' ? 1 : 0
    const texts = broken.map((value) => JSON.stringify(value, null, space) ?? '')
    return brokenText(texts.join(layout === 'strung' ? '' : '\n'))
  })
const anyBody = anyText.chain((text) => brokenBytes(Buffer.from(text)))

/** Packed as the header says, as it does not, cut, twice, or into next to nothing. */
const packings: Record<string, { readonly header?: string; pack(body: Buffer): Buffer }> = {
  plain: { pack: (body) => body },
  gzip: { header: 'gzip', pack: (body) => gzipSync(body) },
  deflate: { header: 'deflate', pack: (body) => deflateSync(body) },
  'raw deflate': { header: 'deflate', pack: (body) => deflateRawSync(body) },
  'gzip cut': { header: 'gzip', pack: (body) => gzipSync(body).subarray(0, body.length >> 2) },
  'gzip and garbage': {
    header: 'gzip',
    pack: (body) => Buffer.concat([gzipSync(body), Buffer.from([1, 2, 3])]),
  },
  'gzip twice': { header: 'gzip', pack: (body) => gzipSync(gzipSync(body)) },
  'said to be gzip': { header: 'gzip', pack: (body) => body },
  'said to be zstd': { header: 'zstd', pack: (body) => body },
  'said to be two': { header: 'gzip, deflate', pack: (body) => gzipSync(body) },
  'of an unknown kind': { header: 'br', pack: (body) => body },
  bomb: {
    header: 'gzip',
    pack: (body) => gzipSync(Buffer.concat([body, Buffer.alloc(4_000_000, ' ')])),
  },
}
const packing = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('plain', 'gzip') },
  fc.constantFrom(...Object.keys(packings)),
)

interface Sent {
  readonly path: string
  readonly type: string
  readonly packing: string
  readonly body: Buffer
}

async function post({ path, type, packing: how, body }: Sent) {
  const { header, pack } = packings[how]!
  const packed = new Uint8Array(pack(body))
  sentBytes += packed.length
  const response = await fetch(`${served.base}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keys.shipper}`,
      'content-type': type,
      ...(header === undefined ? {} : { 'content-encoding': header }),
    },
    body: packed,
  })
  const answer = Buffer.from(await response.arrayBuffer())
  expect(answer.length).toBeLessThan(65_536)
  if (response.status !== 200) {
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status, answer.toString()).toBeLessThan(500)
  }
  return { status: response.status, kind: response.headers.get('content-type'), answer }
}

/** What was taken in is valid, and what went wrong was never ours. */
function accounted(): number {
  const { accepted, logged } = served
  const count = accepted.length
  for (const event of accepted) expect('reject' in parseEvent(event)).toBe(false)
  expect(logged.filter((line) => /"level":(?:50|60)/.test(line))).toEqual([])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  accepted.length = 0
  logged.length = 0
  return count
}

async function sendEvents(sent: Sent): Promise<void> {
  const { status, kind, answer } = await post(sent)
  if (status === 200) {
    const { accepted } = ingestAnswerSchema.strict().parse(JSON.parse(answer.toString()))
    expect(accounted()).toBe(accepted)
    return
  }
  expect(kind).toBe('application/problem+json; charset=utf-8')
  const problem = problemSchema.strict().parse(JSON.parse(answer.toString()))
  expect(problem.status).toBe(status)
  expect(problem.detail).not.toBe('')
  expect(accounted()).toBe(0)
}

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Answer { Partial partial_success = 1; }
  message Partial { int64 rejected = 1; string error_message = 2; }
  message Status { int32 code = 1; string message = 2; }
`)

async function sendOtlp(sent: Sent): Promise<void> {
  const { status, kind, answer } = await post(sent)
  const isBinary = sent.type === PROTOBUF
  expect(kind).toContain(isBinary ? PROTOBUF : 'application/json')
  const read = (name: string) => {
    if (!isBinary) return JSON.parse(answer.toString()) as Fields
    return root.lookupType(name).toObject(root.lookupType(name).decode(answer))
  }
  if (status === 200) read('Answer')
  else {
    expect(read('Status').message).toMatch(/\w.*\.$/s)
    expect(served.accepted).toEqual([])
  }
  accounted()
}

/** The golden documents of OTLP as bytes. */
const otlpBytes = goldenValues('otel-genai').flatMap((value) => {
  const document = structuredClone(fieldsOf(value))
  for (const record of recordsIn(document)) {
    for (const name of ['traceId', 'spanId', 'parentSpanId']) {
      const id = record[name]
      if (typeof id === 'string') record[name] = Buffer.from(id, 'hex')
    }
  }
  if (document.resourceSpans !== undefined) return [answerBytes('TraceRequest', document)]
  return document.resourceLogs === undefined ? [] : [answerBytes('LogsRequest', document)]
})

const anyEvents: fc.Arbitrary<Sent> = fc.record({
  path: fc
    .oneof(
      fc.constantFrom('', 'auto', ...names),
      fc.constantFrom('nope', '__proto__', 'a b', '%00'),
    )
    .map((format) => `/v1/events?format=${encodeURIComponent(format)}`),
  type: fc.constantFrom('application/json', 'text/csv; charset=utf-16', 'x', PROTOBUF),
  packing,
  body: anyBody,
})
const signal = fc.constantFrom('/v1/traces', '/v1/logs')
const otlpText = fc
  .tuple(fc.constantFrom(...goldenValues('otel-genai')), fc.nat(200), oddValue)
  .chain(([value, at, put]) => brokenText(JSON.stringify(mutate(value, at, put)) ?? ''))
const anyOtlp: fc.Arbitrary<Sent> = fc.oneof(
  fc.record({
    path: signal,
    type: fc.constant('application/json'),
    packing,
    body: otlpText.chain((text) => brokenBytes(Buffer.from(text))),
  }),
  fc.record({
    path: signal,
    type: fc.constant(PROTOBUF),
    packing,
    body: fc.constantFrom(...otlpBytes).chain(brokenBytes),
  }),
)

/** After one round that fills every cache, another leaves nothing behind. */
async function leavesNothing(round: (runs: number) => Promise<void>, runs: number) {
  await round(Math.ceil(runs / 3))
  const before = heapBytes()
  sentBytes = 0
  await round(runs)
  expect(sentBytes).toBeGreaterThan(100 * runs)
  expect(heapBytes() - before).toBeLessThan(GROWTH_BYTES_MAX)
  await isHealthy()
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

async function isHealthy(): Promise<void> {
  expect((await fetch(`${served.base}/healthz`)).status).toBe(200)
  expect((await served.post(JSON.stringify(anEvent()))).status).toBe(200)
  expect(accounted()).toBe(1)
  await expect
    .poll(async () => (await fetch(`${served.base}/metrics`)).text())
    .toContain('perimeter_ingest_buffered_bytes 0')
}

const LONG_MS = 3_600_000

it('answers for any body of /v1/events, and keeps nothing of it', { timeout: LONG_MS }, () =>
  leavesNothing(
    (numRuns) => fc.assert(fc.asyncProperty(anyEvents, sendEvents), { numRuns }),
    fuzzRuns(600),
  ),
)

it('answers for any body of OpenTelemetry, and keeps nothing of it', { timeout: LONG_MS }, () =>
  leavesNothing(
    (numRuns) => fc.assert(fc.asyncProperty(anyOtlp, sendOtlp), { numRuns }),
    fuzzRuns(400),
  ),
)

/** Two bytes of it are enough for an object, or for a record that is refused. */
const full = (head: string, part: string, tail: string, sizeBytes = 16_000_000) =>
  Buffer.from(head + part.repeat(sizeBytes / part.length) + tail)

it.each([
  ['groups in protobuf', '/v1/traces', PROTOBUF, Buffer.alloc(16_000_000, '0a00', 'hex'), 413],
  ['groups in JSON', '/v1/logs', 'application/json', full('{"resourceLogs":[', '{},', '{}]}'), 413],
  ['records', '/v1/events', 'x', full('[', '{},', '{}]', 60_000_000), 400],
  ['lines', '/v1/events', 'x', full('{"id":1}\n', 'x\n', '', 60_000_000), 400],
  ['brackets', '/v1/events', 'x', full('{}', ']', '', 60_000_000), 400],
  [
    'skipped records',
    '/v1/events?format=cloudtrail',
    'x',
    full('{"Records":[', '{},', '{}]}'),
    400,
  ],
])('refuses a body full of empty %s before it costs much', async (_, path, type, body, status) => {
  const open = await serve({ parseBody: parseAny })
  const response = await fetch(`${open.base}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keys.shipper}`,
      'content-type': type,
      'content-encoding': 'gzip',
    },
    body: new Uint8Array(gzipSync(body, { level: 1 })),
  })
  expect(response.status).toBe(status)
  expect(await response.text()).toMatch(/expected at most 1048576|More than (?:65536|1048576) rec/)
  await open.server.close()
})
