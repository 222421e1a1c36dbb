/** A server on a free port, with an engine behind it that remembers what it accepted. */
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { createKeyRing, hashKey } from '../../src/api/keys.ts'
import { limitsSchema } from '../../src/api/limits.ts'
import { createApiMetrics, createMetricsRegistry } from '../../src/api/metrics.ts'
import { createServer, type ServerParts } from '../../src/api/server.ts'
import { EngineError } from '../../src/errors.ts'
import { type Event, eventSchema, timeToMs } from '../../src/event/event.ts'
import { readBody, readDocument } from '../../src/formats/body.ts'
import type { ParseBody } from '../../src/runtime/take-in.ts'

const newKey = () => randomBytes(24).toString('base64url')
export const keys = { shipper: newKey(), reader: newKey(), acme: newKey(), ocsf: newKey() }

export async function serve(
  change: Partial<ServerParts> = {},
  limits: Record<string, number> = {},
) {
  const accepted: Event[] = []
  const logged: string[] = []
  const server = createServer({
    accept: async (events) => {
      accepted.push(...events)
      return {}
    },
    parseBody,
    keys: createKeyRing(
      [
        { name: 'shipper', role: 'ingest', hash: hashKey(keys.shipper) },
        { name: 'reader', role: 'reader', hash: hashKey(keys.reader) },
        { name: 'ocsf', role: 'ingest', hash: hashKey(keys.ocsf), format: 'ocsf' },
        { name: 'acme', role: 'ingest', env: 'ACME_KEY', tenant: 'acme' },
      ],
      { ACME_KEY: keys.acme },
    ),
    limits: limitsSchema.parse(limits),
    readiness: {},
    metrics: createApiMetrics(createMetricsRegistry()),
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    ...change,
  })
  const base = await server.listen({ host: '127.0.0.1', port: 0 })
  const post = (
    body: string | Uint8Array<ArrayBuffer> | undefined,
    headers: Record<string, string> = {},
    query = '',
  ) =>
    fetch(`${base}/v1/events${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.shipper}`, ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
    })
  return { server, base, post, accepted, logged }
}

export const anEvent = (change: Record<string, unknown> = {}) => ({
  id: randomBytes(8).toString('hex'),
  time: '2026-05-03T02:14:00Z',
  agent: { id: 'invoice-bot' },
  action: 'files.read',
  resource: { id: 'SharePoint/Payroll' },
  ...change,
})

/** The reader of all formats. */
export const parseAny: ParseBody = (body, format) => {
  const read = Buffer.isBuffer(body) ? readBody(body, format) : readDocument(body, format)
  const skipped = read.skipped.reduce((sum, { count }) => sum + count, 0)
  return { events: read.events, rejects: read.rejects, skipped }
}

/** A plain reader of canonical events: a JSON document, or one in each line. */
export const parseBody: ParseBody = (body, format) => {
  if (format !== undefined && format !== 'canonical') {
    throw new EngineError('FORMAT_UNKNOWN', `Format "${format}": expected canonical.`)
  }
  const text = body.toString('utf8')
  const whole = tryJson(text)
  const records =
    whole !== undefined ? [whole].flat() : text.split('\n').filter(Boolean).map(tryJson)
  if (records.every((record) => record === undefined)) {
    throw new EngineError('INPUT_UNREADABLE', 'Nothing in the body is JSON.')
  }
  const events: Event[] = []
  const rejects: { index: number; path: string; reason: string }[] = []
  let skipped = 0
  for (const [index, record] of records.entries()) {
    if (record !== null && typeof record === 'object' && 'skip' in record) skipped++
    else {
      const read = eventSchema.safeParse(record)
      if (read.success) events.push({ ...read.data, atMs: timeToMs(read.data.time) ?? 0 })
      else {
        const issue = read.error.issues[0]!
        rejects.push({ index, path: `$.${issue.path.join('.')}`, reason: issue.message })
      }
    }
  }
  return { events, rejects, skipped }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
