/** GET /healthz, /readyz and /metrics: for those who run the process. They need no key. */
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Readiness } from '../contract.ts'
import { type Operation, ref } from '../openapi.ts'

/** A check that has not answered by then counts as missing. */
const CHECK_MS_MAX = 2_000

/** By name: resolves to undefined when all is well, or to what is missing. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<string | undefined>>>

export function healthRoutes(
  app: FastifyInstance,
  { readiness, registry }: { readonly readiness: ReadinessChecks; readonly registry: Registry },
): void {
  let asking: Promise<Readiness> | undefined

  app.get('/healthz', { config: { operation: healthz } }, async (_request, reply) =>
    reply.type('text/plain').send('ok\n'),
  )

  app.get('/readyz', { config: { operation: readyz } }, async (_request, reply) => {
    // However many ask at once, Redis is asked once.
    asking ??= askAll(readiness).finally(() => {
      asking = undefined
    })
    const answer = await asking
    if (!answer.ready) reply.code(503).header('retry-after', '2')
    return answer
  })

  app.get('/metrics', { config: { operation: metrics } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}

const TEXT = { type: 'string' }

const healthz: Operation = {
  id: 'checkHealth',
  summary: 'Whether the process runs.',
  answers: { 200: { about: 'It does.', content: { 'text/plain': TEXT } } },
}
const readyz: Operation = {
  id: 'checkReadiness',
  summary: 'Whether it can do its work now, and what is missing.',
  answers: {
    200: { about: 'It can.', content: { 'application/json': ref('Readiness') } },
    503: { about: 'It cannot.', content: { 'application/json': ref('Readiness') } },
  },
}
const metrics: Operation = {
  id: 'readMetrics',
  summary: 'What it counts, for Prometheus.',
  answers: { 200: { about: 'In the text format.', content: { 'text/plain': TEXT } } },
}

async function askAll(checks: ReadinessChecks): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([check, ask]) => ({ check, problem: await askOne(ask) })),
  )
  const missing = answers.flatMap(({ check, problem }) =>
    problem === undefined ? [] : [{ check, problem }],
  )
  return { ready: missing.length === 0, missing }
}

async function askOne(ask: () => Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_MS_MAX} ms`), CHECK_MS_MAX)
  })
  try {
    return await Promise.race([ask(), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
