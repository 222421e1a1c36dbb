/**
 * The HTTP server of `perimeter serve`.
 *
 * Every answer that is not a success is `application/problem+json` with a code of docs/errors.md.
 * The log has one line for each request, by its id, and never a body, a key or a query.
 */
import { randomUUID } from 'node:crypto'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { EngineError } from '../errors.ts'
import { QuotaExceeded } from '../runtime/quotas.ts'
import type { Accept, ParseBody } from '../runtime/take-in.ts'
import type { Problem } from './contract.ts'
import { isAllowed, type KeyHolder, type KeyRing, presentedKey, type Role } from './keys.ts'
import type { Limits } from './limits.ts'
import type { ApiMetrics } from './metrics.ts'
import type { Operation } from './openapi.ts'
import { HttpProblem, type ProblemForm, problemOf, sendProblem } from './problem.ts'
import { healthRoutes, type ReadinessChecks } from './routes/health.ts'
import { ingestRoute } from './routes/ingest.ts'
import { openapiRoute } from './routes/openapi.ts'
import { otlpRoutes } from './routes/otlp.ts'
import { type PublishedKeys, publishedKeysRoutes } from './routes/published-keys.ts'
import { createTakeIn } from './take-in.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The role a caller needs; a route without one is open to all. */
    role?: Role
    /** How problems of this route are written, where not as `application/problem+json`. */
    problemForm?: (request: FastifyRequest, problem: Problem) => ProblemForm | undefined
    /** What the route is, for the OpenAPI document. */
    operation?: Operation
  }
  interface FastifyRequest {
    /** Who calls; set on every route that asks for a role. */
    keyHolder: KeyHolder | undefined
  }
}

/** Longer than the 60 s for which load balancers keep a connection. */
const KEEP_ALIVE_MS = 72_000

export interface ServerParts {
  readonly accept: Accept
  readonly parseBody: ParseBody
  readonly endHistory?: (() => Promise<void>) | undefined
  readonly keys: KeyRing
  readonly limits: Limits
  readonly readiness: ReadinessChecks
  readonly metrics: ApiMetrics
  /** @default none */
  readonly publishedKeys?: PublishedKeys | undefined
  readonly log?: FastifyBaseLogger | undefined
  /** Adds further routes before the server listens. */
  readonly extend?: ((app: FastifyInstance) => void) | undefined
}

export interface Server {
  readonly app: FastifyInstance
  /** Answers the address it listens at. Port 0 takes a free one. */
  listen(where: { readonly host: string; readonly port: number }): Promise<string>
  /** Takes nothing new, finishes what is under way, and cuts what takes longer than allowed. */
  close(): Promise<void>
}

export function createServer(parts: ServerParts): Server {
  const { limits, metrics, log } = parts
  const app = fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => sendProblem(reply, problemOf(error, request.id)),
    // Malformed requests that never become a request: one line of ours in place of Node's own.
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) return
      const status =
        error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    },
  })

  let isClosing = false
  app.decorateRequest('keyHolder', undefined)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    const needed = request.routeOptions.config?.role
    if (needed !== undefined) request.keyHolder = authorise(parts.keys, request, needed)
  })
  app.addHook('onSend', async (_request, reply) => {
    // A connection kept alive would keep the server from closing.
    if (isClosing) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const { method } = request
    metrics.requests.inc({ route, method, status: reply.statusCode })
    metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1_000)
    const line = { method, route, status: reply.statusCode, elapsedMs: reply.elapsedTime }
    const key = request.keyHolder?.name
    const isOpen = !request.is404 && request.routeOptions.config?.role === undefined
    request.log[isOpen ? 'debug' : 'info'](key ? { ...line, key } : line, 'request')
  })

  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.id)
    const { config } = request.routeOptions
    if (config?.role === 'ingest') metrics.refused.inc({ code: problem.code })
    if (problem.status >= 500) logFailure(request.log, error, problem.code)
    const isQuota = error instanceof QuotaExceeded
    if (isQuota) metrics.countQuota(error)
    const retryAfterMs = isQuota ? error.retryAfterMs : undefined
    return sendProblem(reply, problem, retryAfterMs, config?.problemForm?.(request, problem))
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf(new HttpProblem('NOT_FOUND', 'There is nothing here.'), request.id),
    ),
  )

  openapiRoute(app) // before the routes it tells of
  const takeIn = createTakeIn(parts)
  app.register(async (scope) => ingestRoute(scope, { takeIn, endHistory: parts.endHistory }))
  app.register(async (scope) => otlpRoutes(scope, takeIn))
  healthRoutes(app, { readiness: parts.readiness, registry: metrics.registry })
  publishedKeysRoutes(app, parts.publishedKeys ?? { keys: [], issuers: [] })
  parts.extend?.(app)

  return {
    app,
    listen: (where) => app.listen(where),
    async close() {
      isClosing = true
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.closeMsMax)
      try {
        await app.close()
      } finally {
        clearTimeout(cut)
      }
    },
  }
}

function authorise(
  keys: KeyRing,
  { headers, query }: Pick<FastifyRequest, 'headers' | 'query'>,
  needed: Role,
): KeyHolder {
  const sent = presentedKey(headers)
  const inUrl = (query as { key?: unknown }).key
  const presented = sent ?? (typeof inUrl === 'string' ? inUrl : undefined)
  if (presented === undefined) {
    const detail = 'Expected an API key in "Authorization: Bearer …" or "X-API-Key".'
    throw new HttpProblem('KEY_MISSING', detail)
  }
  const holder = keys.holderOf(presented)
  if (holder === undefined) throw new HttpProblem('KEY_UNKNOWN', 'The API key is not known.')
  if (sent === undefined && holder.inUrl !== true) {
    const detail = 'The API key may not stand in the URL: send it in "Authorization: Bearer …".'
    throw new HttpProblem('KEY_UNKNOWN', detail)
  }
  if (!isAllowed(holder.role, needed)) {
    const detail = `The API key has the role ${holder.role}: expected ${needed}.`
    throw new HttpProblem('ROLE_MISSING', detail)
  }
  return holder
}

/** With its cause where it is one of ours; what a caller did is not in it. */
function logFailure(log: FastifyBaseLogger, error: unknown, code: string): void {
  const level = error instanceof EngineError && error.retry ? 'warn' : 'error'
  if (error instanceof HttpProblem) log.warn({ code }, error.message)
  else log[level]({ code, err: error }, 'request failed')
}
