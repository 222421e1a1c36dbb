import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import zlib, { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { ingestAnswerSchema, problemSchema, readinessSchema } from '../../src/api/contract.ts'
import { limitsSchema } from '../../src/api/limits.ts'
import { EngineError } from '../../src/errors.ts'
import { anEvent, keys, serve } from './serve.ts'

type Served = Awaited<ReturnType<typeof serve>>
const running: Served[] = []

afterEach(async () => {
  for (const { server } of running.splice(0)) await server.close()
})

async function start(...parts: Parameters<typeof serve>): Promise<Served> {
  const served = await serve(...parts)
  running.push(served)
  return served
}

async function answerOf(response: Response) {
  expect(response.status).toBe(200)
  return ingestAnswerSchema.strict().parse(await response.json())
}

async function problemOf(response: Response, status: number, code: string) {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const problem = problemSchema.strict().parse(await response.json())
  expect(problem).toMatchObject({ status, code })
  expect(response.headers.get('x-request-id')).toBe(problem.requestId)
  return problem
}

describe('POST /v1/events takes', () => {
  const [one, two] = [anEvent(), anEvent()]
  const array = JSON.stringify([one, two])

  it.each([
    ['a JSON array', array, { 'content-type': 'application/json' }],
    [
      'NDJSON',
      `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`,
      { 'content-type': 'application/x-ndjson' },
    ],
    ['text', array, { 'content-type': 'text/plain' }],
    ['what curl calls a form', array, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a content type that is none', array, { 'content-type': 'json' }],
    ['gzip', gzipSync(array), { 'content-encoding': 'gzip' }],
    ['deflate', deflateSync(array), { 'content-encoding': 'deflate' }],
    ['raw deflate', deflateRawSync(array), { 'content-encoding': 'deflate' }],
    ['identity', array, { 'content-encoding': 'identity' }],
    ['an X-API-Key', array, { authorization: '', 'x-api-key': keys.shipper }],
  ])('%s', async (_what, body, headers) => {
    const { post, accepted } = await start()
    const sent = typeof body === 'string' ? body : new Uint8Array(body)
    expect(await answerOf(await post(sent, headers as Record<string, string>))).toEqual({
      accepted: 2,
      skipped: 0,
      rejected: 0,
      errors: [],
    })
    expect(accepted.map(({ id }) => id)).toEqual([one.id, two.id])
  })

  it('a body without a content type', async () => {
    const { base, accepted } = await start()
    const { hostname, port } = new URL(base)
    const socket = connect(Number(port), hostname)
    const body = JSON.stringify(one)
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: h\r\nX-API-Key: ${keys.shipper}\r\nConnection: close\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    )
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 200/)
    expect(accepted).toHaveLength(1)
    socket.destroy()
  })

  it('what is usable, and says of the rest what and where', async () => {
    const { post, accepted } = await start({}, {})
    const body = JSON.stringify([one, { skip: 1 }, { ...two, time: 'yesterday' }])
    const answer = await answerOf(await post(body))
    expect(answer).toMatchObject({ accepted: 1, skipped: 1, rejected: 1 })
    expect(answer.errors).toEqual([
      { index: 2, path: '$.time', message: expect.stringContaining('RFC 3339') },
    ])
    expect(accepted).toHaveLength(1)
  })

  it('ten thousand bad records in an answer below 64 KiB', async () => {
    const { post } = await start({
      parseBody: () => ({
        events: [],
        skipped: 1,
        rejects: Array.from({ length: 10_000 }, (_, index) => ({
          index,
          path: `$.${'é'.repeat(5_000)}`,
          reason: '漢'.repeat(5_000),
        })),
      }),
    })
    const response = await post('x')
    const text = await response.text()
    expect(Buffer.byteLength(text)).toBeLessThan(65_536)
    expect(JSON.parse(text)).toMatchObject({ rejected: 10_000 })
    expect(JSON.parse(text).errors.length).toBeGreaterThan(20)
  })

  it('a format by query or header, and refuses one it does not know', async () => {
    const { post } = await start()
    await answerOf(await post(array, {}, '?format=canonical'))
    await answerOf(await post(array, { 'x-perimeter-format': 'auto' }))
    await problemOf(await post(array, {}, '?format=nope'), 400, 'FORMAT_UNKNOWN')
    await problemOf(await post(array, {}, '?format=a&format=b'), 400, 'REQUEST_INVALID')
  })

  it('CSV, which it tells apart by its content type', async () => {
    const tables: (boolean | undefined)[] = []
    const { post } = await start({
      parseBody: (_body, _format, how) => {
        tables.push(how?.isTable)
        return { events: [], rejects: [], skipped: 1 }
      },
    })
    for (const type of ['text/csv; charset=utf-8', 'Text/CSV', 'text/plain', 'x-text/csv']) {
      await answerOf(await post('a;b\n1;2\n', { 'content-type': type }))
    }
    expect(tables).toEqual([true, true, false, false])
  })

  it('in the format of the key, where the request names none', async () => {
    const formats: (string | undefined)[] = []
    const { post } = await start({
      parseBody: (_body, format) => {
        formats.push(format)
        return { events: [], rejects: [], skipped: 1 }
      },
    })
    const own = { authorization: `Bearer ${keys.ocsf}` }
    await answerOf(await post(array, own))
    await answerOf(await post(array, { ...own, 'x-perimeter-format': '' }))
    await answerOf(await post(array, own, '?format=canonical'))
    await answerOf(await post(array, own, '?format=auto'))
    expect(formats).toEqual(['ocsf', 'ocsf', 'canonical', undefined])
  })

  it('zstd where Node has it, and says so where it does not', async () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (text: string) => Buffer }
    const { post, accepted } = await start({}, { inflatedBytesMax: 100_000 })
    const zstd = { 'content-encoding': 'zstd' }
    if (zstdCompressSync === undefined) {
      await problemOf(await post('x', zstd), 415, 'ENCODING_UNKNOWN')
      return
    }
    await answerOf(await post(new Uint8Array(zstdCompressSync(array)), zstd))
    expect(accepted).toHaveLength(2)
    const bomb = new Uint8Array(zstdCompressSync(' '.repeat(10_000_000)))
    await problemOf(await post(bomb, zstd), 413, 'BODY_TOO_LARGE')
    await problemOf(await post('plain', zstd), 400, 'BODY_UNREADABLE')
  })

  it('what the engine says of duplicates', async () => {
    const { post } = await start({ accept: async () => ({ duplicates: 1 }) })
    expect(await answerOf(await post(array))).toMatchObject({ accepted: 2, duplicates: 1 })
  })

  it('for a key of one tenant only events of that tenant', async () => {
    const { post, accepted } = await start()
    const events = [one, anEvent({ tenant: 'acme' }), anEvent({ tenant: 'other' })]
    const sent = await post(JSON.stringify(events), { authorization: `Bearer ${keys.acme}` })
    const answer = await answerOf(sent)
    expect(answer).toMatchObject({ accepted: 2, rejected: 1 })
    expect(answer.errors[0]).toMatchObject({ path: '$.tenant' })
    expect(accepted.map(({ tenant }) => tenant)).toEqual(['acme', 'acme'])
  })
})

describe('POST /v1/events refuses', () => {
  it('who has no key, a wrong key or the wrong role', async () => {
    const { post, accepted } = await start()
    const body = JSON.stringify(anEvent())
    const missing = await post(body, { authorization: '' })
    expect(missing.headers.get('www-authenticate')).toBe('Bearer')
    await problemOf(missing, 401, 'KEY_MISSING')
    await problemOf(await post(body, { authorization: 'Basic eDp5' }), 401, 'KEY_MISSING')
    await problemOf(await post(body, { authorization: 'Bearer nonsense' }), 401, 'KEY_UNKNOWN')
    const long = { authorization: '', 'x-api-key': 'k'.repeat(4_000) }
    await problemOf(await post(body, long), 401, 'KEY_UNKNOWN')
    await problemOf(
      await post(body, { authorization: `Bearer ${keys.reader}` }),
      403,
      'ROLE_MISSING',
    )
    expect(accepted).toEqual([])
  })

  it.each([
    ['binary garbage', new Uint8Array([0, 255, 1, 254, 10, 13, 128])],
    ['text', 'hello'],
    ['nothing', ''],
    ['a cut array', '[{"id":"a"'],
  ])('%s', async (_what, body) => {
    const { post } = await start()
    const response = await post(body)
    expect(
      (
        await problemOf(
          response,
          400,
          response.status === 400 && body === '' ? 'BODY_UNREADABLE' : 'INPUT_UNREADABLE',
        )
      ).detail,
    ).not.toBe('')
  })

  it('a body with no usable record, naming what is wrong', async () => {
    const { post } = await start()
    const problem = await problemOf(await post('[{"id":1},{"id":2}]'), 400, 'BODY_UNREADABLE')
    expect(problem.errors).toHaveLength(2)
  })

  it('gzip that is none, is cut short, or is of an unknown kind', async () => {
    const { post } = await start()
    const gzip = { 'content-encoding': 'gzip' }
    await problemOf(await post('plain', gzip), 400, 'BODY_UNREADABLE')
    const cut = new Uint8Array(gzipSync(JSON.stringify(anEvent())).subarray(0, 40))
    await problemOf(await post(cut, gzip), 400, 'BODY_UNREADABLE')
    const brotli = await post('x', { 'content-encoding': 'br' })
    expect(brotli.headers.get('accept-encoding')).toMatch(/^gzip, deflate/)
    await problemOf(brotli, 415, 'ENCODING_UNKNOWN')
  })

  it('a bomb, without unpacking it', async () => {
    const { post } = await start({}, { inflatedBytesMax: 1_048_576 })
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 * 1_048_576)))
    const before = process.memoryUsage().arrayBuffers
    await problemOf(await post(bomb, { 'content-encoding': 'gzip' }), 413, 'BODY_TOO_LARGE')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1_048_576)
  })

  it('a body that is too large, announced or not', async () => {
    const { post, base } = await start({}, { bodyBytesMax: 10_000 })
    await problemOf(await post('x'.repeat(20_000)), 413, 'BODY_TOO_LARGE')
    const stream = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 20; n++) controller.enqueue(new Uint8Array(1_000))
        controller.close()
      },
    })
    const streamed = await fetch(`${base}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.shipper}` },
      body: stream,
      duplex: 'half',
    } as RequestInit)
    await problemOf(streamed, 413, 'BODY_TOO_LARGE')
  })

  it('what is nested so deeply that a reader runs out of stack', async () => {
    const { post } = await start({
      parseBody: (body) => {
        const depth = (value: unknown): number => (Array.isArray(value) ? 1 + depth(value[0]) : 0)
        depth(JSON.parse(body.toString()))
        return { events: [], rejects: [], skipped: 1 }
      },
    })
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    await problemOf(await post(deep), 400, 'BODY_UNREADABLE')
  })
})

describe('when the engine', () => {
  const body = JSON.stringify(anEvent())

  it.each(['QUEUE_FULL', 'STORE_UNREACHABLE'] as const)('answers %s: 503, later', async (code) => {
    const { post, logged } = await start({
      accept: async () => {
        throw new EngineError(code, 'Not now.')
      },
    })
    const response = await post(body)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    await problemOf(response, 503, code)
    expect(logged.join('')).toContain(code)
  })

  it('fails: 500, and the answer does not say how', async () => {
    const { post, logged } = await start({
      accept: async () => {
        throw new TypeError('secret detail')
      },
    })
    const problem = await problemOf(await post(body), 500, 'INTERNAL')
    expect(problem.detail).not.toContain('secret detail')
    expect(logged.join('')).toContain('secret detail')
  })

  it('is slow: answers only when the batch is safe', async () => {
    let release = () => {}
    const { post } = await start({
      accept: () =>
        new Promise((done) => {
          release = () => done({})
        }),
    })
    const pending = post(body)
    expect(await Promise.race([pending, sleep(200)])).toBeUndefined()
    release()
    expect(await answerOf(await pending)).toMatchObject({ accepted: 1 })
  })

  it('is slow: refuses more bodies than it may hold', async () => {
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    const { post } = await start(
      { accept: () => held.then(() => ({})) },
      { bufferedBytesMax: 2_000, bodyBytesMax: 2_000 },
    )
    const large = JSON.stringify(anEvent({ note: 'x'.repeat(1_500) }))
    const first = post(large)
    await sleep(100)
    const second = await post(large)
    expect(second.headers.get('retry-after')).not.toBeNull()
    await problemOf(second, 503, 'BUSY')
    release()
    expect((await first).status).toBe(200)
    expect((await post(large)).status).toBe(200)
  })
})

describe('closing', () => {
  it('finishes what is under way and takes nothing new', async () => {
    let release = () => {}
    const served = await serve({
      accept: () =>
        new Promise((done) => {
          release = () => done({})
        }),
    })
    const pending = served.post(JSON.stringify(anEvent()))
    await sleep(100)
    const closing = served.server.close()
    await sleep(50)
    await expect(fetch(`${served.base}/healthz`)).rejects.toThrow()
    release()
    expect((await pending).status).toBe(200)
    await closing
  })

  it('cuts what takes longer than allowed', async () => {
    const served = await serve({ accept: () => new Promise(() => {}) }, { closeMsMax: 200 })
    const pending = served.post(JSON.stringify(anEvent())).catch(() => 'cut')
    await sleep(100)
    await served.server.close()
    expect(await pending).toBe('cut')
  })
})

describe('those who run it see', () => {
  it('that it is alive and whether it is ready', async () => {
    let problem: string | undefined = 'connecting'
    const { base } = await start({
      readiness: {
        redis: async () => problem,
        workers: async () => undefined,
        model: async () => {
          if (problem !== undefined) throw new Error('no weights')
          return undefined
        },
      },
    })
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
    const notYet = await fetch(`${base}/readyz`)
    expect(notYet.status).toBe(503)
    expect(readinessSchema.parse(await notYet.json())).toEqual({
      ready: false,
      missing: [
        { check: 'redis', problem: 'connecting' },
        { check: 'model', problem: 'no weights' },
      ],
    })
    problem = undefined
    const ready = await fetch(`${base}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({ ready: true, missing: [] })
  })

  it('what was counted', async () => {
    const { base, post } = await start()
    await post(JSON.stringify([anEvent(), anEvent(), { skip: 1 }, {}]))
    await post('nonsense')
    const text = await (await fetch(`${base}/metrics`)).text()
    expect(text).toContain('perimeter_ingest_events_total{outcome="accepted"} 2')
    expect(text).toContain('perimeter_ingest_events_total{outcome="rejected"} 1')
    expect(text).toContain('perimeter_ingest_refused_total{code="INPUT_UNREADABLE"} 1')
    expect(text).toMatch(/http_requests_total\{route="\/v1\/events",method="POST",status="200"\} 1/)
    expect(text).toContain('perimeter_ingest_buffered_bytes 0')
    for (const line of text.split('\n')) {
      if (line !== '' && !line.startsWith('#')) expect(line).toMatch(/^perimeter_/)
    }
  })

  it('one log line for each request, without body, key or query', async () => {
    const { post, logged } = await start()
    await post(
      JSON.stringify(anEvent({ id: 'in-the-body' })),
      {},
      '?format=canonical&token=in-query',
    )
    await post('nonsense', { authorization: 'Bearer wrong-key' })
    const text = logged.join('')
    expect(text).toContain('"key":"shipper"')
    for (const secret of [keys.shipper, 'wrong-key', 'in-the-body', 'in-query']) {
      expect(text).not.toContain(secret)
    }
    expect(logged.filter((line) => line.includes('"msg":"request"'))).toHaveLength(2)
  })

  it('a problem for what is not there', async () => {
    const { base } = await start()
    await problemOf(await fetch(`${base}/nothing`), 404, 'NOT_FOUND')
    await problemOf(await fetch(`${base}/v1/events`), 404, 'NOT_FOUND')
    await problemOf(await fetch(`${base}/%zz`), 400, 'REQUEST_INVALID')
  })

  it('an answer to what is no HTTP', async () => {
    const { base } = await start()
    const { hostname, port } = new URL(base)
    const socket = connect(Number(port), hostname)
    socket.write('\x16\x03\x01 nonsense\r\n\r\n')
    const [said] = await once(socket, 'data')
    expect(String(said)).toMatch(/^HTTP\/1.1 400/)
    socket.destroy()
  })
})

it('limits have defaults that bound everything', () => {
  expect(Object.values(limitsSchema.parse({})).every((limit) => limit > 0)).toBe(true)
})
